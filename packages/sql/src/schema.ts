import { bareName } from './dialects/bare-name.js'
import type { ColumnType, Dialect } from './dialects/dialect.js'
import { wholeSpans } from './dialects/whole-spans.js'

/** A table as data. A type with a `?` may be NULL. */
export interface Table {
  name: string
  columns: Readonly<Record<string, ColumnType | `${ColumnType}?`>>
  key: readonly string[]
  unique?: readonly (readonly string[])[]
  indexes?: readonly Index[]
  /** UPDATE and DELETE are refused by the database itself, where it can. */
  appendOnly?: true
  /** A column of type `day`, part of the key: rows of a day lie together, and go together, where the engine can. */
  partitionBy?: string
}

/** Columns. Where most rows have one value in the second of them, those have no place in an index that leaves it out. */
export type Index = readonly string[] | { by: readonly string[]; except: string }

/** What serves whoever looks for rows: an index, or a key, which has no name. */
export interface IndexPlan {
  name?: string
  columns: readonly string[]
  except?: string
}

const plans = new WeakMap<Table, readonly IndexPlan[]>()

/** All that a table has. */
export function indexesOf(table: Table): readonly IndexPlan[] {
  const known = plans.get(table)
  if (known !== undefined) return known
  const own = plansOf(table)
  plans.set(table, own)
  return own
}

function plansOf({ key, unique = [], indexes = [] }: Pick<Table, 'key' | 'unique' | 'indexes'>): IndexPlan[] {
  const named = indexes.map((index) => {
    const columns = 'by' in index ? index.by : index
    const name = `by_${columns.slice(1).join('_')}`
    return 'by' in index ? { name, columns, except: index.except } : { name, columns }
  })
  return [...named, ...[key, ...unique].map((columns) => ({ columns }))]
}

/** The type of a column that may be NULL or not. */
export function plainType(type: string): ColumnType {
  return type.replace('?', '') as ColumnType
}

/**
 * What a table gets that is there. Its columns may be NULL, which is what rows have that are there already, and those that a
 * process of the build before still writes.
 */
export interface TableChange {
  table: string
  columns: Readonly<Record<string, `${ColumnType}?`>>
  indexes?: readonly Index[]
}

/** One numbered step of a domain's schema. Its content is data, so that its checksum depends on nothing else. */
export interface Migration {
  name: string
  tables: readonly Table[]
  changes?: readonly TableChange[]
  /** Views that this build knows how to make, by their names. */
  views?: readonly ViewName[]
}

export type ViewName = 'whole_spans' | 'labelled_spans'

/** The later takes the place of the earlier, under its name. */
const VIEWS: Record<ViewName, (dialect: Dialect, prefix: string) => string> = {
  whole_spans: (dialect, prefix) => wholeSpans(dialect, prefix, []),
  labelled_spans: (dialect, prefix) => wholeSpans(dialect, prefix, ['labels']),
}
const NAME_OF_VIEW = 'whole_spans'

export function createView(dialect: Dialect, prefix: string, name: ViewName): string[] {
  return dialect.replaceView(prefix + NAME_OF_VIEW, VIEWS[name](dialect, prefix))
}

/** That which all of them are, one after the other. */
export function dropView(dialect: Dialect, prefix: string): string {
  return `drop view if exists ${dialect.quote(prefix + NAME_OF_VIEW)}`
}

/** Every statement may be repeated: a migration that was interrupted is run again from its start. */
export function createTable(dialect: Dialect, prefix: string, table: Table): string[] {
  const name = prefix + table.name
  const columns = columnsOf(dialect, table.columns)
  const uniques = table.unique ?? []
  const keys = [`primary key (${list(dialect, table.key)})`, ...uniques.map((key) => `unique (${list(dialect, key)})`)]
  const { inside, beside } = indexStatements(dialect, name, table)
  const partitions =
    table.partitionBy === undefined ? { clause: '', statements: [] } : dialect.partitionedBy(name, table.partitionBy)
  return [
    `create table if not exists ${dialect.quote(name)} (${[...columns, ...keys, ...inside].join(', ')})${dialect.tableOptions}${partitions.clause}`,
    ...beside,
    ...partitions.statements,
    ...(table.appendOnly
      ? dialect.appendOnly({ name, columns: Object.keys(table.columns), keys: [table.key, ...uniques] })
      : []),
  ]
}

/**
 * Statements for what is left of a change where some columns are there. One that adds a column is refused where it is there.
 * @param left the columns that are not
 */
export function changeTable(dialect: Dialect, prefix: string, change: TableChange, left: readonly string[]): string[] {
  const name = prefix + change.table
  const wanted = Object.fromEntries(Object.entries(change.columns).filter(([column]) => left.includes(column)))
  const plan = { key: [], columns: change.columns, indexes: change.indexes }
  const { inside, beside } = indexStatements(dialect, name, plan)
  const adding = columnsOf(dialect, wanted).map((column) => `add column ${column}`)
  // Where an index cannot be made unless it is not there, it comes with the columns, in one statement.
  const whole = adding.length === 0 ? [] : [...adding, ...inside.map((index) => `add ${index}`)]
  const together = dialect.columnsTogether ? [whole.join(', ')].filter(Boolean) : whole
  return [...together.map((what) => `alter table ${dialect.quote(name)} ${what}`), ...beside]
}

function columnsOf(dialect: Dialect, columns: Table['columns']): string[] {
  return Object.entries(columns).map(([column, type]) => {
    const nullable = type.endsWith('?') ? '' : ' not null'
    return `${dialect.quote(column)} ${dialect.columnType(plainType(type))}${nullable}`
  })
}

function list(dialect: Dialect, columns: readonly string[]): string {
  return columns.map((column) => dialect.quote(column)).join(', ')
}

/** How the indexes of a table are made: within the statement that makes it, or beside it. */
function indexStatements(dialect: Dialect, name: string, table: Pick<Table, 'columns' | 'key' | 'unique' | 'indexes'>) {
  const indexes = plansOf(table).flatMap(({ name: own, columns, except }) => {
    if (own === undefined) return []
    const where = dialect.partialIndexes ? partOf(dialect, table, columns[1]!, except) : ''
    return [{ name: dialect.quote(`${bareName(name)}_${own}`), columns: list(dialect, columns), where }]
  })
  const on = `on ${dialect.quote(name)}`
  if (dialect.indexesInTable) return { inside: indexes.map((one) => `key ${one.name} (${one.columns})`), beside: [] }
  return {
    inside: [],
    beside: indexes.map((one) => `create index if not exists ${one.name} ${on} (${one.columns})${one.where}`),
  }
}

/** Rows that nobody looks for by an index have no place in it. */
function partOf(dialect: Dialect, table: Pick<Table, 'columns'>, column: string, except: string | undefined): string {
  if (except !== undefined) return ` where ${dialect.quote(column)} <> '${except}'`
  return table.columns[column]?.endsWith('?') ? ` where ${dialect.quote(column)} is not null` : ''
}

/** Statements that may be repeated, too. */
export function dropTable(dialect: Dialect, prefix: string, table: Table): string[] {
  const name = prefix + table.name
  return [`drop table if exists ${dialect.quote(name)}`, ...(table.appendOnly ? dialect.dropAppendOnly(name) : [])]
}
