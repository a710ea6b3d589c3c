import type { PageAt } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { SPAN_KEY } from './known-spans.js'
import { firstPage, pageDown, type SortColumn } from './listing.js'
import { TABLES } from './migrations/index.js'
import { columnOf } from './rows/codec.js'
import { type IndexPlan, indexesOf } from './schema.js'

/** As many rows are read and sorted in a few milliseconds, and so many keys that an index holds. */
const FEW = 1000
const FEW_KEYS = 50_000

/** A way to the rows `t` that meet a condition, by an index. */
export interface Path {
  /** They come in the order of the list. */
  ordered: boolean
  /** Its index has all that the list is ordered by. */
  covers: boolean
  /** The columns by which they come in the order of the index. */
  order: readonly string[]
  /** The rows, which a list goes on to filter and sort. */
  rows(knex: Knex): Knex.QueryBuilder
}

/** One condition of a list of rows `t`. */
export interface Condition {
  column: string
  apply(rows: Knex.QueryBuilder): unknown
  path?: Path | undefined
  /** Of a way that is no index of the table itself: one row for each that is met, of so many at most. */
  probe?(knex: Knex, most: number): Knex.QueryBuilder
  /** Of such a way: the rows of the table, where there are so many at most. */
  those?(knex: Knex, most: number): Knex.QueryBuilder
  /** Of spans: the keys of the traces among whose spans all are that meet it, of so many traces at most. */
  traces?(knex: Knex, most: number): Knex.QueryBuilder<Row, Row[]>
}

/** The key of a trace within its tenant, as its spans have it. */
const TRACE_KEY = SPAN_KEY.slice(0, 2)

export interface List {
  table: string
  tenant: string
  columns: readonly string[]
  /** What is selected besides. */
  values?: readonly Knex.Raw[]
  sort: readonly SortColumn[]
  at: PageAt
  conditions: readonly Condition[]
  /** What holds of all rows of the list besides, such as a range of time. */
  among?(rows: Knex.QueryBuilder): void
  /** What conditions read that is no column of theirs. */
  needs?: readonly string[]
}

export type Rows = Omit<List, 'conditions'>

/**
 * A page of a list. Its rows are looked for where there are fewest: no engine knows how rare a value is that it is asked for, nor
 * that all rows of a value are old, and reads a million rows of others instead. So it is counted first, up to a thousand, in
 * one statement, where more than one condition or a range is asked for: a few are read, sorted and filtered; where all have
 * many, there is one that is met soon.
 */
export async function search(db: Database, list: List): Promise<Row[]> {
  const { conditions } = list
  const [first, ...others] = conditions
  if (first === undefined || (others.length === 0 && first.path?.ordered)) return inOrder(db, list, first)
  const ways = conditions.filter((one) => one.path ?? one.probe ?? one.traces)
  if (ways.length === 0) return inOrder(db, list)
  const isRange = others.length === 0 && first.path?.covers === true
  const counts = await db.read((knex) => countEach(knex, ways, isRange ? FEW_KEYS : FEW))
  const least = Math.min(...counts)
  if (least === 0) return []
  const rarest = ways[counts.indexOf(least)]!
  if (least <= FEW && rarest.traces !== undefined) return amongSpans(db, list, rarest.traces)
  if (least <= FEW) return db.read((knex) => page(db, few(knex, list, rarest), list, rarest))
  if (isRange && least <= FEW_KEYS) return db.read((knex) => fewKeys(db, knex, list, first.path!))
  return inOrder(
    db,
    list,
    ways.find(({ path }) => path?.ordered),
  )
}

/** Newest first, as an index has them: that of this condition, or that of all. */
function inOrder(db: Database, list: List, by?: Condition): Promise<Row[]> {
  const order = list.sort.map(({ column }) => column).join()
  const ofAll = indexesOf(TABLES.get(list.table)!).find(({ columns }) => columns.slice(1).join() === order)
  const { conditions, values, among, at } = list
  if (conditions.length === 0 && (values ?? among ?? at.after) === undefined)
    return db.read((knex) => firstPage(knex, db.dialect, readBy(db, list, ofAll), list))
  return db.read((knex) => page(db, by?.path?.rows(knex) ?? rowsOf(db, knex, list, ofAll), list, by))
}

/** The conditions of a query of which each field is a column that has its value. */
export function conditionsOf(db: Database, list: Rows, query: Readonly<Record<string, unknown>>): Condition[] {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return given.map(([field, value]) => equals(db, list, columnOf(field), value))
}

/** A condition that a column has this value, and more where that is not all, by its index if there is one. */
export function equals(
  db: Database,
  list: Rows,
  column: string,
  value: unknown,
  more: (rows: Knex.QueryBuilder) => unknown = () => {},
): Condition {
  const index = indexesOf(TABLES.get(list.table)!).find((one) => one.columns[1] === column && one.except !== value)
  const apply = (rows: Knex.QueryBuilder) => {
    rows.where(`t.${column}`, value as Knex.Value)
    // A bound value does not tell an engine that the rows are among those of the index.
    if (index?.except !== undefined) rows.whereRaw(`t.${column} <> '${index.except}'`)
    more(rows)
  }
  return { column, apply, path: index && pathBy(db, list, index, apply) }
}

/** A condition that a column lies in a range, by its index. */
export function within(
  db: Database,
  list: Rows,
  column: string,
  apply: (rows: Knex.QueryBuilder) => unknown,
): Condition {
  const index = indexesOf(TABLES.get(list.table)!).find((one) => one.columns[1] === column)
  return { column, apply, path: index && { ...pathBy(db, list, index, apply), ordered: false, order: [column] } }
}

