import type { Database, Engine } from './engines.js'

const DAY = 86_400_000

/** A day so many days from today, as `2026-11-23`. */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString().slice(0, 10)
}

/** How a family of engines tells of the partitions of the spans. */
interface Partitions {
  /** Days that have a partition of their own. */
  days(database: Database): Promise<string[]>
  /** Partition → the traces whose spans lie in it. */
  traces(database: Database): Promise<Map<string, string[]>>
}

const postgres: Partitions = {
  async days({ prompt }) {
    const rows = await prompt.query(
      `select inhrelid::regclass::text as name from pg_inherits where inhparent = 'freehold_spans'::regclass`,
    )
    const days = rows.map(({ name }) => /_(\d{4}_\d\d_\d\d)$/.exec(String(name))?.[1])
    return days.flatMap((day) => (day === undefined ? [] : [day.replaceAll('_', '-')])).sort()
  },
  async traces({ prompt }) {
    const rows = await prompt.query('select distinct tableoid::regclass::text as name, trace_id from freehold_spans')
    return grouped(rows.map(({ name, trace_id }) => [String(name), String(trace_id)]))
  },
}

const mysql: Partitions = {
  async days(database) {
    const bounds = (await partitionsOf(database)).map(({ bound }) => bound)
    return bounds.filter((bound) => bound !== 'MAXVALUE' && bounds.includes(dayAfter(bound)))
  },
  async traces(database) {
    const found: [string, string][] = []
    for (const { name } of await partitionsOf(database)) {
      const rows = await database.prompt.query(`select distinct trace_id from freehold_spans partition (${name})`)
      found.push(...rows.map(({ trace_id }): [string, string] => [name, String(trace_id)]))
    }
    return grouped(found)
  },
}

async function partitionsOf({ prompt }: Database): Promise<{ name: string; bound: string }[]> {
  const rows = await prompt.query(
    `select partition_name as name, partition_description as bound from information_schema.partitions
     where table_schema = database() and table_name = 'freehold_spans' order by partition_ordinal_position`,
  )
  return rows.map(({ name, bound }) => ({ name: String(name), bound: String(bound).replaceAll("'", '') }))
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + DAY).toISOString().slice(0, 10)
}

function grouped(pairs: readonly [string, string][]): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const [key, value] of pairs) groups.set(key, [...(groups.get(key) ?? []), value])
  return groups
}

export function partitionsOn({ family }: Engine): Partitions {
  return family === 'postgres' ? postgres : mysql
}
