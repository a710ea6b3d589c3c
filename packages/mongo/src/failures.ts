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
/** A router or a shard knew the cluster as it was before: when it has looked again, it knows. */
const STALE: Failure = { code: 'unavailable', retry: 'again' }
const UNDER_WAY: Failure = {
  code: 'unavailable',
  says: 'another operation on the collection or its database is under way; try again when it has ended',
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
/** Amazon's DocumentDB has one code for it that means another thing elsewhere, and the driver has none. */
export const NO_RETRIES: Failure = {
  code: 'unsupported',
  says: 'the server knows no retryable writes; add retryWrites=false to the URL',
}
export const OVERLOADED: Failure = { code: 'unavailable', says: 'the database takes no more requests now; try again' }
/** The system knows it by other codes than the server. */
export const EXHAUSTED: Failure = {
  code: 'unavailable',
  says: 'this machine has no file handle or port to spare; let the process have more of them (ulimit -n), then try again',
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
  46: UNDER_WAY, // LockBusy
  50: TIMEOUT, // MaxTimeMSExpired
  59: NO_MONGODB, // CommandNotFound
  63: STALE, // StaleShardVersion
  64: {
    code: 'timeout',
    says: 'a majority of the replica set did not confirm the write in time; see its members, try again',
  }, // WriteConcernTimeout
  70: UNAVAILABLE, // ShardNotFound: one that was removed, of which this node had not heard
  89: TIMEOUT, // NetworkTimeout
  91: NOT_PRIMARY, // ShutdownInProgress
  94: UNAVAILABLE, // NotYetInitialized
  100: {
    code: 'unavailable',
    says: 'the replica set has no majority that could confirm a write; see its members',
  }, // UnsatisfiableWriteConcern
  112: AGAIN, // WriteConflict
  115: NO_MONGODB, // CommandNotSupported
  117: UNDER_WAY, // ConflictingOperationInProgress
  121: {
    code: 'unsupported',
    says: 'a validator that was added to the collection refuses the document; remove it',
  }, // DocumentValidationFailure
  133: UNAVAILABLE, // FailedToSatisfyReadPreference
  134: UNAVAILABLE, // ReadConcernMajorityNotAvailableYet
  150: STALE, // StaleEpoch
  166: { code: 'unsupported', says: 'a view stands in the place of a collection; rename it, or use another prefix' },
  175: CURSOR_GONE, // QueryPlanKilled
  189: NOT_PRIMARY, // PrimarySteppedDown
  202: TIMEOUT, // NetworkInterfaceExceededTimeLimit
  211: UNAVAILABLE, // KeyNotFound: of those that sign the time of a cluster, before a node has read them
  215: UNDER_WAY, // DatabaseDropPending
  237: CURSOR_GONE, // CursorKilled
  239: STALE, // SnapshotTooOld
  246: STALE, // SnapshotUnavailable
  249: STALE, // StaleDbVersion
  250: STALE, // StaleChunkHistory
  261: OVERLOADED, // TooManyLogicalSessions
  262: TIMEOUT, // ExceededTimeLimit
  264: UNAVAILABLE, // TooManyFilesOpen
  272: STALE, // MigrationConflict
  279: UNAVAILABLE, // ClientDisconnect
  303: UNAVAILABLE, // SplitHorizonChange
  319: UNDER_WAY, // MovePrimaryInProgress
  334: WRONG_MECHANISM, // MechanismUnavailable
  338: UNDER_WAY, // ReshardCollectionInProgress
  355: UNAVAILABLE, // InterruptedDueToStorageChange
  365: OVERLOADED, // TemporarilyUnavailable
  371: { code: 'unavailable', says: 'an administrator keeps writes off the cluster; try again when they are let in' }, // UserWritesBlocked
  398: UNAVAILABLE, // StreamTerminated
  402: OVERLOADED, // ResourceExhausted
  406: UNDER_WAY, // MigrationBlockingOperationCoordinatorCleaningUp
  407: TIMEOUT, // PooledConnectionAcquisitionExceededTimeLimit
  412: UNDER_WAY, // UpdatesStillPending
  433: OVERLOADED, // AdmissionQueueOverflow
  449: OVERLOADED, // RateLimitExceeded
  450: OVERLOADED, // PooledConnectionAcquisitionRejected
  453: UNDER_WAY, // InterruptedDueToReshardingCriticalSection
  462: OVERLOADED, // IngressRequestRateLimitExceeded
  9001: UNAVAILABLE, // SocketException
  10058: NOT_PRIMARY, // LegacyNotPrimary
  10107: NOT_PRIMARY, // NotWritablePrimary
  10334: INVALID, // BSONObjectTooLarge
  11000: { code: 'already_exists', retry: 'taken' }, // DuplicateKey
  11600: NOT_PRIMARY, // InterruptedAtShutdown
  11601: UNAVAILABLE, // Interrupted
  11602: NOT_PRIMARY, // InterruptedDueToReplStateChange
  12586: UNDER_WAY, // BackgroundOperationInProgressForDatabase
  12587: UNDER_WAY, // BackgroundOperationInProgressForNamespace
  13297: {
    code: 'invalid',
    says: 'a database of that name is there, with other capitals; write it as it is spelled there',
  }, // DatabaseDifferCase
  13388: STALE, // StaleConfig
  13435: NOT_PRIMARY, // NotPrimaryNoSecondaryOk
  13436: NOT_PRIMARY, // NotPrimaryOrSecondary
  14031: { code: 'unavailable', says: 'the disk of the server is full; make room there, then try again' },
  16500: { ...OVERLOADED, retry: 'again' }, // of Cosmos DB
  17280: INVALID, // KeyTooLong
  17419: INVALID, // a document that an update made too large
  17420: INVALID,
  46841: UNAVAILABLE, // ClientMarkedKilled
  56846: UNAVAILABLE, // ConfigServerUnreachable
  91331: UNAVAILABLE, // RetriableRemoteCommandFailure
  10045600: UNAVAILABLE, // InterruptedDueToFCVChange
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

const OVER_QUOTA: Failure = {
  code: 'unavailable',
  says: 'the database is over its quota; give it more room, then try again',
}
/** In this order: who lacks a right is told of which collection, whose name may have any word in it. */
const OF_ATLAS: readonly (readonly [sign: RegExp, Failure])[] = [
  [/not allowed|not authorized/i, NOT_ALLOWED],
  [/quota|space|already using/i, OVER_QUOTA],
  [/auth/i, NO_LOGIN],
]

/** Atlas has one code for all that it says itself. */
export function ofAtlas(message: string): Failure {
  return (
    OF_ATLAS.find(([sign]) => sign.test(message))?.[1] ?? {
      code: 'unavailable',
      says: 'Atlas refuses it; see there what the cluster and this user may do',
      inVain: true,
    }
  )
}
