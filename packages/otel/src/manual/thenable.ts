import { attempt } from './attempt.js'

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  return attempt(() => typeof (value as Partial<PromiseLike<unknown>>).then === 'function') ?? false
}
