import type { TenantStorage } from '@freehold/contract'
import fc from 'fast-check'

/** One call that the model makes: of a store and of the reference alike. */
export interface Call {
  /** Such as `sessions.save`. */
  name: string
  args: readonly unknown[]
  on(storage: TenantStorage): Promise<unknown>
}

/** Calls of one method, `weight` of them beside those of others. */
export function calls<A extends readonly unknown[]>(
  weight: number,
  name: string,
  args: fc.Arbitrary<A>,
  on: (storage: TenantStorage, ...args: A) => Promise<unknown>,
): fc.WeightedArbitrary<Call> {
  const one = (given: A): Call => ({ name, args: given, on: (storage) => on(storage, ...given) })
  return { weight, arbitrary: args.map(one) }
}

/** What is called without arguments. */
export const nothing: fc.Arbitrary<[]> = fc.constant([])

/** The call as a person reads it in a report. */
export function shown({ name, args }: Call): string {
  return `${name}(${args.map((arg) => fc.stringify(arg)).join(', ')})`
}
