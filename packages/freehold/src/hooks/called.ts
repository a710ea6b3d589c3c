import { tell } from '@freehold/recorder'
import type { Hook } from './hook.js'
import type { HookSettings, RecordOf } from './options.js'
import type { Way } from './way.js'

/** A hook, as its sockets call it: what they tell is made within, so that what throws there is a failure of the hook. */
export interface Called<E> {
  hook: Hook<E>
  told(make: () => E): Promise<void>
}

/** @param read what is recorded of an event; what it throws is told, and counted */
export function calledOf<E, R>(
  way: Way<R>,
  { required, onError }: HookSettings,
  read: (event: E) => readonly R[],
): Called<E> {
  let calls = 0
  let failed = 0

  function fail(error: unknown, isTold: boolean): Promise<void> {
    failed++
    const message = required ? 'a hook failed, which is required' : 'a hook failed, and the run goes on'
    if (!isTold) tell(onError, new Error(message, { cause: error }))
    return required ? Promise.reject(error) : Promise.resolve()
  }

  function told(make: () => E): Promise<void> {
    calls++
    try {
      const taken = way.take(read(make()))
      return taken.then(
        (refused) => (refused === undefined ? undefined : fail(refused, true)),
        (error) => fail(error, false),
      )
    } catch (error) {
      return fail(error, false)
    }
  }

  const hook = Object.assign((event: E) => told(() => event), {
    flush: () => way.flush(),
    kept: () => way.kept(),
    close: () => way.close(),
  })
  Object.defineProperty(hook, 'counts', { enumerable: true, get: () => ({ ...way.counts, calls, failed }) })
  return { hook: hook as unknown as Hook<E>, told }
}

/** What `record` makes of an event: objects, and nothing that comes later. @throws TypeError */
export function inputsOf<E, I>(record: RecordOf<E, I>, event: E): readonly I[] {
  const given = record(event) ?? []
  const inputs = (Array.isArray(given) ? given : [given]) as readonly I[]
  // One that rejects later, and that nobody waits for, would end the process.
  for (const input of inputs) if (input instanceof Promise) input.catch(() => undefined)
  for (const input of inputs) {
    if (typeof input !== 'object' || input === null || input instanceof Promise)
      throw new TypeError(
        'record returned what is no record; return an object, a list of them, or undefined, and no promise',
      )
  }
  return inputs
}
