import type { Approval, ApprovalEvent } from './approval.js'
import type { Page, PageRequest } from './page.js'
import type { Timestamp } from './time.js'

export const RELAY_STARTS = ['start', 'now'] as const
/** `start`: every event that ever happened is told. `now`: those of about now on, by the database's clock. */
export type RelayStart = (typeof RELAY_STARTS)[number]

/** What a consumer is to be told of one approval. */
export interface Delivery {
  tenant: string
  /** As it stands, which may be further than these events. */
  approval: Approval
  /** The next ones, in order and at most 100. Each may come more than once: know it by its `id`. */
  events: ApprovalEvent[]
  /** How often telling failed since it last succeeded. */
  attempts: number
  failingSince?: Timestamp
}

/** What became of telling a consumer of one approval. */
export interface Settlement {
  tenant: string
  approvalId: string
  /**
   * That of the approval which was handed out. By it, what comes late, of an approval that was removed, is not taken for what
   * became of another that has its id since: give it, or only its `seq` can tell.
   */
  requestedAt?: Timestamp
  /** Up to which event it was told, with those that are given up; 0 for none. */
  seq: number
  /** Why the event after `seq` could not be told; at most 1,000 characters of `reason` are kept. */
  failure?: {
    reason: string
    /** In how many milliseconds by the database's clock it is tried again; at most 30 days. */
    retryIn: number
  }
  /** Events that are given up, none of them after `seq`; at most 100. */
  dead?: readonly { seq: number; reason: string }[]
}

/** An event that a consumer was never told of, because it was given up. */
export interface DeadLetter {
  tenant: string
  approvalId: string
  seq: number
  reason: string
  at: Timestamp
}

/** How far a consumer is, as of the last time anybody took anything for any consumer. */
export interface ConsumerState {
  /** Approvals with events that it was not told of. */
  waiting: number
  /** Since when the first of them waits, or fails; absent when none waits. */
  oldest?: Timestamp
  /** How many of them failed when they were told last. */
  failing: number
  dead: number
}

/**
 * The outbox of what happens to approvals: what a step writes, it leaves here to be told, in the same write. Who wants to be
 * told is a consumer, known by a name of up to 128 bytes. It is told of the approvals of all tenants, at least once, and of
 * each in order. What was not told is found by that alone, not by a time or a number: a step that commits late is told as well.
 * Nothing is kept for anybody while no consumer is registered.
 */
export interface ApprovalRelay {
  /**
   * Makes a consumer known, which hears `from` now on unless told. Whoever takes for it calls this when it begins: it also
   * finds what processes of the build before did since.
   *
   * - registering a consumer again changes nothing and from elsewhere is a conflict
   * - a consumer from the start is told of what happened before it registered and one from now is not
   */
  register(consumer: string, options?: { from?: RelayStart }): Promise<void>
  /**
   * What a consumer was not told of and whose time has come, of up to `limit` approvals (1 to 500; 100 unless told), those that
   * wait longest first. Large approvals come in fewer, so that all of them together are of about 16 MiB, or one. There may be more
   * of them: it is empty when there is nothing. One `holder` at a time takes for a consumer, and any other gets `null`. It holds the consumer until it gives it back, and for at least 20 seconds after it took last, by the
   * database's clock. A call may take ten seconds where much is to be looked through.
   *
   * - every event of an approval is told to a consumer in order
   * - what was taken and not settled is told again
   * - of large approvals as many are taken as are not too much at once and the others next
   * - what happens between taking and settling is told next
   * - each consumer is told on its own
   * - telling is of all tenants and says of which
   * - while one holder has a consumer another gets nothing until it is given back
   * - processes that decide and take at once miss no event and tell each approval in order
   * - taking for a consumer that is not registered is not_found
   */
  take(consumer: string, holder: string, options?: { limit?: number }): Promise<Delivery[] | null>
  /**
   * Keeps what became of telling, of up to 1,000 approvals, each of them once. What a consumer was never to be told of is
   * passed over. Anybody may call it: it needs no holder.
   *
   * - settling less than was settled before takes nothing back
   * - settling late what was told of an approval that was removed leaves the one that has its id now as it is
   * - a failure is tried again when its time has come and not before and what comes after it waits
   * - failures are counted anew after an event that was told
   * - a dead letter is kept with its reason and holds up nothing
   * - settling the same approval twice in one call, or a dead letter after what was told, is refused as invalid
   */
  settle(consumer: string, results: readonly Settlement[]): Promise<void>
  /**
   * Does of all tenants what `expire` and `remind` do of one, so that there are events to tell of what came by time alone; resolves to
   * how many approvals it changed. Bounded: call it again while it resolves to more than 0.
   *
   * - a sweep of the relay marks what has expired and notes what is due in all tenants
   */
  sweep(): Promise<number>
  /** Gives a consumer back that this holder has; else nothing happens. */
  release(consumer: string, holder: string): Promise<void>
  /**
   * - the state of a consumer tells how many approvals wait and fail, since when, and how many letters are dead
   */
  state(consumer: string): Promise<ConsumerState>
  /**
   * Newest first.
   *
   * - dead letters are of their consumer and listed newest first
   */
  dead(consumer: string, page?: PageRequest): Promise<Page<DeadLetter>>
  /**
   * Forgets a consumer, and all that is kept for it. Nothing happens when it is not there.
   *
   * - a consumer that is unregistered is not known any more and begins anew when it registers again
   */
  unregister(consumer: string): Promise<void>
}
