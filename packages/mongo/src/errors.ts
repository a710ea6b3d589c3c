import { StoreError } from '@freehold/contract'
import {
  BY_CODE,
  BY_NAME,
  EXHAUSTED,
  type Failure,
  NO_BALANCER,
  NO_RETRIES,
  NO_SERVERS,
  NO_USERS,
  OVERLOADED,
  ofAtlas,
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

/** The server's number for a unique key that is taken. */
export const DUPLICATE_KEY = 11000
/** Of the system: of this machine, from the look-up of a host's name, and from the files of TLS. */
const OF_MACHINE = /^(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS)$/
const OF_HOST =
  /^(EAI_\w+|ECANCELLED|ECONNREFUSED|ECONNRESET|EFORMERR|EBADNAME|EBADRESP|ENETUNREACH|ENODATA|ENOMEM|ENOTFOUND|ENOTIMP|EOF|EREFUSED|ESERVFAIL|ETIMEOUT)$/
const OF_FILE = /^(ENOENT|EISDIR|EACCES|ELOOP|ENAMETOOLONG|ENOTDIR|EPERM)$/
/** With these, servers and the driver tell that the same may succeed later. */
const PASSING = ['RetryableError', 'RetryableWriteError']

interface DriverError {
  name?: string
  code?: unknown
  codeName?: unknown
  message?: string
  syscall?: string
  errorLabelSet?: ReadonlySet<string>
  cause?: unknown
  writeErrors?: Told | readonly Told[]
  result?: { getWriteConcernError?(): Told | undefined }
}

/** What a server said of one write, or of the whole. */
interface Told {
  code?: unknown
  errmsg?: string | undefined
}

/** What a failure means, whether it came from the server or from the driver. */
export function failureOf(error: unknown): Failure {
  const driver = (unwrapped(error) ?? {}) as DriverError
  const { name = '', syscall, errorLabelSet, cause } = driver
  const { code, errmsg: message = '' } = toldIn(driver)
  if (errorLabelSet?.has('TransientTransactionError')) return TRANSIENT
  if ((cause as DriverError | undefined)?.name === 'MongoMissingDependencyError') return failureOf(cause)
  // Those who wait for a connection hear that none is to be had, and behind that what became of the one that was being made.
  if (name === 'MongoPoolClearedError' && cause !== undefined && failureOf(cause).inVain) return failureOf(cause)
  if (code === 8000) return ofAtlas(message)
  if (code === 59 && /sasl|authenticate/i.test(message)) return NO_USERS
  if (name.startsWith('Mongo') && /retryable writes/i.test(message)) return NO_RETRIES
  if (name === 'MongoCompatibilityError' && /load balancing/i.test(message)) return NO_BALANCER
  if (name === 'MongoAPIError' && /addresses found|share hostname/i.test(message)) return NO_SERVERS
  const known = BY_NAME[name] ?? (typeof code === 'number' ? BY_CODE[code] : undefined)
  if (known !== undefined) return known
  if (errorLabelSet?.has('SystemOverloadedError')) return OVERLOADED
  if (PASSING.some((label) => errorLabelSet?.has(label))) return { code: 'unavailable' }
  if (OF_MACHINE.test(String(code))) return EXHAUSTED
  if (OF_HOST.test(String(code))) return { code: 'unavailable' }
  if (OF_FILE.test(String(code)) && (syscall === 'open' || syscall === 'read'))
    return {
      code: 'invalid',
      says: 'a file that the URL names cannot be read; correct tlsCAFile, tlsCRLFile or tlsCertificateKeyFile',
    }
  // The driver and the servers measure documents in different words, and without a code of their own.
  if (
    /larger than (the maximum size|MaxDocumentSize)|ERR_(BUFFER_)?OUT_OF_(RANGE|BOUNDS)|offset.{0,200}out of range/i.test(
      `${code} ${message}`,
    )
  )
    return TOO_LARGE
  return { code: 'internal' }
}

/**
 * What an error tells. Of a bulk write that failed in several ways it is the first that is not a key which is taken: the
 * driver gives such an error the code of its first failure, and a full disk behind a taken key would be told as that key.
 */
function toldIn({ code, message, writeErrors, result }: DriverError): Told {
  const all = [writeErrors ?? [], result?.getWriteConcernError?.() ?? []].flat()
  const worst = all.find((told) => told.code !== undefined && told.code !== DUPLICATE_KEY)
  return worst ?? { code, errmsg: message }
}

/** True where the database does not allow the user what was asked. */
export function isForbidden(error: unknown): boolean {
  return failureOf(error).refused === true
}

/** Who may not ask or write is a reader, and gets by without. */
export async function unlessForbidden<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isForbidden(error)) return undefined
    throw error
  }
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
  const { name } = (driver ?? {}) as DriverError
  const { code: number } = toldIn((driver ?? {}) as DriverError)
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
 * payload, and errors end in logs. Its code and the driver's stack stay. What no server said stays as it is, but for the
 * password of a proxy.
 */
function scrubbed(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const all = within(error)
  const answer = all.find(({ name }) => SERVERS.includes(name)) as DriverError | undefined
  if (answer === undefined) {
    // What the call was made with: to a proxy, its user and password.
    for (const each of all) if ('options' in each) delete each.options
    return error
  }
  const { code } = toldIn(answer)
  const codeName = code === answer.code ? answer.codeName : undefined
  const told = new Error(`the server answered with code ${String(code)}`)
  const frames = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at .*(:\d+:\d+|<anonymous>|\bnative\b)\)?$/.test(line))
  told.name = error.name
  told.stack = [`${error.name}: ${told.message}`, ...frames].join('\n')
  return Object.assign(told, { code, codeName })
}

/** An error and those it names: its cause, those of a pool that was cleared or of servers that were looked for, and of several tries. */
function within(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const { cause, reason, errors } = error as Unreachable & { errors?: unknown }
  const servers = [...(reason?.servers?.values() ?? [])].map((server) => server.error)
  return [error, ...[cause, ...servers, ...[errors ?? []].flat()].flatMap(within)]
}
