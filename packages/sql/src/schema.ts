import type { ColumnType, Dialect } from './dialects/dialect.js'

/** A table as data. A type with a `?` may be NULL. */
export interface Table {
  name: string
  columns: Readonly<Record<string, ColumnType | `${ColumnType}?`>>
  key: readonly string[]
  unique?: readonly (readonly string[])[]
  indexes?: readonly (readonly string[])[]
  /** UPDATE and DELETE are refused by the database itself, where it can. */
  appendOnly?: true
}

/** One numbered step of a domain's schema. Its content is data, so that its checksum depends on nothing else. */
export interface Migration {
  name: string
  tables: readonly Table[]
}

/** Every statement may be repeated: a migration that was interrupted is run again from its start. */
export function createTable(dialect: Dialect, prefix: string, table: Table): string[] {
  const name = prefix + table.name
  const columns = Object.entries(table.columns).map(([column, type]) => {
    const nullable = type.endsWith('?')
    const sqlType = dialect.columnType((nullable ? type.slice(0, -1) : type) as ColumnType)
    return `${quote(column)} ${sqlType}${nullable ? '' : ' not null'}`
  })
  const keys = [`primary key (${list(table.key)})`, ...(table.unique ?? []).map((key) => `unique (${list(key)})`)]
  return [
    `create table if not exists ${quote(name)} (${[...columns, ...keys].join(', ')})`,
    ...(table.indexes ?? []).map(
      (index) =>
        `create index if not exists ${quote(`${name}_by_${index.slice(1).join('_')}`)} on ${quote(name)} (${list(index)})`,
    ),
    ...(table.appendOnly ? dialect.appendOnly(name, [table.key, ...(table.unique ?? [])]) : []),
  ]
}

export function dropTable(prefix: string, table: Table): string {
  return `drop table if exists ${quote(prefix + table.name)}`
}

function list(columns: readonly string[]): string {
  return columns.map(quote).join(', ')
}

/** Names come from this package and from a prefix that was checked; quoting makes reserved words safe. */
function quote(name: string): string {
  return `"${name}"`
}
