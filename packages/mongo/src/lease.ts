import { setTimeout as sleep } from 'node:timers/promises'
import { newId, StoreError } from '@freehold/contract'
import type { Database } from './database.js'

/** How long a lease outlives the last sign of life of its holder, and how often that gives one, in milliseconds. */
const LEASE = 15_000
const RENEWAL = LEASE / 3
/** How often somebody who waits looks again, and for how long. */
const POLL = 100
const PATIENCE = 600_000

/** When a lease ends that is taken or renewed now, by the database's clock. */
const END = { $add: ['$$NOW', LEASE] }

/**
 * Runs `work` while nobody else holds the lease of this name, over all processes. It is a document with an end, judged by
 * the database's clock: a holder that dies blocks the next for 15 seconds at most.
 * @throws StoreError `timeout` when others held it for ten minutes
 */
export async function withLease<T>(db: Database, name: string, work: () => Promise<T>): Promise<T> {
  const holder = newId()
  const free = { holder: '', expiresAt: new Date(0) }
  await db.retry(() => db.insertNew('leases', [{ _id: name, ...free }]))
  await waitFor(() => db.retry(() => take(db, name, holder)))
  // A renewal that fails is made up for by the next, or the lease ends.
  const renewal = setInterval(() => void renew(db, name, holder).catch(() => undefined), RENEWAL)
  try {
    return await work()
  } finally {
    clearInterval(renewal)
    await db.retry(() => db.collection('leases').updateOne({ _id: name, holder }, { $set: free }))
  }
}

async function waitFor(taken: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE
  while (!(await taken())) {
    if (Date.now() > deadline)
      throw new StoreError('timeout', 'another process has been changing the schema for ten minutes; see what it does')
    await sleep(POLL * (0.5 + Math.random()))
  }
}

/** Takes the lease if nobody has it, or whoever has it is gone. */
async function take(db: Database, name: string, holder: string): Promise<boolean> {
  const over = { $lte: ['$expiresAt', '$$NOW'] }
  const taken = { holder: { $cond: [over, holder, '$holder'] }, expiresAt: { $cond: [over, END, '$expiresAt'] } }
  const lease = await db
    .collection('leases')
    .findOneAndUpdate({ _id: name }, [{ $set: taken }], { returnDocument: 'after' })
  return lease?.holder === holder
}

/** A lease that was given back is not taken again by a renewal that comes late. */
async function renew(db: Database, name: string, holder: string): Promise<void> {
  await db.collection('leases').updateOne({ _id: name, holder }, [{ $set: { expiresAt: END } }])
}
