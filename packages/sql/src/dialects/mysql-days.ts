import type { Knex } from 'knex'
import { inTransaction } from './transaction.js'

/** How long a statement waits for those who use its tables, in seconds. */
export const METADATA_LOCK_TIMEOUT = 5

interface Range {
  name: string
  /** The first day that is not in it; MAXVALUE for the last. */
  bound: string
}

/** Gives a day a range of its own by splitting the one that it lies in, unless it has one. */
export async function splitRange(knex: Knex, table: string, day: string): Promise<void> {
  const ranges = await rangesOf(knex, table)
  const cuts = [day, dayAfter(day)].filter((cut) => ranges.every(({ bound }) => bound !== cut))
  if (cuts.length === 0) return
  const around = ranges.find(({ bound }) => bound === 'MAXVALUE' || bound > day)!
  const parts = [
    ...cuts.map((cut) => partition(`before_${cut.replaceAll('-', '_')}`, cut)),
    partition(around.name, around.bound),
  ]
  await knex.raw(`alter table \`${table}\` reorganize partition ${around.name} into (${parts.join(', ')})`)
}

function partition(name: string, bound: string): string {
  return `partition ${name} values less than (${bound === 'MAXVALUE' ? bound : `'${bound}'`})`
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
}

async function rangesOf(knex: Knex, table: string): Promise<Range[]> {
  const [rows] = await knex.raw<Range[][]>(
    `select partition_name as name, partition_description as bound from information_schema.partitions
     where table_schema = database() and table_name = ? order by partition_ordinal_position`,
    [table],
  )
  return rows!.map(({ name, bound }) => ({ name, bound: bound.replaceAll("'", '') }))
}

/** Ranges of these tables whose days are all before one, by their names, which tell where they end. */
export async function rangesBefore(knex: Knex, tables: readonly string[], before: string): Promise<string[]> {
  const found = new Set<string>()
  for (const table of tables)
    for (const { name, bound } of await rangesOf(knex, table))
      if (bound !== 'MAXVALUE' && bound <= before) found.add(name)
  return [...found].sort()
}

export async function dropRange(knex: Knex, tables: readonly string[], range: string): Promise<void> {
  for (const table of tables)
    if ((await rangesOf(knex, table)).some(({ name }) => name === range))
      await inTransaction(knex, async (trx) => {
        // Who comes behind it waits as long as it waits itself.
        await trx.raw('set session lock_wait_timeout = 1')
        try {
          await trx.raw(`alter table \`${table}\` drop partition ${range}`)
        } finally {
          await trx.raw(`set session lock_wait_timeout = ${METADATA_LOCK_TIMEOUT}`)
        }
      })
}
