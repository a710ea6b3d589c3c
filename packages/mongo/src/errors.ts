import { StoreError } from '@freehold/contract'
import {
  BY_CODE,
  BY_NAME,
  type Failure,
  NO_BALANCER,
  NO_SERVERS,
  NO_USERS,
  OVER_QUOTA,
  TOO_LARGE,
  TRANSIENT,
} from './failures.js'
import { type Reason, reasonOf, type Unreachable } from './unreachable.js'

/** Where the database is that a call went to. */
export interface Place {
  hosts: readonly string[]
  /** True where these are the names of servers, and not one that stands for all. */
  listed?: boolean
  /** True while it is opened: what was reached once is there, and comes back. */
  opening?: true
}

/** From the look-up of a host's name, and from the files of TLS. */
const OF_HOST = /^(EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENODATA|ENOTFOUND|ESERVFAIL|ETIMEOUT)$/
const OF_FILE = /^(ENOENT|EISDIR|EACCES|ENOTDIR)$/

interface DriverError {
  name?: string
  code?: unknown
  codeName?: unknown
  message?: string
  syscall?: string
  errorLabelSet?: ReadonlySet<string>
  cause?: unknown
}

/** What a failure means, whether it came from the server or from the driver. */
export function failureOf(error: unknown): Failure {
  const { name = '', code, message = '', syscall, errorLabelSet, cause } = (unwrapped(error) ?? {}) as DriverError
  if (errorLabelSet?.has('TransientTransactionError')) return TRANSIENT
  if ((cause as DriverError | undefined)?.name === 'MongoMissingDependencyError') return failureOf(cause)
  // Those who wait for a connection hear that none is to be had, and behind that what became of the one that was being made.
  if (name === 'MongoPoolClearedError' && cause !== undefined && failureOf(cause).inVain) return failureOf(cause)
  if (code === 8000 && /quota|space/i.test(message)) return OVER_QUOTA
  if (code === 59 && /sasl|authenticate/i.test(message)) return NO_USERS
  if (name === 'MongoCompatibilityError' && /load balancing/i.test(message)) return NO_BALANCER
  if (name === 'MongoAPIError' && /addresses found|share hostname/i.test(message)) return NO_SERVERS
  const known = BY_NAME[name] ?? (typeof code === 'number' ? BY_CODE[code] : undefined)
  if (known !== undefined) return known
  if (OF_HOST.test(String(code))) return { code: 'unavailable' }
  if (OF_FILE.test(String(code)) && (syscall === 'open' || syscall === 'read'))
    return {
      code: 'invalid',
      says: 'a file that the URL names cannot be read; correct tlsCAFile, tlsCRLFile or tlsCertificateKeyFile',
    }
  // The driver and the servers measure documents in different words, and without a code of their own.
  if (
    /larger than (the maximum size|MaxDocumentSize)|ERR_(BUFFER_)?OUT_OF_(RANGE|BOUNDS)|offset.*out of range/i.test(
      `${code} ${message}`,
    )
  )
    return TOO_LARGE
  return { code: 'internal' }
}

/** True where the database does not allow the user what was asked. */
export function isForbidden(error: unknown): boolean {
  return failureOf(error).refused === true
}

/** A bulk write that failed as a whole, such as by a lost connection, hides why: its name and code tell nothing. */
export function unwrapped(error: unknown): unknown {
  const { writeErrors, errorResponse } = (error ?? {}) as { writeErrors?: unknown; errorResponse?: unknown }
  return [writeErrors].flat().length === 0 && errorResponse instanceof Error ? errorResponse : error
}

/** The error that a caller sees. */
export function toStoreError(error: unknown, place: Place = { hosts: [] }): StoreError {
  if (StoreError.is(error)) return error
  const driver = unwrapped(error)
  const failure = failureOf(error)
  const { name, code: number } = (driver ?? {}) as DriverError
  const cause = scrubbed(driver)
  if (failure.code === 'internal' && !name?.startsWith('Mongo'))
    return new StoreError('internal', 'the call failed before it reached the database; see the cause', { cause })
  const away = failure.code === 'unavailable' || failure.code === 'timeout'
  const reason: Reason = (away && failure.says === undefined ? reasonOf(driver) : undefined) ?? failure
  const code = place.opening ? reason.code : failure.code
  const says = reason.says ?? REMEDY[code] ?? REMEDY.internal
  const inVain = reason.inVain && (place.opening || failure.inVain)
  const message = `MongoDB${whereOf(place, reason)}${number === undefined ? '' : ` (${String(number)})`}: ${says}`
  return new StoreError(code, message + hintOf(place, reason), { cause, ...(inVain ? { retryable: false } : {}) })
}

const REMEDY: Record<string, string> = {
  already_exists: 'a key is taken; use another id',
  invalid: 'the database refuses a document of this size, at most 16 MB; make its values smaller',
  unavailable: 'the database cannot be reached or cannot be written; see the cause, then try again',
  timeout: 'the database did not answer in time; try again',
  internal: 'the database reported an error; see the cause',
}

function whereOf({ hosts }: Place, { address }: Reason): string {
  const where = address ?? hosts.join(', ')
  return where === '' ? '' : ` at ${where}`
}

/** Members of a replica set tell clients where they are, in names that only they may know. */
function hintOf({ hosts, listed }: Place, { address, member }: Reason): string {
  const known = hosts.map((host) => (/:\d+$|^\//.test(host) ? host : `${host}:27017`).toLowerCase())
  if (address === undefined || !member || !listed || known.includes(address.toLowerCase())) return ''
  return '. The replica set itself names this host: let it be known here, or add directConnection=true'
}

/** The driver's errors whose words are a server's. */
const SERVERS = ['MongoServerError', 'MongoBulkWriteError', 'MongoWriteConcernError']

/**
 * A driver's error without what a server said: it quotes users, keys, commands and whole documents, which are secret or
 * payload, and errors end in logs. Its code and the driver's stack stay.
 */
function scrubbed(error: unknown): unknown {
  const answer = answerIn(error)
  if (!(error instanceof Error) || answer === undefined) return error
  const { code, codeName } = answer
  const told = new Error(`the server answered with code ${String(code)}`)
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+:\d+|<anonymous>|\bnative\b)\)?$/.test(line))
  told.name = error.name
  told.stack = [`${error.name}: ${told.message}`, ...frames].join('\n')
  return Object.assign(told, { code, codeName })
}

/** The answer of a server that an error is, or that it quotes: of a pool that was cleared, or of servers that were looked for. */
function answerIn(error: unknown): DriverError | undefined {
  if (!(error instanceof Error)) return undefined
  if (SERVERS.includes(error.name)) return error
  const { cause, reason } = error as { cause?: unknown } & Unreachable
  const behind = [cause, ...[...(reason?.servers?.values() ?? [])].map((server) => server.error)]
  return behind.map(answerIn).find((answer) => answer !== undefined)
}
