import type { Knex } from 'knex'
import { quote } from './postgres-names.js'
import { inTransaction } from './transaction.js'

/** Longest that making a partition may wait for the locks of those who use the table. */
const DAY_LOCK_TIMEOUT = `set local lock_timeout = '2s'`

/**
 * Rows of up to half a page stay as they are: compressing them takes the server longer than everything else that it does to
 * insert them. A partitioned table has no such setting, each of its partitions has its own.
 */
export const ROWS_AS_THEY_ARE = 'with (toast_tuple_target = 4080)'

/** Gives a day a partition of its own, unless it has one. */
export async function attachDay(knex: Knex, table: string, day: string): Promise<void> {
  const [parent, partition] = [quote(table), quote(`${table}_${day.replaceAll('-', '_')}`)]
  const { rows } = await knex.raw('select to_regclass(?) as found', [partition])
  if (rows[0].found !== null) return
  await inTransaction(knex, async (trx) => {
    await trx.raw(DAY_LOCK_TIMEOUT)
    // Attaching locks out nobody but those who write to the default partition, for as long as that is read from end to
    // end: a row of this day in it refuses the day for good.
    await trx.raw(`create table ${partition} (like ${parent} including all) ${ROWS_AS_THEY_ARE}`)
    await trx.raw(`alter table ${parent} attach partition ${partition} for values in ('${day}')`)
  })
}

/** Longest that dropping a day may wait: who comes behind it waits as long. */
const DROP_LOCK_TIMEOUT = `set local lock_timeout = '500ms'`

/** Days before one that have a partition of their own in one of these tables. */
export async function daysBefore(knex: Knex, tables: readonly string[], before: string): Promise<string[]> {
  const { rows } = await knex.raw(
    `select distinct right(c.relname, 10) as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent in (${tables.map(() => 'to_regclass(?)').join(', ')}) and c.relname ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
     order by day`,
    tables.map(quote),
  )
  return (rows as { day: string }[]).map(({ day }) => day.replaceAll('_', '-')).filter((day) => day < before)
}

export async function dropDay(knex: Knex, tables: readonly string[], day: string): Promise<void> {
  const partitions = tables.map((table) => quote(`${table}_${day.replaceAll('-', '_')}`))
  await inTransaction(knex, async (trx) => {
    await trx.raw(DROP_LOCK_TIMEOUT)
    await trx.raw(`drop table if exists ${partitions.join(', ')}`)
  })
}