function pathBy(db: Database, list: Rows, index: IndexPlan, apply: (rows: Knex.QueryBuilder) => unknown): Path {
  const order = index.columns.slice(2)
  const ordered = list.sort.map(({ column }) => column).join() === order.join()
  return {
    ordered,
    covers: ordered,
    order,
    rows(knex) {
      const rows = rowsOf(db, knex, list, index)
      apply(rows)
      return rows
    },
  }
}

/** The rows that a list is among. */
function rowsOf(db: Database, knex: Knex, list: Rows, index?: IndexPlan): Knex.QueryBuilder {
  const rows: Knex.QueryBuilder = knex.from(knex.raw(readBy(db, list, index)) as never)
  rows.where('t.tenant', list.tenant)
  list.among?.(rows)
  return rows
}

function readBy(db: Database, { table }: Rows, index: IndexPlan | undefined): string {
  const by = index?.name === undefined ? '' : db.dialect.readingBy(db.indexName(table, index.name))
  return `${db.dialect.quote(db.table(table))} as t${by}`
}

/** A page of the spans of a few traces. */
async function amongSpans(db: Database, list: List, traces: NonNullable<Condition['traces']>): Promise<Row[]> {
  const found = await db.read((knex) => traces(knex, 2 * FEW))
  const keys = found.map((row) => TRACE_KEY.map(({ name }) => row[name] as string))
  if (keys.length === 0) return []
  return db.read((knex) => {
    const spans = db.dialect.rowsWith(knex, { table: db.table(list.table), tenant: list.tenant }, TRACE_KEY, keys)
    const rows: Knex.QueryBuilder = knex.from(spans.select(columnsOf(list)).as('t') as never)
    list.among?.(rows)
    return page(db, rows, list)
  })
}

/** The rows that meet a condition which few meet. What has a limit is not mixed with what it is a part of. */
function few(knex: Knex, list: List, { path, those }: Condition): Knex.QueryBuilder {
  if (those !== undefined) {
    const rows = those(knex, 2 * FEW)
    list.among?.(rows)
    return rows
  }
  const columns = columnsOf(list).map((column) => `t.${column}`)
  // There may be more of them by now than were counted.
  const inner = byIndex(path!, knex)
    .select(columns)
    .limit(2 * FEW)
  return knex.from(inner.as('t') as never)
}

/** All columns that a list shows, is sorted by, or asks of. */
function columnsOf({ columns, sort, conditions, needs = [] }: List): string[] {
  const named = [...sort, ...conditions].map(({ column }) => column)
  return [...new Set([...columns, ...named, ...needs])]
}

/** A page of rows that many meet, of which their index has the keys: these are sorted, and only what is shown is read. */
function fewKeys(db: Database, knex: Knex, list: List, path: Path): Knex.QueryBuilder<Row, Row[]> {
  const { columns, values = [], sort, at } = list
  const keys = sort.map(({ column }) => `t.${column}`)
  const all = byIndex(path, knex)
    .select(keys)
    .limit(2 * FEW_KEYS)
  const found: Knex.QueryBuilder = knex.from(all.as('t') as never)
  const those = pageDown(db.dialect, found.select(keys), qualified(sort, 't'), at)
  const rows = knex
    .from(those.as('those') as never)
    .join(knex.raw(`${db.dialect.quote(db.table(list.table))} as t`) as never, (on) => {
      on.onVal('t.tenant', list.tenant)
      for (const { column } of sort) on.on(`t.${column}`, `those.${column}`)
    })
  for (const { column } of sort) rows.orderBy(`those.${column}`, 'desc')
  return rows.select([...columns.map((column) => `t.${column}`), ...values]) as never
}

function qualified(sort: readonly SortColumn[], alias: string): SortColumn[] {
  return sort.map((one) => ({ ...one, column: `${alias}.${one.column}` }))
}

/** In its order: an engine that takes a value for a common one would look for it row by row in the whole table. */
function byIndex({ rows, order }: Path, knex: Knex): Knex.QueryBuilder {
  return order.reduce((found, column) => found.orderBy(`t.${column}`, 'desc'), rows(knex))
}

function page(
  { dialect }: Database,
  rows: Knex.QueryBuilder,
  { columns, values = [], sort, at, conditions }: List,
  met?: Condition,
): Knex.QueryBuilder<Row, Row[]> {
  for (const one of conditions) if (one !== met) one.apply(rows)
  const shown = rows.select([...columns.map((column) => `t.${column}`), ...values])
  return pageDown(dialect, shown, qualified(sort, 't'), at) as never
}

/** How many rows meet each condition, counted up to one more than a few. */
async function countEach(knex: Knex, ways: readonly Condition[], most: number): Promise<number[]> {
  const counted = ways.map(({ path, probe, traces }, way) => {
    const rows =
      (probe ?? traces)?.(knex, most + 1) ??
      byIndex(path!, knex)
        .select(knex.raw('1 as one'))
        .limit(most + 1)
    return knex(rows.as('those'))
      .select(knex.raw(`${way} as way`))
      .count({ rows: '*' })
  })
  const found: Row[] = counted.length === 1 ? await counted[0]! : await knex.unionAll(counted as never)
  const counts = new Map(found.map(({ way, rows }) => [Number(way), Number(rows)]))
  return ways.map((_, way) => counts.get(way)!)
}
