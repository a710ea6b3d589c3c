import { holding, holdingIfFree, LEASE, type Lease } from '@freehold/contract'
import type { Database, Row } from './database.js'

/** When a lease ends that is taken or renewed now, by the database's clock. */
const END = { $add: ['$$NOW', LEASE] }
const FREE = { holder: '', expiresAt: new Date(0) }

/** Runs `work` while nobody else holds the lease of this name. */
export async function withLease<T>(db: Database, name: string, work: () => Promise<T>): Promise<T> {
  return holding(await leaseOf(db, name), work)
}

/** Runs `work` unless somebody else holds the lease of this name: then it resolves to `null`. */
export async function ifLeaseIsFree<T>(db: Database, name: string, work: () => Promise<T>): Promise<T | null> {
  return holdingIfFree(await leaseOf(db, name), work)
}

/** The lease of this name: see `holding` in the contract. It is a document. */
async function leaseOf(db: Database, name: string): Promise<Lease> {
  await db.retry(() => db.insertNew('leases', [{ _id: name, ...FREE }]))
  const leases = db.collection('leases')
  // Does not wait in line: a lease that is not renewed in time is over. Asked for anew: the client may be replaced.
  const unlined = () => db.db.collection<Row>(db.name('leases'))
  return {
    take: (holder: string) => db.retry(() => take(db, name, holder)),
    renew: (holder: string) => unlined().updateOne({ _id: name, holder }, [{ $set: { expiresAt: END } }]),
    giveBack: (holder: string) => db.retry(() => leases.updateOne({ _id: name, holder }, { $set: FREE })),
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
