import type { Knex } from 'knex'

/** Longest that making a partition may wait for those who use the table, and they for it. */
const DAY_LOCK_TIMEOUT = `set local lock_timeout = '2s'`

/** Gives a day a partition of its own, unless it has one. */
export async function attachDay(knex: Knex, table: string, day: string): Promise<void> {
  const partition = `${table}_${day.replaceAll('-', '_')}`
  const { rows } = await knex.raw('select to_regclass(?) as found', [`"${partition}"`])
  if (rows[0].found !== null) return
  await knex.transaction(async (trx) => {
    await trx.raw(DAY_LOCK_TIMEOUT)
    // Attaching locks out nobody but those who write to the default partition.
    await trx.raw(`create table "${partition}" (like "${table}" including all)`)
    await trx.raw(`alter table "${table}" attach partition "${partition}" for values in ('${day}')`)
  })
}
