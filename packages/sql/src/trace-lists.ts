import { afterPrefix, type PageAt, type SpanQuery, type TraceQuery, toMicroseconds } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Dialect } from './dialects/dialect.js'
import { type SortColumn, whereBetween, whereEqual } from './listing.js'
import { FACT_COLUMNS, NAME_START, NAME_START_LENGTH, nameStart, TRACE_COLUMNS } from './rows/traces.js'
import { type Condition, conditionsOf, type List, type Rows, within } from './search.js'

const TRACE_ORDER: readonly SortColumn[] = [{ column: 'started_at', time: true }, { column: 'trace_id' }]
export const SPAN_ORDER: readonly SortColumn[] = [...TRACE_ORDER, { column: 'span_id' }]

/** Traces that meet these filters. */
export function traceList(db: Database, tenant: string, query: TraceQuery, at: PageAt): List {
  const { from, to, minDuration, namePrefix, kind, model, tool, ...equal } = query
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
  if (namePrefix !== undefined && namePrefix !== '')
    conditions.push(
      within(db, list, NAME_START, (rows) => {
        whereName(rows, `t.${NAME_START}`, nameStart(namePrefix))
        // What the index holds of it says it all, but of one that is as long.
        if (namePrefix.length > NAME_START_LENGTH) whereName(rows, 't.name', namePrefix)
      }),
    )
  if (minDuration !== undefined)
    conditions.push(within(db, list, 'duration_us', (rows) => whereLasting(rows, 't', minDuration)))
  return { ...list, needs: [...list.needs, 'name', NAME_START], conditions }
}

/** Spans of all traces that meet these filters. */
export function spanList(db: Database, tenant: string, query: SpanQuery, at: PageAt): List {
  const { from, to, minDuration, namePrefix, ...equal } = query
  const list = {
    table: 'spans',
    tenant,
    columns: FACT_COLUMNS,
    sort: SPAN_ORDER,
    at,
    among: (rows: Knex.QueryBuilder) => whereBetween(db.dialect, rows, 't.started_at', { from, to }),
  }
  const conditions = conditionsOf(db, list, equal)
  if (namePrefix !== undefined)
    conditions.push(within(db, list, 'name', (rows) => whereName(rows, 't.name', namePrefix)))
  if (minDuration !== undefined)
    conditions.push(within(db, list, 'duration_us', (rows) => whereLasting(rows, 't', minDuration)))
  return { ...list, conditions }
}

/** Rows whose own facts a query names. */
export function whereFacts(dialect: Dialect, rows: Knex.QueryBuilder, alias: string, query: TraceQuery): void {
  const { from, to, minDuration, namePrefix, ...equal } = query
  whereEqual(rows, equal, alias)
  whereBetween(dialect, rows, `${alias}.started_at`, { from, to })
  if (minDuration !== undefined) whereLasting(rows, alias, minDuration)
  if (namePrefix !== undefined) whereName(rows, `${alias}.name`, namePrefix)
}

function whereLasting(rows: Knex.QueryBuilder, alias: string, least: number): void {
  rows.where(`${alias}.duration_us`, '>=', toMicroseconds(least))
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
