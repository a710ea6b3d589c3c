import { onlyTraces, Refusal } from './refusal.js'

/** What is taken, by the end of its path. */
export type Signal = 'traces' | 'logs'

/** @throws Refusal 404, 405 */
export function signalOf({ url, method }: Request): Signal {
  const { pathname } = new URL(url)
  const [, signal] = /\/v1\/(traces|logs|metrics)$/.exec(pathname) ?? []
  if (signal === undefined) throw new Refusal(404, 'notFound', 'traces are taken at /v1/traces')
  if (signal === 'metrics') throw onlyTraces()
  if (method !== 'POST') throw new Refusal(405, 'unimplemented', `send ${signal} with POST`, { allow: 'POST' })
  return signal as Signal
}
