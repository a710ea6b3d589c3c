import { StoreError } from '@freehold/contract'
import knex from 'knex'
import type { Dialect, Failure } from './dialects/dialect.js'

/** What a failure means, whether it came from the driver or from the pool in front of it. */
export function failureOf(dialect: Dialect, error: unknown): Failure {
  return error instanceof knex.KnexTimeoutError ? { code: 'timeout' } : dialect.classify(error)
}

/** The error that a caller sees. The driver's own is the cause; its text may quote a statement, so it is not repeated. */
export function toStoreError(dialect: Dialect, error: unknown): StoreError {
  if (StoreError.is(error)) return error
  const { code } = failureOf(dialect, error)
  const driverCode = (error as { code?: unknown } | undefined)?.code
  if (code === 'internal' && typeof driverCode !== 'string')
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause: error })
  const told = typeof driverCode === 'string' ? ` (${driverCode})` : ''
  return new StoreError(code, `${dialect.name}${told}: ${REMEDY[code] ?? REMEDY.internal}`, { cause: error })
}

const REMEDY: Record<string, string> = {
  already_exists: 'a key is taken; use another id',
  invalid: 'the database refuses the size of a value; make it smaller',
  unavailable: 'the database cannot be reached, is full or cannot be written; see the cause, then try again',
  timeout: 'the database did not answer in time; try again',
  internal: 'the database reported an error; see the cause',
}
