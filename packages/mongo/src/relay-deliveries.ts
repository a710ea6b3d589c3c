import { type Delivery, LOOKED_AT, type Timestamp, takenAtOnce } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key } from './database.js'
import { CLOCK } from './documents/approvals.js'
import { type Consumer, deliveryOf, type OpenApproval, type Relayed } from './documents/relay.js'

/** What waits for a consumer by this time, and at most how much of it is asked for. */
export interface Asked {
  consumer: Consumer
  clock: Timestamp
  limit: number
}

/** What was not handed out to anybody yet, and what waits for a consumer of what was, in one command. */
export async function lookFor(db: Database, asked: Asked): Promise<{ open: OpenApproval[]; due: Relayed[] }> {
  const rows = await db.retry(() =>
    db.aggregate('approvals', [
      { $match: { settled: null } },
      { $limit: LOOKED_AT },
      { $project: { version: 1, requestedAt: 1 } },
      { $unionWith: { coll: db.name('approval_relays'), pipeline: due(asked) } },
    ]),
  )
  const isDue = ({ _id }: Document) => 'consumer' in _id
  return {
    open: rows.filter((row) => !isDue(row)) as unknown as OpenApproval[],
    due: rows.filter(isDue) as Relayed[],
  }
}

/** What waits for a consumer of what was handed out. */
export async function dueOf(db: Database, asked: Asked): Promise<Relayed[]> {
  return (await db.retry(() => db.aggregate('approval_relays', due(asked)))) as Relayed[]
}

/** Whole approvals as they stand, and the events that come next of each: of as many as are taken at once. */
export async function deliveriesOf(db: Database, waiting: readonly Relayed[]): Promise<Delivery[]> {
  if (waiting.length === 0) return []
  const sizes = waiting.length > 1 ? await sizesOf(db, waiting) : undefined
  const due = takenAtOnce(waiting, ({ _id }) => sizes?.get(keyOf(_id)) ?? 0)
  const _id = these(due)
  const rows = await db.retry(() => db.aggregate('approvals', [{ $match: { _id } }, CLOCK]))
  const approvals = new Map(rows.map((row) => [keyOf(row._id as Key), row]))
  return due.flatMap((one) => {
    const row = approvals.get(keyOf(one._id))
    return row === undefined ? [] : [deliveryOf(one, row)]
  })
}

/** How large each of them is: any one may be, so that is asked before they are read. */
async function sizesOf(db: Database, waiting: readonly Relayed[]): Promise<Map<string, number>> {
  const size = { $project: { size: { $bsonSize: '$$ROOT' } } }
  const rows = await db.retry(() => db.aggregate('approvals', [{ $match: { _id: these(waiting) } }, size]))
  return new Map(rows.map((row) => [keyOf(row._id as Key), row.size as number]))
}

function these(relayed: readonly Relayed[]): Document {
  return { $in: relayed.map(({ _id: { tenant, id } }) => ({ tenant, id })) }
}

function due({ consumer, clock, limit }: Asked): Document[] {
  const waits = { '_id.consumer': consumer.id, nextAt: { $lte: new Date(clock) } }
  return [{ $match: waits }, { $sort: { nextAt: 1 } }, { $limit: limit }]
}

function keyOf({ tenant, id }: Key): string {
  return JSON.stringify([tenant, id])
}
