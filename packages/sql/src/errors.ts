import { type ErrorCode, StoreError } from '@freehold/contract'
import knex from 'knex'
import type { Dialect, Failure } from './dialects/dialect.js'

/** What a failure means, whether it came from the driver or from the pool in front of it. */
export function failureOf(dialect: Dialect, error: unknown): Failure {
  return error instanceof knex.KnexTimeoutError ? { code: 'timeout', says: NO_CONNECTION } : dialect.classify(error)
}

/** Of the database, and of none of the calls that were done together. */
const OF_ALL: readonly ErrorCode[] = ['unavailable', 'timeout']

/** Whether an error is one that no call brought about. It is not told here: its message is scrubbed once, for the caller. */
export function isOfDatabase(dialect: Dialect, error: unknown): boolean {
  return OF_ALL.includes(StoreError.is(error) ? error.code : failureOf(dialect, error).code)
}

const NO_CONNECTION = 'no connection became free in time; try again'
const INTERNAL = 'the database reported an error; see the cause'

/**
 * The error that a caller sees, with the place of a database that cannot be used. The driver's own is the cause; its text
 * may quote a statement, so it is not repeated.
 */
export function toStoreError(dialect: Dialect, error: unknown, place?: string): StoreError {
  if (StoreError.is(error)) return error
  const failure = failureOf(dialect, error)
  const { code, inVain, says = INTERNAL } = failure
  const driverCode = (error as { code?: unknown } | undefined)?.code
  const cause = scrubbed(error, failure)
  if (code === 'internal' && typeof driverCode !== 'string')
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause })
  const where = code === 'unavailable' && place !== undefined ? ` at ${place}` : ''
  const told = typeof driverCode === 'string' ? ` (${driverCode})` : ''
  const message = `${dialect.name}${where}${told}: ${says}`
  return new StoreError(code, message, { cause, ...(inVain ? { retryable: false } : {}) })
}

/** Where drivers put statements with their values, and rows. */
const TELLING = ['sql', 'sqlMessage', 'detail', 'where', 'internalQuery', 'parameters']
/** SQLSTATE classes among whose messages are those that quote values: data that does not fit, keys that are taken. */
const QUOTING = /^(22|23|HY)/
/** What such an error can mean, and quote no value: all but these, and but what nobody knows. */
const OF_VALUES: readonly ErrorCode[] = ['invalid', 'already_exists', 'internal']
const QUOTES_VALUES = 'the message of the driver is left out: it quotes values'

/** Where a message quotes the statement at fault. */
const NEAR = /\bnear ['"]/
/** How a message names a user: as MySQL does in any language, and as others do. */
const USERS = [/(\buser )?'.*'@'[^']*'/is, /\b(user|role)\b.*/is] as const
/** In characters: no server needs as many to say what is away. A longer message is not searched for a user. */
const LONG = 5_000
const TOO_LONG = 'the message of the driver is left out: it is too long to be searched for the user'
/** The class of who may not come in: of such a message that names a user in no way that we know, nothing is kept. */
const NOT_LET_IN = /^28/
const NAMES_USER = 'the message of the driver is left out: it names the user'

/**
 * The driver's error without the values that it quotes and the user that it names: they are payload and secret, and errors
 * end in logs. Of a message that quotes values no part is kept: a value may hold the very quotes around it, and lines that
 * look like those of a stack.
 */
function scrubbed(error: unknown, failure: Failure): unknown {
  if (!(error instanceof Error)) return error
  const told = error as Error & Record<string, unknown>
  for (const field of TELLING) if (field in told) delete told[field]
  const message = messageOf(told, failure)
  if (message !== told.message) {
    told.message = message
    told.stack = `${told.name}: ${message}`
  }
  return told
}

function messageOf({ message, sqlState, code }: Error & Record<string, unknown>, failure: Failure): string {
  const state = String(sqlState ?? code)
  if ((QUOTING.test(state) || NEAR.test(message)) && OF_VALUES.includes(failure.code)) return QUOTES_VALUES
  if (failure.code !== 'unavailable') return message
  if (message.length > LONG) return TOO_LONG
  const naming = USERS.find((words) => words.test(message))
  if (naming !== undefined) return message.replace(naming, 'the user')
  return NOT_LET_IN.test(state) ? NAMES_USER : message
}
