import { asOf, Moved, refusePending, refuseUntold } from '@freehold/contract'
import { MaxKey } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { approvalOf, CLOCK, clockOf } from './documents/approvals.js'
import { type Consumer, type Relayed, relayKey } from './documents/relay.js'

/**
 * Removes an approval, whose events lie in it. It is marked first, if nobody changed it since it was looked at; from when on no step
 * of it is taken, and what is kept of it for consumers goes before it does. Whoever finds the mark finishes.
 */
export async function removeApproval(db: Database, tenant: string, id: string): Promise<boolean> {
  let isMarked = false
  return db.retry(async () => {
    const _id: Key = { tenant, id }
    const [row] = await db.aggregate('approvals', [{ $match: { _id } }, CLOCK])
    if (row === undefined) return isMarked || db.present('approvals', false)
    if (row.leaving === undefined) {
      refusePending(asOf(approvalOf(row), clockOf(row)))
      await refuseWhileUntold(db, row)
      const { version, settled = null } = row
      const as = { _id, version, settled, leaving: { $exists: false } } as never
      const { matchedCount } = await db.collection('approvals').updateOne(as, { $set: { leaving: true } })
      if (matchedCount === 0) throw new Moved()
    }
    isMarked = true
    await finishRemoval(db, row)
    return true
  })
}

/** Finishes what somebody began. @throws Moved for an approval that is being removed, when it is gone */
export async function refuseLeaving(db: Database, row: Row): Promise<void> {
  if (row.leaving === undefined) return
  await finishRemoval(db, row)
  throw new Moved()
}

/** Deletes an approval that is marked, and first what is kept of it for consumers. */
async function finishRemoval(db: Database, { _id }: Row): Promise<void> {
  const keys = keysOf(await consumersOf(db), _id as Key)
  const letters = keys.map((key) => ({ _id: { $gte: key, $lte: { ...key, seq: new MaxKey() } } }))
  if (keys.length > 0) {
    await db.collection('approval_relays').deleteMany({ _id: { $in: keys } })
    await db.collection('approval_dead').deleteMany({ $or: letters } as never)
  }
  await db.collection('approvals').deleteOne({ _id, leaving: true } as never)
}

/**
 * Forgets of these what is of approvals that were removed: who handed them out at the same time may have left it. Resolves to
 * how many those were.
 */
export async function forgetRemoved(db: Database, due: readonly Relayed[]): Promise<number> {
  const keyOf = ({ tenant, id }: Key) => ({ tenant, id: id! })
  const _id = { $in: due.map((one) => keyOf(one._id)) }
  const rows = await db.retry(() => db.find('approvals', { _id }, { projection: { _id: 1 } }))
  const there = new Set(rows.map((row) => JSON.stringify(keyOf(row._id as Key))))
  const gone = due.filter((one) => !there.has(JSON.stringify(keyOf(one._id)))).map((one) => one._id)
  if (gone.length > 0) await db.retry(() => db.collection('approval_relays').deleteMany({ _id: { $in: gone } }))
  return gone.length
}

async function refuseWhileUntold(db: Database, { _id, status, version, settled }: Row): Promise<void> {
  const known = await consumersOf(db)
  const keys = keysOf(known, _id as Key)
  const open = await db.find('approval_relays', { _id: { $in: keys }, nextAt: { $exists: true } })
  const behind = known.filter(({ walked }) => walked !== undefined).length
  refuseUntold({ consumers: known.length, behind, status, version, settled, waiting: open.length })
}

async function consumersOf(db: Database): Promise<Consumer[]> {
  return (await db.find('approval_consumers', {})) as unknown as Consumer[]
}

function keysOf(consumers: readonly Consumer[], { tenant, id }: Key): Key[] {
  return consumers.map((consumer) => relayKey(consumer.id, tenant, id!))
}
