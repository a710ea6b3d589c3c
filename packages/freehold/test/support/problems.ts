import { type Problem, StoreError } from '@freehold/contract'

/** The error that a call rejects with. */
export async function errorOf(call: Promise<unknown>): Promise<StoreError> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (StoreError.is(outcome)) return outcome
  throw new Error('expected a StoreError', { cause: outcome })
}

/** The problems that a call is refused for, as `field: message`. */
export async function problemsOf(call: Promise<unknown>): Promise<string[]> {
  const error = await errorOf(call)
  if (error.code !== 'invalid') throw new Error('expected an invalid configuration', { cause: error })
  const untold = error.problems.filter(({ message }) => !/\S; \S/.test(message))
  if (untold.length > 0) throw new Error('expected that each problem says what to do', { cause: error })
  return error.problems.map(({ field, message }: Problem) => `${field}: ${message}`)
}
