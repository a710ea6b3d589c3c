/** An error as a MongoDB client is told of it. */
export class MongoError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly codeName: string = CODE_NAMES[code] ?? `Location${code}`,
    readonly labels?: readonly string[],
  ) {
    super(message)
  }
}

export const DUPLICATE_KEY = 11_000
export const WRITE_CONFLICT = 112
/** Of a server that goes away: clients look for it again, and send again what they may. */
const SHUTDOWN = 91
const TRANSIENT = ['TransientTransactionError']

const CODE_NAMES: Record<number, string> = {
  1: 'InternalError',
  2: 'BadValue',
  24: 'LockTimeout',
  26: 'NamespaceNotFound',
  43: 'CursorNotFound',
  50: 'MaxTimeMSExpired',
  59: 'CommandNotFound',
  91: 'ShutdownInProgress',
  112: 'WriteConflict',
  115: 'CommandNotSupported',
  251: 'NoSuchTransaction',
  11000: 'DuplicateKey',
}

/** The engine's own errors, by their place in its list, which the SQLSTATE is made of; those that were seen. */
const ENGINE_ERRORS: Record<number, readonly [codeName: string, code: number]> = {
  1: ['BadValue', 2],
  4: ['TypeMismatch', 14],
  8: ['NamespaceNotFound', 26],
  9: ['IndexNotFound', 27],
  10: ['PathNotViable', 28],
  13: ['ConflictingUpdateOperators', 40],
  14: ['CursorNotFound', 43],
  15: ['NamespaceExists', 48],
  22: ['ImmutableField', 66],
  23: ['CannotCreateIndex', 67],
  26: ['InvalidNamespace', 73],
  27: ['IndexOptionsConflict', 85],
  28: ['IndexKeySpecsConflict', 86],
  30: ['CommandNotSupported', 115],
  35: ['CommandNotSupportedOnView', 166],
  41: ['ConversionFailure', 241],
  48: ['DuplicateKey', DUPLICATE_KEY],
  53: ['MergeStageNoMatchingDocument', 13113],
  118: ['Location17419', 17419],
  282: ['Location40324', 40324],
  341: ['Location51091', 51091],
  456: ['DocumentValidationFailure', 121],
}

/** What PostgreSQL reports, as MongoDB would. Within a transaction a conflict asks the client to run it again. */
export function errorOfState(state: string, message: string, inTransaction: boolean): MongoError {
  const labels = inTransaction ? TRANSIENT : undefined
  const own = state.startsWith('M0') ? ENGINE_ERRORS[Number.parseInt(state.slice(2), 36)] : undefined
  if (own !== undefined) {
    const [codeName, code] = own
    return new MongoError(code, code === DUPLICATE_KEY ? duplicate(message) : message, codeName)
  }
  if (/^(08|57P)/.test(state)) return new MongoError(SHUTDOWN, message)
  switch (state) {
    case '23505':
    case '23P01':
      return new MongoError(DUPLICATE_KEY, duplicate(message))
    case '40001':
    case '40P01':
      return new MongoError(WRITE_CONFLICT, `Write conflict: ${message}`, undefined, labels)
    case '55P03':
      return inTransaction ? new MongoError(WRITE_CONFLICT, message, undefined, labels) : new MongoError(24, message)
    case '57014':
      return new MongoError(50, message)
    case '42P01':
      return new MongoError(26, message)
    case '0A000':
      return new MongoError(115, message)
    case '25P02':
      return new MongoError(251, `the transaction has been aborted: ${message}`, undefined, labels)
    default:
      return new MongoError(1, `${message} (SQLSTATE ${state})`)
  }
}

/** The SQLSTATE that PostgreSQL packs into a number, six bits a character: so the engine reports errors of single writes. */
export function unpackState(packed: number): string {
  return [0, 6, 12, 18, 24].map((shift) => String.fromCharCode(((packed >> shift) & 63) + 48)).join('')
}

/** What any failure is told to the client as. */
export function toMongoError(error: unknown, inTransaction: boolean): MongoError {
  if (error instanceof MongoError) return error
  const state = stateOf(error)
  const message = error instanceof Error ? error.message : String(error)
  if (state !== undefined) return errorOfState(state, message, inTransaction)
  return new MongoError(isLost(error) ? SHUTDOWN : 1, message)
}

/** What the engine's driver says without a SQLSTATE when its connection is gone, or the pool is being closed. */
function isLost(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string }
  return (
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT)$/.test(code) ||
    /^(Connection terminated|Client has encountered a connection error|Client was closed|Cannot use a pool)/.test(
      message,
    )
  )
}

export function stateOf(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined
}

function duplicate(message: string): string {
  return `E11000 duplicate key error: ${message}`
}
