import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.js'
import { newId } from '../ids.js'

/** How long a lease outlives the last sign of life of its holder, in milliseconds. */
export const LEASE = 15_000
/** How often a holder gives a sign of life, in milliseconds. */
const RENEWAL = LEASE / 3
/** How often somebody who waits looks again, and for how long, in milliseconds. */
const POLL = 100
const PATIENCE = 600_000

/** A record with a holder and an end, which the database's clock judges. */
export interface Lease {
  /** Takes it if it is free or over, for {@link LEASE} from now; false while somebody else holds it. */
  take(holder: string): Promise<boolean>
  /** Moves its end, unless it was given back: a renewal that comes late must not take it again. */
  renew(holder: string): Promise<unknown>
  giveBack(holder: string): Promise<unknown>
}

/**
 * Runs `work` while nobody else holds the lease, over all processes. A holder that dies, or cannot give it back, blocks the
 * next for 15 seconds at most.
 * @throws StoreError `timeout` when others held it for ten minutes
 */
export async function holding<T>(lease: Lease, work: () => Promise<T>): Promise<T> {
  const holder = newId()
  await untilTaken(() => lease.take(holder))
  return holdingAs(lease, holder, work)
}

async function holdingAs<T>(lease: Lease, holder: string, work: () => Promise<T>): Promise<T> {
  // A renewal that fails is made up for by the next, or the lease ends.
  const renewal = setInterval(() => void lease.renew(holder).catch(() => undefined), RENEWAL)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    // What became of the work is told, whatever became of the lease: it ends by itself.
    await lease.giveBack(holder).catch(() => undefined)
  }
}

/** The same, if nobody else holds the lease: else it resolves to `null` at once. */
export async function holdingIfFree<T>(lease: Lease, work: () => Promise<T>): Promise<T | null> {
  const holder = newId()
  return (await lease.take(holder)) ? holdingAs(lease, holder, work) : null
}

async function untilTaken(take: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE
  while (!(await take())) {
    if (performance.now() > deadline)
      throw new StoreError('timeout', 'another process has been changing the schema for ten minutes; see what it does')
    await sleep(POLL * (0.5 + Math.random()))
  }
}
