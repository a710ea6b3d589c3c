import { resolve } from 'node:path'
import { Fields, MAX_BATCH } from '@freehold/contract'
import { warnOf } from './warnings.js'

export interface SpoolOptions {
  /**
   * Where it is; made if it is not there. For one destination, a database and a tenant of it: whichever process opens it
   * writes to its own what others left. Any number of processes may share it.
   */
  directory: string
  /**
   * Most bytes that this process has there, at least 1,000,000; 1,000,000,000 unless told. As many again of what the operating
   * system is to have at once, where records are of that kind.
   */
  limit?: number
}

export interface RecorderOptions {
  /** Most records per write, 1 to 10,000; 500 unless told, and at most half of `limit`. Fewer where they are large. */
  batch?: number
  /** Longest wait of a record before it is written, in milliseconds, at least 1; 1,000 unless told. */
  interval?: number
  /** Most records in memory, at least 1; 50,000 unless told. What becomes of those on top says `overflow`. */
  limit?: number
  /**
   * Longest time for one flush, in milliseconds, at least 1; 30,000 unless told. A write that takes longer is reported, and
   * waited for: it may still be done, and a second one beside it would only slow it down.
   */
  deadline?: number
  /**
   * What becomes of a record when memory is full, and the disk takes no more of it: `drop` drops it, counted and reported,
   * and `wait` lets those wait who call `put`. `drop` unless told.
   */
  overflow?: 'drop' | 'wait'
  /**
   * Puts records on the disk, fsynced, when half of `limit` is in memory or the database is away. They are written in their
   * order when it is back, by another process if this one ends before.
   */
  spool?: SpoolOptions
  /** Puts every record on the disk, so that none is lost when the process is killed; false unless told. Only with `spool`. */
  durable?: boolean
  /** Told of failed, refused and slow writes, of dropped records and of what the disk refuses. A process warning unless told. */
  onError?: (error: Error) => void
}

/** Records per write unless told. */
export const DEFAULT_BATCH = 500
/** Longest time that a timer of Node takes; it makes 1 ms of anything longer. */
const MAX_TIME = 2 ** 31 - 1
const [LEAST_SPOOL, DEFAULT_SPOOL] = [1_000_000, 1_000_000_000]

/** What the recorder takes whose writer rejects records one by one, and says `R` of each. */
export interface RejectingOptions<R> extends RecorderOptions {
  /** Told of what was rejected when it has left, once. */
  onRejected?(rejected: readonly R[]): void
}

/** A record as it is kept on the disk. */
export interface Encoded<T> {
  bytes: Uint8Array
  /** What is written in its place, as `decode` would give it. */
  item: T
}

/** How records are kept on the disk. */
export interface Codec<T> {
  /** A folder's name, another one for each kind of record and each layout of their bytes. */
  name: string
  /** In the order of the records; `undefined` for one that cannot be kept there. */
  encode(items: readonly T[]): Promise<readonly (Encoded<T> | undefined)[]>
  /** @throws where the bytes are none of its own */
  decode(bytes: Buffer): T
  /**
   * Given: with a spool, the operating system has the record when `record` returns, in some microseconds: it is written though
   * the process is killed right after. Its bytes as `encode` gives them, made at once.
   */
  bytesOf?(item: T): Uint8Array
}

/** What a recorder is to know of its records. */
export interface Nature<T, R> {
  /** Told of what was rejected unless the options say who is. */
  onRejected?: (rejected: readonly R[]) => void
  /** In characters, about; nothing unless told. */
  weightOf?: (item: T) => number
  /** The word for one of them, to which an `s` is added for more; `record` unless told. */
  noun?: string
  /** Needed for `spool`. */
  codec?: Codec<T>
  /** Nobody can wait for room, and why. */
  cannotWait?: string
  /** Runs what is done in the background; as it is unless told. */
  quietly?: <V>(work: () => V) => V
  /** Options that are none of the recorder, which whoever made it reads. */
  others?: readonly string[]
}

export interface Settings<R> extends Required<Omit<RejectingOptions<R>, 'spool'>> {
  spool?: Required<SpoolOptions>
}

const KNOWN: readonly (keyof RejectingOptions<unknown>)[] = [
  'batch',
  'interval',
  'limit',
  'deadline',
  'overflow',
  'spool',
  'durable',
  'onError',
  'onRejected',
]

/**
 * The options with their defaults. Checked once and here: a batch of `NaN` would write nothing for ever. A batch is at most
 * half of the limit: while it is written there must be room for others.
 *
 * @throws StoreError `invalid`, naming every wrong field
 */
export function settingsOf<T, R>(options: RejectingOptions<R>, nature: Nature<T, R>): Settings<R> {
  const fields = new Fields('recorder options', options, [...KNOWN, ...(nature.others ?? [])])
  const batch = fields.integer('batch', 1, MAX_BATCH) ?? DEFAULT_BATCH
  const interval = fields.integer('interval', 1, MAX_TIME) ?? 1_000
  const limit = fields.integer('limit', 1) ?? 50_000
  const deadline = fields.integer('deadline', 1, MAX_TIME) ?? 30_000
  const overflow = fields.choice('overflow', ['drop', 'wait']) ?? 'drop'
  if (overflow === 'wait' && nature.cannotWait !== undefined)
    fields.problem('overflow', `is wait, but ${nature.cannotWait}; leave it out, and give a spool`)
  const spool = spoolOf(fields, nature)
  const durable = fields.flag('durable') ?? false
  if (durable && !fields.has('spool'))
    fields.problem('durable', 'is true without a spool; give spool: { directory }, or leave it out')
  const listener = <N>(field: keyof RejectingOptions<R>, instead: (news: N) => void) => {
    const given = fields.raw(field) ?? instead
    if (typeof given !== 'function') fields.problem(field, 'is not a function; give one, or leave it out')
    return given as (news: N) => void
  }
  const onError = listener('onError', warnOf)
  const onRejected = listener<readonly R[]>('onRejected', nature.onRejected ?? (() => {}))
  fields.done()
  const size = Math.min(batch, Math.ceil(limit / 2))
  return { batch: size, interval, limit, deadline, overflow, spool, durable, onError, onRejected }
}

function spoolOf<T, R>(fields: Fields, { codec }: Nature<T, R>): Required<SpoolOptions> | undefined {
  const given = fields.raw('spool')
  if (given === undefined || given === null) return undefined
  if (codec === undefined) return fields.problem('spool', 'has no way to keep these records; leave it out')
  const inner = new Fields('spool', given, ['directory', 'limit'], 'strict', 'spool')
  const directory = inner.required('directory', inner.text('directory'), 'name the directory')
  const limit = inner.integer('limit', LEAST_SPOOL) ?? DEFAULT_SPOOL
  fields.take(inner)
  return directory === undefined ? undefined : { directory: resolve(directory, codec.name), limit }
}
