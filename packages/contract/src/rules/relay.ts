import { StoreError } from '../errors.js'
import type { RelayStart, Settlement } from '../relay.js'
import type { Timestamp } from '../time.js'
import { partsOf } from './parts.js'

/** How long a holder has a consumer, and of how much of that it is sure when it has taken, in milliseconds. */
export const HELD_FOR = 30_000
export const SURE_FOR = 20_000
/** How many approvals are looked through at a time, and for how long in one call, in milliseconds. */
export const LOOKED_AT = 500
export const LOOKING_FOR = 10_000
/** Most events of one delivery. */
export const MAX_TOLD = 100
/** About how many bytes of approvals are taken at once, as a store has them. */
const MAX_TAKEN = 16_777_216

/** As much of what waits, in its order, as is taken at once: the first, however large, and what is not too much with it. */
export function takenAtOnce<T>(due: readonly T[], sizeOf: (one: T) => number): T[] {
  const [first = []] = partsOf(due, sizeOf, MAX_TAKEN)
  return first
}

/** How far a consumer is with one approval. */
export interface Progress {
  /** Up to which event it was told. */
  seq: number
  /** Up to which it is to be told. */
  wanted: number
  /** When it is told next; absent when there is nothing to tell. */
  nextAt?: Timestamp | undefined
  attempts: number
  failingSince?: Timestamp | undefined
  reason?: string | undefined
}

/** Whether it is of an approval that had this id before, and was removed; `there` is when that which is there was requested. */
export function isOfFormer({ requestedAt }: Settlement, there: Timestamp | undefined): boolean {
  return requestedAt !== undefined && requestedAt !== there
}

/** What a settlement makes of it. */
export function settled(before: Progress, { seq, failure }: Settlement, now: Timestamp): Progress {
  // Of an approval that had this id before, and was removed.
  if (seq > before.wanted) return before
  const told = Math.max(before.seq, seq)
  const next = { seq: told, wanted: before.wanted }
  const isOpen = told < before.wanted
  if (failure === undefined) return { ...next, attempts: 0, nextAt: isOpen ? now : undefined }
  const isSame = told === before.seq
  return {
    ...next,
    attempts: isSame ? before.attempts + 1 : 1,
    failingSince: (isSame ? before.failingSince : undefined) ?? now,
    reason: failure.reason,
    nextAt: isOpen ? now + failure.retryIn : undefined,
  }
}

/** @throws StoreError `conflict` when a consumer that is there began elsewhere than is asked for */
export function refuseOtherStart(there: RelayStart, asked: RelayStart | undefined): void {
  if (asked === undefined || asked === there) return
  throw new StoreError(
    'conflict',
    `the consumer is registered from ${there}; leave \`from\` out, or unregister it first, which forgets what it was told`,
  )
}

export function noConsumer(): StoreError {
  return new StoreError('not_found', 'there is no such consumer; register it first')
}
