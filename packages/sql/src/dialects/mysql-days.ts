import type { Knex } from 'knex'

interface Range {
  name: string
  /** The first day that is not in it; MAXVALUE for the last. */
  bound: string
}

/** Gives a day a range of its own by splitting the one that it lies in, unless it has one. */
export async function splitRange(knex: Knex, table: string, day: string): Promise<void> {
  const [rows] = await knex.raw<Range[][]>(
    `select partition_name as name, partition_description as bound from information_schema.partitions
     where table_schema = database() and table_name = ? order by partition_ordinal_position`,
    [table],
  )
  const ranges = rows!.map(({ name, bound }) => ({ name, bound: bound.replaceAll("'", '') }))
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
