import { asOf, Moved, refusePending, refuseUntold } from '@freehold/contract'
import { MaxKey } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { approvalOf, CLOCK, clockOf } from './documents/approvals.js'
import { type Consumer, type Relayed, relayKey } from './documents/relay.js'

/**
 * Removes an approval, whose events lie in it. What is kept of it for consumers goes first: of one that moves on meanwhile they
 * are told again from its beginning.
 */
export async function removeApproval(db: Database, tenant: string, id: string): Promise<boolean> {
  let isSent = false
  return db.retry(async () => {
    const _id: Key = { tenant, id }
    const [row] = await db.aggregate('approvals', [{ $match: { _id } }, CLOCK])
    // It was removed before, and only the answer was lost.
    if (row === undefined) return isSent || db.present('approvals', false)
    refusePending(asOf(approvalOf(row), clockOf(row)))
    await forgetTold(db, row)
    const { version, settled = null } = row
    isSent = true
    const { deletedCount } = await db.collection('approvals').deleteOne({ _id, version, settled } as never)
    if (deletedCount === 0) throw new Moved()
    return true
  })
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

async function forgetTold(db: Database, { _id, status, version, settled }: Row): Promise<void> {
  const known = (await db.find('approval_consumers', {})) as unknown as Consumer[]
  if (known.length === 0) return
  const { tenant, id } = _id as Key
  const keys = known.map((consumer) => relayKey(consumer.id, tenant, id!))
  const open = await db.find('approval_relays', { _id: { $in: keys }, nextAt: { $exists: true } })
  const behind = known.filter(({ walked }) => walked !== undefined).length
  refuseUntold({ consumers: known.length, behind, status, version, settled, waiting: open.length })
  const letters = keys.map((key) => ({ _id: { $gte: key, $lte: { ...key, seq: new MaxKey() } } }))
  await db.collection('approval_relays').deleteMany({ _id: { $in: keys } })
  await db.collection('approval_dead').deleteMany({ $or: letters } as never)
}
