import { HELD_FOR, noConsumer, SURE_FOR, type Timestamp } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { rowByKey } from './dialects/by-key.js'
import { type Consumer, consumers } from './rows/relay.js'

/** Nobody: no id is empty. */
export const NOBODY = ''

/** A consumer, and what time it was by the database's clock. */
export interface Known {
  consumer: Consumer
  clock: Timestamp
}

export async function findConsumer(db: Database, knex: Knex, name: string): Promise<Known | undefined> {
  const { dialect } = db
  const by = { table: db.table('approval_consumers'), key: { name } }
  const row = await rowByKey(knex, dialect, [...consumers.columns, `${dialect.now} as clock`], by)
  return row && { consumer: consumers.fromRow(dialect, row), clock: db.clockOf(row) }
}

/** @throws StoreError `not_found` */
export async function knownConsumer(db: Database, knex: Knex, name: string): Promise<Known> {
  const known = await findConsumer(db, knex, name)
  if (known === undefined) throw noConsumer()
  return known
}

/** Takes the lease of a consumer, or makes it last; `null` while another has it. Nothing is written while it lasts long enough. */
export async function holdConsumer(db: Database, name: string, holder: string): Promise<Known | null> {
  const known = await db.read((knex) => knownConsumer(db, knex, name))
  const { consumer, clock } = known
  if (consumer.holder === holder && consumer.heldUntil - clock > SURE_FOR) return known
  if (![NOBODY, holder].includes(consumer.holder) && consumer.heldUntil > clock) return null
  const held_until = db.dialect.toTime(clock + HELD_FOR)
  const taken: number = await db.transaction(async (trx) =>
    trx(db.table('approval_consumers'))
      .where({ name })
      .where((free) => free.whereIn('holder', [NOBODY, holder]).orWhereRaw(`held_until <= ${db.dialect.now}`))
      .update({ holder, held_until } as never),
  )
  return taken > 0 ? known : null
}
