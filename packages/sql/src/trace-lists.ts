import { afterPrefix, OWNERS, type PageAt, type SpanQuery, type TraceQuery, toMicroseconds } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Dialect, Row } from './dialects/dialect.js'
import { labelled } from './labelled.js'
import { type SortColumn, whereBetween, whereEqual } from './listing.js'
import { columnOf } from './rows/codec.js'
import { FACT_COLUMNS, NAME_START, NAME_START_LENGTH, nameStart, TRACE_COLUMNS } from './rows/traces.js'
import { type Condition, conditionsOf, equals, type List, type Path, type Rows, within } from './search.js'

const TRACE_ORDER: readonly SortColumn[] = [{ column: 'started_at', time: true }, { column: 'trace_id' }]
const TRACE_LABELS = { name: 'trace_labels', key: ['trace_day', 'trace_id'], start: 'started_at' }
export const SPAN_ORDER: readonly SortColumn[] = [...TRACE_ORDER, { column: 'span_id' }]

/** Traces that meet these filters. */
export function traceList(db: Database, tenant: string, query: TraceQuery, at: PageAt): List {
  const { from, to, minDuration, namePrefix, kind, model, tool, labels, ...equal } = query
  const list = {
    table: 'traces',
    tenant,
    columns: TRACE_COLUMNS,
    sort: TRACE_ORDER,
    at,
    among: (rows: Knex.QueryBuilder) => whereBetween(db.dialect, rows, 't.started_at', { from, to }),
    needs: ['tenant', 'trace_day'],
  }
  const conditions = conditionsOf(db, list, equal)
  for (const [column, value] of Object.entries({ kind, model, tool }))
    if (value !== undefined) conditions.push(withSpan(db, list, column, value, { from, to }))
  conditions.push(...named(db, list, namePrefix))
  conditions.push(...labelled(db, list, { ...TRACE_LABELS, from, to }, labels))
  if (minDuration !== undefined) conditions.push(lasting(db, list, minDuration))
  return { ...list, needs: [...list.needs, 'name'], conditions }
}

/** Spans of all traces that meet these filters. */
export function spanList(db: Database, tenant: string, query: SpanQuery, at: PageAt): List {
  const { from, to, minDuration, namePrefix, ...others } = query
  const list = {
    table: 'spans',
    tenant,
    columns: FACT_COLUMNS,
    sort: SPAN_ORDER,
    at,
    among: (rows: Knex.QueryBuilder) => whereBetween(db.dialect, rows, 't.started_at', { from, to }),
    needs: ['name'],
  }
  const traces = {
    ...list,
    table: 'traces',
    sort: TRACE_ORDER,
    // No span begins before its trace.
    among: (rows: Knex.QueryBuilder) => whereBetween(db.dialect, rows, 't.started_at', { to }),
  }
  const equal = Object.fromEntries(Object.entries(others).filter(([field]) => !isOwner(field)))
  const conditions = [...conditionsOf(db, list, equal), ...named(db, list, namePrefix)]
  for (const owner of OWNERS)
    if (query[owner] !== undefined) conditions.push(ofOwner(db, traces, columnOf(owner), query[owner]))
  if (minDuration !== undefined) {
    // None lasts longer than its trace.
    const { column, apply, path } = lasting(db, traces, minDuration)
    conditions.push({ column, apply, traces: (knex, most) => newest(path!, knex, most) })
  }
  return { ...list, conditions }
}

/** Rows whose own facts a query names. */
export function whereFacts(dialect: Dialect, rows: Knex.QueryBuilder, alias: string, query: SpanQuery): void {
  const { from, to, minDuration, namePrefix, ...equal } = query
  whereEqual(rows, equal, alias)
  whereBetween(dialect, rows, `${alias}.started_at`, { from, to })
  if (minDuration !== undefined) whereLasting(rows, alias, minDuration)
  if (namePrefix !== undefined) whereName(rows, `${alias}.name`, namePrefix)
}

function whereLasting(rows: Knex.QueryBuilder, alias: string, least: number): void {
  rows.where(`${alias}.duration_us`, '>=', toMicroseconds(least))
}

