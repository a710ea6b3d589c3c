import { type Labels, labelTexts, type Timestamp } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { whereBetween } from './listing.js'
import { TABLES } from './migrations/index.js'
import { indexesOf } from './schema.js'
import type { Condition, Rows } from './search.js'

/** Where the labels of a table's rows are. */
interface LabelTable {
  name: string
  /** By which of the columns of a row its labels are found, which they have too. */
  key: readonly string[]
  /** By which the rows of one label come in the order of the list. */
  start: string
  /** Which starts the list is about; the earliest only where those of labels are never earlier than those of their rows. */
  from?: Timestamp | undefined
  to?: Timestamp | undefined
}

/**
 * Rows with each of these labels. What stands there of the start of a row may be later than it is, where a process of the build
 * before wrote it, and never earlier: the order is that of the rows themselves.
 */
export function labelled(db: Database, list: Rows, at: LabelTable, labels: Labels | undefined): Condition[] {
  return labelTexts(labels).map(([name, value]) => withLabel(db, list, at, name, value))
}

function withLabel(db: Database, { table, tenant }: Rows, at: LabelTable, name: string, value: string): Condition {
  const index = indexesOf(TABLES.get(at.name)!).find((one) => one.columns[1] === 'name')!
  const own = `${db.dialect.quote(db.table(at.name))} as l`
  const those = { 'l.tenant': tenant, 'l.name': name, 'l.value': value }
  const byIndex = `${own}${db.dialect.readingBy(db.indexName(at.name, index.name!))}`
  const labelsFrom = (knex: Knex, from: string) => {
    const labels: Knex.QueryBuilder = knex.from(knex.raw(from) as never)
    return labels.where(those)
  }
  const rows = (knex: Knex) => labelsFrom(knex, byIndex)
  const newest = (knex: Knex) => {
    const found = rows(knex)
    if (at.from !== undefined) whereBetween(db.dialect, found, `l.${at.start}`, { from: at.from })
    for (const column of index.columns.slice(3)) found.orderBy(`l.${column}`, 'desc')
    return found
  }
  return {
    column: at.start,
    probe: (knex, most) => newest(knex).select(knex.raw('1 as one')).limit(most),
    those(knex, most) {
      const found = newest(knex)
        .select(at.key.map((column) => `l.${column}`))
        .limit(most)
      // No other join: SQLite, which may know nothing of the tables, would rather read all rows in the order of the list.
      const rows: Knex.QueryBuilder = knex
        .from(found.as('those') as never)
        .crossJoin(`${db.table(table)} as t` as never)
      rows.where('t.tenant', tenant)
      for (const column of at.key) rows.where(`t.${column}`, knex.ref(`those.${column}`) as never)
      return rows
    },
    /** Asked of one row after another, newest first, and none of them is newer than the newest that has the label. */
    apply(list) {
      const label = labelsFrom(db.knex, own)
      for (const column of at.key) label.where(`l.${column}`, db.knex.ref(`t.${column}`) as never)
      list.whereRaw('? is not null', [label.select(db.knex.raw('1')).limit(1)])
      const last = rows(db.knex)
      const greatest = `max(l.${at.start})`
      const end = at.to === undefined ? undefined : (db.dialect.toTime(at.to) as string)
      // One bound and not two, of which an index is searched by either.
      if (end === undefined) last.select(db.knex.raw(greatest))
      else last.select(db.knex.raw(`case when ${greatest} < ? then ${greatest} else ? end`, [end, end]))
      list.where(`t.${at.start}`, '<=', last)
    },
  }
}
