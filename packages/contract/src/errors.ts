/**
 * The closed list of what can go wrong.
 *
 * | code | meaning | worth a retry |
 * |---|---|---|
 * | `not_found` | the row that a write needs does not exist | no |
 * | `already_exists` | the id is taken by something else | no |
 * | `conflict` | the row is not in the state the call was based on | after reading it again |
 * | `invalid` | the input is wrong; `problems` names every field | no |
 * | `unsupported` | this backend, or this schema, cannot serve the call | no |
 * | `unavailable` | the database cannot be reached or refuses the user, or the store is closed | when it cannot be reached |
 * | `timeout` | the database is there but did not answer in time | yes |
 * | `internal` | anything else; `cause` is the driver's own error | no |
 */
export const ERROR_CODES = [
  'not_found',
  'already_exists',
  'conflict',
  'invalid',
  'unsupported',
  'unavailable',
  'timeout',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** One thing wrong with an input: where, and what to do about it. Never the value itself. */
export interface Problem {
  /** Path of the field, such as `routes.audit` or `state.cart[3].price`. */
  field: string
  /** What was found (its shape, not its content) and the remedy. */
  message: string
}

/** How many problems a message spells out. */
const MAX_SHOWN = 20

export interface StoreErrorOptions {
  cause?: unknown
  problems?: readonly Problem[]
  retryable?: boolean
}

/**
 * The only error a store throws. The driver's error is the `cause`; the message never holds a password, a payload or
 * a bound value. Tell errors apart by `code`, not by `instanceof`: two copies of this package may be loaded.
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: ErrorCode
  /** True when the same call may succeed later without a change by the caller. */
  readonly retryable: boolean
  /** Every problem of the input, for `invalid`; empty otherwise. */
  readonly problems: readonly Problem[]

  constructor(code: ErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? (code === 'unavailable' || code === 'timeout')
    this.problems = options.problems ?? []
  }

  /** An `invalid` error that lists its problems, at most 20 of them in the message. */
  static invalid(what: string, problems: readonly Problem[]): StoreError {
    const lines = problems.slice(0, MAX_SHOWN).map((problem) => `${problem.field}: ${problem.message}`)
    if (problems.length > MAX_SHOWN) lines.push(`… and ${problems.length - MAX_SHOWN} more`)
    const message = lines.length === 1 ? `${what}: ${lines[0]}` : `${what}:\n${lines.map((l) => `  - ${l}`).join('\n')}`
    return new StoreError('invalid', message, { problems })
  }

  static is(error: unknown, code?: ErrorCode): error is StoreError {
    if (!(error instanceof Error) || error.name !== 'StoreError') return false
    return code === undefined || (error as StoreError).code === code
  }
}