function lasting(db: Database, list: Rows, least: number): Condition {
  return within(db, list, 'duration_us', (rows) => whereLasting(rows, 't', least))
}

function named(db: Database, list: Rows, prefix: string | undefined): Condition[] {
  if (prefix === undefined || prefix === '') return []
  const whereNamed = (rows: Knex.QueryBuilder) => {
    whereName(rows, `t.${NAME_START}`, nameStart(prefix))
    // What the index holds of it says it all, but of one that is as long.
    if (prefix.length > NAME_START_LENGTH) whereName(rows, 't.name', prefix)
  }
  return [within(db, list, NAME_START, whereNamed)]
}

/** Spans of an owner: among those of the traces that are known by it. */
function ofOwner(db: Database, traces: Rows, column: string, value: string): Condition {
  const { path } = equals(db, traces, column, value)
  return {
    column,
    apply: (rows) => rows.where(`t.${column}`, value),
    traces(knex, most) {
      const others = knex(db.table('other_owners'))
        .where({ tenant: traces.tenant, owner: column, value })
        .select('trace_day', 'trace_id')
        .limit(most)
      const known = [newest(path!, knex, most), others].map((some, i) =>
        knex.from(some.as(`k${i}`) as never).select('*'),
      )
      return knex
        .from(knex.union(known as never).as('known') as never)
        .select('*')
        .limit(most) as never
    },
  }
}

/** The keys of the newest traces that meet a condition. */
function newest({ rows, order }: Path, knex: Knex, most: number): Knex.QueryBuilder<Row, Row[]> {
  const found = rows(knex).select('t.trace_day', 't.trace_id')
  for (const column of order) found.orderBy(`t.${column}`, 'desc')
  return found.limit(most) as never
}

function isOwner(field: string): boolean {
  return (OWNERS as readonly string[]).includes(field)
}

/** A range of names, unlike LIKE, is case-sensitive on every engine and has no wildcards to escape. */
function whereName(rows: Knex.QueryBuilder, column: string, prefix: string): void {
  rows.where(column, '>=', prefix)
  const after = afterPrefix(prefix)
  if (after !== undefined) rows.where(column, '<', after)
}

/** Traces with a span of this kind, model or tool. */
function withSpan(
  db: Database,
  list: Rows,
  column: string,
  value: string,
  { from, to }: { from?: number | undefined; to?: number | undefined },
): Condition {
  const { tenant } = list
  const spans = (knex: Knex) => knex(`${db.table('spans')} as s`).where({ 's.tenant': tenant, [`s.${column}`]: value })
  const newest = (knex: Knex) => {
    const rows = spans(knex)
    // No span begins before its trace.
    whereBetween(db.dialect, rows, 's.started_at', { from })
    for (const { column } of SPAN_ORDER) rows.orderBy(`s.${column}`, 'desc')
    return rows
  }
  return {
    column: 'started_at',
    probe: (knex, most) => newest(knex).select(knex.raw('1 as one')).limit(most),
    those(knex, most) {
      const found = knex.from(newest(knex).select('s.trace_id').limit(most).as('found') as never).distinct('trace_id')
      return knex
        .from(found.as('those') as never)
        .join(`${db.table('traces')} as t`, (on) => on.on('t.trace_id', 'those.trace_id').andOnVal('t.tenant', tenant))
    },
    /**
     * Not an EXISTS, which MySQL and PostgreSQL may answer by reading every span there is before the first trace: this is
     * asked of one trace after another, newest first, and no trace begins after the last such span.
     */
    apply(rows) {
      const own = spans(db.knex)
        .select(db.knex.raw('1'))
        .where({ 's.trace_day': db.knex.ref('t.trace_day'), 's.trace_id': db.knex.ref('t.trace_id') })
        .limit(1)
      rows.whereRaw('? is not null', [own])
      const last = spans(db.knex)
      if (to === undefined) last.max('s.started_at')
      else {
        // One bound and not two, of which an index is searched by either.
        const end = db.dialect.toTime(to) as string
        last.select(db.knex.raw('case when max(s.started_at) < ? then max(s.started_at) else ? end', [end, end]))
      }
      rows.where('t.started_at', '<=', last)
    },
  }
}
