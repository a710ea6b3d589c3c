import { Fields, MAX_BATCH } from '@freehold/contract'
import { warnOf } from './warnings.js'

export interface QueueOptions {
  /** Most records per write, 1 to 10,000; 500 unless told, and at most half of `limit`. Fewer where they are large. */
  batch?: number
  /** Longest wait of a record before it is written, in milliseconds, at least 1; 1,000 unless told. */
  interval?: number
  /** Most records held, at least 1; 50,000 unless told. What comes on top is dropped, counted and reported. */
  limit?: number
  /**
   * Longest time for one flush, in milliseconds, at least 1; 30,000 unless told. A write that takes longer is reported, and
   * waited for: it may still be done, and a second one beside it would only slow it down.
   */
  deadline?: number
  /** Told of failed, refused and slow writes and of dropped records. A process warning unless told. */
  onError?: (error: Error) => void
}

/** Records per write unless told. */
export const DEFAULT_BATCH = 500
/** Longest time that a timer of Node takes; it makes 1 ms of anything longer. */
const MAX_TIME = 2 ** 31 - 1

/** What the queue of a writer takes that rejects items one by one, and says `R` of each. */
export interface RejectingOptions<R> extends QueueOptions {
  /** Told of what was rejected when it leaves the queue, once. */
  onRejected?(rejected: readonly R[]): void
}

/** What a queue is to know of its items. */
export interface ItemNature<T, R> {
  /** Told of what was rejected unless the options say who is. */
  onRejected?: (rejected: readonly R[]) => void
  /** In characters, about; nothing unless told. */
  weightOf?: (item: T) => number
  /** The word for one of them, to which an `s` is added for more; `record` unless told. */
  noun?: string
}

const KNOWN: readonly (keyof RejectingOptions<unknown>)[] = [
  'batch',
  'interval',
  'limit',
  'deadline',
  'onError',
  'onRejected',
]

/**
 * The options with their defaults. Checked once and here: a batch of `NaN` would write nothing for ever. A batch is at most
 * half of the limit: while it is written there must be room for others.
 *
 * @throws StoreError `invalid`, naming every wrong field
 */
export function settingsOf<R>(
  options: RejectingOptions<R>,
  onRejectedUnlessTold: (rejected: readonly R[]) => void,
): Required<RejectingOptions<R>> {
  const fields = new Fields('queue options', options, KNOWN)
  const batch = fields.integer('batch', 1, MAX_BATCH) ?? DEFAULT_BATCH
  const interval = fields.integer('interval', 1, MAX_TIME) ?? 1_000
  const limit = fields.integer('limit', 1) ?? 50_000
  const deadline = fields.integer('deadline', 1, MAX_TIME) ?? 30_000
  const listener = <T>(field: keyof RejectingOptions<R>, instead: (news: T) => void) => {
    const given = fields.raw(field) ?? instead
    if (typeof given !== 'function') fields.problem(field, 'is not a function; give one, or leave it out')
    return given as (news: T) => void
  }
  const onError = listener('onError', warnOf)
  const onRejected = listener<readonly R[]>('onRejected', onRejectedUnlessTold)
  fields.done()
  return { batch: Math.min(batch, Math.ceil(limit / 2)), interval, limit, deadline, onError, onRejected }
}
