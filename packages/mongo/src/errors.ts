import { type ErrorCode, type Retry, StoreError } from '@freehold/contract'

export interface Failure {
  code: ErrorCode
  retry?: Retry
  /** True where the database refuses the user: trying again changes nothing. */
  refused?: true
}

const UNAVAILABLE: Failure = { code: 'unavailable' }
const REFUSED_USER: Failure = { code: 'unavailable', refused: true }
const TIMEOUT: Failure = { code: 'timeout' }
const INVALID: Failure = { code: 'invalid' }
const TAKEN: Failure = { code: 'already_exists', retry: 'taken' }
const AGAIN: Failure = { code: 'timeout', retry: 'again' }

/** By the server's own codes: its messages differ between versions, and between servers that speak its language. */
const BY_CODE: Readonly<Record<number, Failure>> = {
  6: UNAVAILABLE, // HostUnreachable
  7: UNAVAILABLE, // HostNotFound
  13: REFUSED_USER, // Unauthorized
  18: REFUSED_USER, // AuthenticationFailed
  24: AGAIN, // LockTimeout
  50: TIMEOUT, // MaxTimeMSExpired
  64: TIMEOUT, // WriteConcernTimeout
  89: TIMEOUT, // NetworkTimeout
  91: UNAVAILABLE, // ShutdownInProgress
  100: UNAVAILABLE, // UnsatisfiableWriteConcern
  112: AGAIN, // WriteConflict
  189: UNAVAILABLE, // PrimarySteppedDown
  262: TIMEOUT, // ExceededTimeLimit
  9001: UNAVAILABLE, // SocketException
  10107: UNAVAILABLE, // NotWritablePrimary
  10334: INVALID, // BSONObjectTooLarge
  11000: TAKEN, // DuplicateKey
  11600: UNAVAILABLE, // InterruptedAtShutdown
  11602: UNAVAILABLE, // InterruptedDueToReplStateChange
  13435: UNAVAILABLE, // NotPrimaryNoSecondaryOk
  13436: UNAVAILABLE, // NotPrimaryOrSecondary
  14031: UNAVAILABLE, // OutOfDiskSpace
  17280: INVALID, // KeyTooLong
  17419: INVALID, // a document that an update made too large
  17420: INVALID,
}

const BY_NAME: Readonly<Record<string, Failure>> = {
  MongoServerSelectionError: UNAVAILABLE,
  MongoNetworkError: UNAVAILABLE,
  MongoPoolClearedError: UNAVAILABLE,
  MongoPoolClosedError: UNAVAILABLE,
  MongoPoolClearedOnNetworkError: UNAVAILABLE,
  PoolClearedOnNetworkError: UNAVAILABLE,
  MongoTopologyClosedError: UNAVAILABLE,
  MongoNotConnectedError: UNAVAILABLE,
  MongoClientClosedError: UNAVAILABLE,
  MongoServerClosedError: UNAVAILABLE,
  MongoNetworkTimeoutError: TIMEOUT,
  MongoWaitQueueTimeoutError: TIMEOUT,
  MongoOperationTimeoutError: TIMEOUT,
  WaitQueueTimeoutError: TIMEOUT,
  Overdue: TIMEOUT,
}

/** From the look-up of a host's name. */
const UNREACHABLE = /^(EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENODATA|ENOTFOUND|ESERVFAIL|ETIMEOUT)$/

interface DriverError {
  name?: string
  code?: unknown
  codeName?: unknown
  message?: string
  errorLabelSet?: ReadonlySet<string>
  cause?: unknown
}

/** What a failure means, whether it came from the server or from the driver. */
export function failureOf(error: unknown): Failure {
  const { name = '', code, message = '', errorLabelSet } = (unwrapped(error) ?? {}) as DriverError
  if (errorLabelSet?.has('TransientTransactionError')) return AGAIN
  const known = BY_NAME[name] ?? (typeof code === 'number' ? BY_CODE[code] : undefined)
  if (known !== undefined) return known
  if (UNREACHABLE.test(String(code))) return UNAVAILABLE
  // The driver and the servers measure documents in different words, and without a code of their own.
  if (
    /larger than (the maximum size|MaxDocumentSize)|ERR_OUT_OF_RANGE|offset.*out of range/i.test(`${code} ${message}`)
  )
    return INVALID
  return { code: 'internal' }
}

/** A bulk write that failed as a whole, such as by a lost connection, hides why: its name and code tell nothing. */
export function unwrapped(error: unknown): unknown {
  const { writeErrors, errorResponse } = (error ?? {}) as { writeErrors?: unknown; errorResponse?: unknown }
  return [writeErrors].flat().length === 0 && errorResponse instanceof Error ? errorResponse : error
}

/** The error that a caller sees. */
export function toStoreError(error: unknown): StoreError {
  if (StoreError.is(error)) return error
  const { code, refused } = failureOf(error)
  const { name, code: number } = (error ?? {}) as DriverError
  const cause = scrubbed(unwrapped(error))
  if (code === 'internal' && !name?.startsWith('Mongo'))
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause })
  const told = number === undefined ? '' : ` (${String(number)})`
  const remedy = refused ? REFUSED : (REMEDY[code] ?? REMEDY.internal)
  return new StoreError(code, `MongoDB${told}: ${remedy}`, { cause, ...(refused ? { retryable: false } : {}) })
}

const REMEDY: Record<string, string> = {
  already_exists: 'a key is taken; use another id',
  invalid: 'the database refuses a document of this size, at most 16 MB; make its values smaller',
  unavailable: 'the database cannot be reached, is full or cannot be written; see the cause, then try again',
  timeout: 'the database did not answer in time; try again',
  internal: 'the database reported an error; see the cause',
}
const REFUSED = 'the database refuses this user; check the user, password, authSource and roles, see the cause'

/**
 * A driver's error without what a server said: it quotes keys, commands and whole documents, which are payload, and
 * errors end in logs. Its code and the driver's stack stay.
 */
function scrubbed(error: unknown): unknown {
  const { name, code, codeName } = (error ?? {}) as DriverError
  const quotes = name === 'MongoServerError' || name === 'MongoBulkWriteError' || name === 'MongoWriteConcernError'
  if (!(error instanceof Error) || !quotes) return error
  const told = new Error(`the server answered with code ${String(code)}`)
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  told.name = name
  told.stack = [`${name}: ${told.message}`, ...frames].join('\n')
  return Object.assign(told, { code, codeName })
}
