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
