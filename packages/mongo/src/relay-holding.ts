import { HELD_FOR, noConsumer, SURE_FOR, type Timestamp } from '@freehold/contract'
import type { Database } from './database.js'
import { CLOCK, clockOf } from './documents/approvals.js'
import type { Consumer } from './documents/relay.js'

/** Nobody: no id is empty. */
export const NOBODY = ''

/** A consumer, and what time it was by the database's clock. */
export interface Known {
  consumer: Consumer
  clock: Timestamp
}

export async function findConsumer(db: Database, name: string): Promise<Known | undefined> {
  const [row] = await db.aggregate('approval_consumers', [{ $match: { _id: name } }, CLOCK])
  await db.present('approvals', row)
  return row && { consumer: row as never, clock: clockOf(row) }
}

/** @throws StoreError `not_found` */
export async function knownConsumer(db: Database, name: string): Promise<Known> {
  const known = await db.retry(() => findConsumer(db, name))
  if (known === undefined) throw noConsumer()
  return known
}

/** Takes the lease of a consumer, or makes it last; `null` while another has it. Nothing is written while it lasts long enough. */
export async function holdConsumer(db: Database, name: string, holder: string): Promise<Known | null> {
  const known = await knownConsumer(db, name)
  const { consumer, clock } = known
  const until = consumer.until.getTime()
  if (consumer.holder === holder && until - clock > SURE_FOR) return known
  if (![NOBODY, holder].includes(consumer.holder) && until > clock) return null
  const isFree = { $or: [{ holder: { $in: [NOBODY, holder] } }, { $expr: { $lte: ['$until', '$$NOW'] } }] }
  const taken = { holder: { $literal: holder }, until: { $add: ['$$NOW', HELD_FOR] } }
  const { matchedCount } = await db.retry(() =>
    db.collection('approval_consumers').updateOne({ _id: name, ...isFree }, [{ $set: taken }]),
  )
  return matchedCount > 0 ? known : null
}
