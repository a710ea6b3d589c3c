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
  const { code, refused } = failureOf(dialect, error)
  const driverCode = (error as { code?: unknown } | undefined)?.code
  const cause = scrubbed(error)
  if (code === 'internal' && typeof driverCode !== 'string')
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause })
  const told = typeof driverCode === 'string' ? ` (${driverCode})` : ''
  const remedy = refused ? REFUSED : (REMEDY[code] ?? REMEDY.internal)
  return new StoreError(code, `${dialect.name}${told}: ${remedy}`, { cause, ...(refused ? { retryable: false } : {}) })
}

const REMEDY: Record<string, string> = {
  already_exists: 'a key is taken; use another id',
  invalid: 'the database refuses the size of a value; make it smaller',
  unavailable: 'the database cannot be reached, is full or cannot be written; see the cause, then try again',
  timeout: 'the database did not answer in time; try again',
  unsupported: 'the schema of the domain is gone; bring it back with migrations.up()',
  internal: 'the database reported an error; see the cause',
}
const REFUSED = 'the database refuses this user; check the user, password, database name and rights, see the cause'

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
