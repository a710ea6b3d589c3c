import type { ErrorCode, Retry } from '@freehold/contract'

/** What an error of the driver or of the server means. */
export interface Failure {
  code: ErrorCode
  /** What happened, and what to do about it; that of the code unless told. */
  says?: string
  retry?: Retry
  /** Trying again is in vain until somebody changes something, though the code says otherwise. */
  inVain?: true
  /** The database refuses who asks, not what is asked: another user may. */
  refused?: true
}

const UNAVAILABLE: Failure = { code: 'unavailable' }
const TIMEOUT: Failure = { code: 'timeout' }
const INVALID: Failure = { code: 'invalid' }
const AGAIN: Failure = { code: 'timeout', retry: 'again' }
/** A cursor is gone with the server that had it: what is read is read anew. */
const CURSOR_GONE: Failure = { code: 'unavailable', retry: 'again' }
const NO_CONNECTION: Failure = {
  code: 'timeout',
  says: 'no connection could be made in time; see what keeps the database from taking it, then try again',
}
const NOT_PRIMARY: Failure = {
  code: 'unavailable',
  says: 'the server is not the primary, or not any more; try again when one is chosen, or correct the host',
}
const NO_LOGIN: Failure = {
  code: 'unavailable',
  says: 'user and password are not those of a user there; correct them, or name the database that keeps the user with authSource',
  inVain: true,
}
const NOT_ALLOWED: Failure = {
  code: 'unavailable',
  says: 'the database does not allow this user to do that; give it the role that the work needs',
  inVain: true,
  refused: true,
}
const NO_MONGODB: Failure = {
  code: 'unsupported',
  says: 'the server does not know a command that is needed; use MongoDB 7 or later',
}
/** Servers have one code for all commands that they do not know. */
export const NO_USERS: Failure = {
  code: 'unsupported',
  says: 'the server lets nobody log in that way; leave user, password and authMechanism out, or turn its users on',
}
/** The driver has no name of its own for it. */
export const NO_BALANCER: Failure = {
  code: 'unsupported',
  says: 'the server knows of no load balancer in front of it; leave loadBalanced out',
}
/** The driver has no name of its own for it. */
export const NO_SERVERS: Failure = {
  code: 'unavailable',
  says: 'the SRV records of the host name no servers of its domain; correct the host or its records',
  inVain: true,
}
const WRONG_MECHANISM: Failure = {
  code: 'invalid',
  says: 'the server does not take the authMechanism of the URL; write another, or leave it out',
}
const WRONG_LOGIN: Failure = {
  code: 'invalid',
  says: 'the authMechanism of the URL needs something else to log in with; correct user, password or authMechanismProperties',
}

/** By the server's own codes: its messages differ between versions, and between servers that speak its language. */
export const BY_CODE: Readonly<Record<number, Failure>> = {
  6: UNAVAILABLE, // HostUnreachable
  7: UNAVAILABLE, // HostNotFound
  11: NO_LOGIN, // UserNotFound
  13: NOT_ALLOWED, // Unauthorized
  18: NO_LOGIN, // AuthenticationFailed
  24: AGAIN, // LockTimeout
  43: CURSOR_GONE, // CursorNotFound
  50: TIMEOUT, // MaxTimeMSExpired
  59: NO_MONGODB, // CommandNotFound
  64: {
    code: 'timeout',
    says: 'a majority of the replica set did not confirm the write in time; see its members, try again',
  }, // WriteConcernTimeout
  89: TIMEOUT, // NetworkTimeout
  91: NOT_PRIMARY, // ShutdownInProgress
  100: {
    code: 'unavailable',
    says: 'the replica set has no majority that could confirm a write; see its members',
  }, // UnsatisfiableWriteConcern
  112: AGAIN, // WriteConflict
  115: NO_MONGODB, // CommandNotSupported
  121: {
    code: 'unsupported',
    says: 'a validator that was added to the collection refuses the document; remove it',
  }, // DocumentValidationFailure
  133: UNAVAILABLE, // FailedToSatisfyReadPreference
  166: { code: 'unsupported', says: 'a view stands in the place of a collection; rename it, or use another prefix' },
  189: NOT_PRIMARY, // PrimarySteppedDown
  202: TIMEOUT, // NetworkInterfaceExceededTimeLimit
  237: CURSOR_GONE, // CursorKilled
  262: TIMEOUT, // ExceededTimeLimit
  334: WRONG_MECHANISM, // MechanismUnavailable
  462: UNAVAILABLE, // IngressRequestRateLimitExceeded
  8000: NO_LOGIN, // AtlasError
  9001: UNAVAILABLE, // SocketException
  10107: NOT_PRIMARY, // NotWritablePrimary
  10334: INVALID, // BSONObjectTooLarge
  11000: { code: 'already_exists', retry: 'taken' }, // DuplicateKey
  11600: NOT_PRIMARY, // InterruptedAtShutdown
  11602: NOT_PRIMARY, // InterruptedDueToReplStateChange
  13297: {
    code: 'invalid',
    says: 'a database of that name is there, with other capitals; write it as it is spelled there',
  }, // DatabaseDifferCase
  13435: NOT_PRIMARY, // NotPrimaryNoSecondaryOk
  13436: NOT_PRIMARY, // NotPrimaryOrSecondary
  14031: { code: 'unavailable', says: 'the disk of the server is full; make room there, then try again' },
  16500: { code: 'unavailable', retry: 'again', says: 'the database takes no more requests now; try again' },
  17280: INVALID, // KeyTooLong
  17419: INVALID, // a document that an update made too large
  17420: INVALID,
}

/** By the names of the driver's errors. */
export const BY_NAME: Readonly<Record<string, Failure>> = {
  MongoAWSError: WRONG_LOGIN,
  MongoAzureError: WRONG_LOGIN,
  MongoGCPError: WRONG_LOGIN,
  MongoKerberosError: WRONG_LOGIN,
  MongoMissingCredentialsError: WRONG_LOGIN,
  MongoOIDCError: WRONG_LOGIN,
  MongoCompatibilityError: {
    code: 'unsupported',
    says: 'the server is older than the driver takes; use MongoDB 7 or later',
  },
  MongoMissingDependencyError: {
    code: 'unsupported',
    says: 'an option of the URL needs a package that is not installed; install the one that the cause names',
  },
  MongoParseError: {
    code: 'invalid',
    says: 'the driver does not take an option of the URL, or of the TXT record of its host; correct what the cause names',
  },
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
  MongoWaitQueueTimeoutError: NO_CONNECTION,
  MongoOperationTimeoutError: TIMEOUT,
  WaitQueueTimeoutError: NO_CONNECTION,
  Overdue: TIMEOUT,
}

export const TRANSIENT: Failure = AGAIN
export const TOO_LARGE: Failure = INVALID
/** Atlas has one code for all that it says itself. */
export const OVER_QUOTA: Failure = {
  code: 'unavailable',
  says: 'the database is over its quota; give it more room, then try again',
}
