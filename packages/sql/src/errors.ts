import { StoreError } from '@freehold/contract'
import knex from 'knex'
import type { Dialect, Failure } from './dialects/dialect.js'

/** What a failure means, whether it came from the driver or from the pool in front of it. */
export function failureOf(dialect: Dialect, error: unknown): Failure {
  return error instanceof knex.KnexTimeoutError ? { code: 'timeout', says: NO_CONNECTION } : dialect.classify(error)
}

const NO_CONNECTION = 'no connection became free in time; try again'
const INTERNAL = 'the database reported an error; see the cause'

/**
 * The error that a caller sees, with the place of a database that cannot be used. The driver's own is the cause; its text
 * may quote a statement, so it is not repeated.
 */
export function toStoreError(dialect: Dialect, error: unknown, place?: string): StoreError {
  if (StoreError.is(error)) return error
  const { code, inVain, says = INTERNAL } = failureOf(dialect, error)
  const driverCode = (error as { code?: unknown } | undefined)?.code
  const cause = scrubbed(error)
  if (code === 'internal' && typeof driverCode !== 'string')
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause })
  const where = code === 'unavailable' && place !== undefined ? ` at ${place}` : ''
  const told = typeof driverCode === 'string' ? ` (${driverCode})` : ''
  const message = `${dialect.name}${where}${told}: ${says}`
  return new StoreError(code, message, { cause, ...(inVain ? { retryable: false } : {}) })
}

/** Where drivers put statements with their values, and rows. */
const TELLING = ['sql', 'sqlMessage', 'detail', 'where', 'internalQuery', 'parameters']
/** SQLSTATE classes whose messages quote values: data that does not fit, keys that are taken. */
const QUOTING = /^(22|23|HY)/
const WITHHELD = 'the message of the driver is left out: it quotes values'

/**
 * The driver's error without the values that it quotes: they are payload, and errors end in logs. No part of such a message
 * is kept, nor of its stack: a value may hold the very quotes around it, and lines that look like those of a stack.
 */
function scrubbed(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const told = error as Error & Record<string, unknown>
  for (const field of TELLING) if (field in told) delete told[field]
  if (QUOTING.test(String(told.sqlState ?? told.code))) {
    told.message = WITHHELD
    told.stack = `${told.name}: ${WITHHELD}`
  }
  return told
}
