import { LOOKED_AT, type Timestamp } from '@freehold/contract'
import type { Database, Row } from './database.js'
import { UNSETTLED } from './documents/approvals.js'
import { type Consumer, type OpenApproval, waitingRow, wantedUpdate } from './documents/relay.js'

/**
 * Makes what happened to approvals wait for every consumer, and then closes them, unless something happened to them meanwhile.
 * Who the consumers are is read after the approvals were: whoever registers later is to hear of nothing before, or looks for it.
 * What is interrupted is done again from its start.
 */
export function handOut(db: Database, open: readonly OpenApproval[], clock: Timestamp): Promise<void> {
  return db.retry(async () => {
    const known = (await db.find('approval_consumers', {})) as unknown as Consumer[]
    if (known.length === 0) return
    const passed = await passedOver(db, known, open)
    const rows = known.flatMap((consumer) =>
      open.map((approval) => waitingRow(consumer.id, approval, passed(consumer, approval), clock)),
    )
    const wanting = rows.filter(({ seq, wanted }) => seq < wanted)
    const there = await db.insertNew('approval_relays', wanting)
    const raised = there.map((place) => wantedUpdate(wanting[place]!))
    if (raised.length > 0) await db.collection('approval_relays').bulkWrite(raised as never, { ordered: false })
    const closed = open.map(({ _id, version }) => ({
      updateOne: { filter: { _id, version }, update: { $set: { settled: version } } },
    }))
    await db.collection('approvals').bulkWrite(closed as never, { ordered: false })
  })
}

/** Goes on looking for what happened before a consumer registered. Resolves to whether there may be more. */
export async function lookBack(db: Database, name: string, consumer: Consumer, clock: Timestamp): Promise<boolean> {
  const { id, walked } = consumer
  if (walked === undefined) return false
  const options = { sort: { _id: 1 }, limit: LOOKED_AT, projection: { version: 1, requestedAt: 1 } } as const
  return db.retry(async () => {
    const found = (await db.find('approvals', { _id: { $gt: walked } }, options)) as unknown as OpenApproval[]
    await db.insertNew(
      'approval_relays',
      found.map((approval) => waitingRow(id, approval, 0, clock)),
    )
    const isLast = found.length < LOOKED_AT
    const update = isLast ? { $unset: { walked: '' } } : { $set: { walked: found.at(-1)!._id } }
    await db.collection('approval_consumers').updateOne({ _id: name, id, walked } as never, update as never)
    return !isLast
  })
}

/** Opens what a process of the build before changed since it was handed out: it leaves the mark of that where it was. */
export async function reopen(db: Database): Promise<void> {
  let version = -1
  for (;;) {
    // One version after the other, so that an index leads to what has moved on.
    const settled = { $gt: version }
    const options = { sort: { settled: 1, version: 1 }, limit: 1, projection: { settled: 1 } } as const
    const [next] = await db.retry(() => db.find('approvals', { settled }, options))
    if (next === undefined) return
    version = next.settled as number
    const moved = { settled: version, version: { $gt: version } }
    await db.retry(() => db.collection('approvals').updateMany(moved, { $unset: UNSETTLED }))
  }
}

/** Up to which event a consumer passes an approval over, because it came after that. */
async function passedOver(db: Database, known: readonly Consumer[], open: readonly OpenApproval[]) {
  const late = known.filter(({ start }) => start === 'now')
  const old = open.filter(({ requestedAt }) => late.some(({ since }) => requestedAt < since))
  const _id = { $in: old.map((approval) => approval._id) }
  const projection = { 'events.seq': 1, 'events.at': 1 } as const
  const rows = old.length === 0 ? [] : await db.find('approvals', { _id }, { projection })
  const histories = new Map(rows.map(({ _id, events }) => [JSON.stringify(_id), events as Row[]]))
  return ({ start, since }: Consumer, { _id }: OpenApproval): number => {
    const events = start === 'now' ? (histories.get(JSON.stringify(_id)) ?? []) : []
    return events.reduce((last, { at, seq }) => (at < since ? Math.max(last, seq) : last), 0)
  }
}
