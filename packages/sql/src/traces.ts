import {
  acceptBatch,
  acceptList,
  acceptSpanQuery,
  acceptTraceQuery,
  byStart,
  checkSpanIds,
  checkTraceId,
  type Page,
  type PageRequest,
  pageOf,
  readAgain,
  type Span,
  type SpanInput,
  type SpanQuery,
  type SpanRecord,
  type SpanSummary,
  spanOf,
  storedSpan,
  summarise,
  summaryOf,
  type ToldSpans,
  type ToolStats,
  type Trace,
  type TraceOutline,
  type TraceQuery,
  type TraceStore,
  type TraceSummary,
  toMicroseconds,
  type WriteResult,
  wholeTexts,
  writeBatch,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { rowsOf } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { pageDown, whereEqual } from './listing.js'
import { removeTrace } from './remove-trace.js'
import { FACT_COLUMNS, factsOf, PREVIEWS, spanFacts, spanTexts, traceSummary, WHOLE_COLUMNS } from './rows/traces.js'
import { search } from './search.js'
import { piecesOfTrace, wholeTextsOf } from './shared-texts.js'
import { SPAN_ORDER, spanList, traceList, whereFacts } from './trace-lists.js'
import { batchesOf, writeSpans } from './write-spans.js'

export class SqlTraces implements TraceStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  async write(spans: readonly SpanInput[]): Promise<WriteResult> {
    return writeBatch(acceptBatch(spans), (records) => this.tell(records))
  }

  private async tell(records: readonly SpanRecord[]): Promise<ToldSpans> {
    const refused = new Map<SpanRecord, string>()
    let written = 0
    let updated = 0
    if (records.length > 0) await this.db.makeDays(records.map((record) => storedSpan(record).facts.startedAt))
    for (const batch of batchesOf(this.db, this.tenant, records)) {
      const told = await this.db.transaction((trx) => writeSpans(this.db, trx, this.tenant, batch))
      written += told.written
      updated += told.updated
      for (const [record, reason] of told.refused) refused.set(record, reason)
    }
    return { written, updated, refused }
  }

  async remove(traceId: string): Promise<boolean> {
    return removeTrace(this.db, this.tenant, checkTraceId(traceId))
  }

  async get(traceId: string): Promise<Trace | null> {
    const id = checkTraceId(traceId)
    return readAgain(() => this.whole(id))
  }

  private async whole(id: string): Promise<Trace | null> {
    const rows = await this.spansOfTrace(WHOLE_COLUMNS, { trace_id: id })
    if (rows.length === 0) return null
    const pieces = await this.db.read((knex) => piecesOfTrace(this.db, knex, this.tenant, rows))
    const found = rows.map((row) => {
      const facts = factsOf(this.db.dialect, row)
      return { facts, span: spanOf({ traceId: id, facts, texts: wholeTexts(spanTexts(row), pieces) }) }
    })
    // In order here: a database would sort whole payloads, and some run out of memory at it.
    found.sort((one, other) => byStart(one.facts, other.facts))
    const { summary } = summarise(
      id,
      found.map(({ facts }) => facts),
    )
    return { summary, spans: found.map(({ span }) => span) }
  }

  async span(traceId: string, spanId: string): Promise<Span | null> {
    const ids = checkSpanIds(traceId, spanId)
    return readAgain(() => this.wholeSpan(ids))
  }

  private async wholeSpan(ids: { traceId: string; spanId: string }): Promise<Span | null> {
    const key = { trace_id: ids.traceId, span_id: ids.spanId }
    const rows = await this.spansOfTrace(WHOLE_COLUMNS, key)
    const [row] = rows
    if (row === undefined) return null
    const texts = await this.db.read((knex) => wholeTextsOf(this.db, knex, this.tenant, rows))
    return spanOf({ traceId: ids.traceId, facts: factsOf(this.db.dialect, row), texts: texts.get(row)! })
  }

  async outline(traceId: string): Promise<TraceOutline | null> {
    const id = checkTraceId(traceId)
    const rows = await this.spansOfTrace(FACT_COLUMNS, { trace_id: id })
    if (rows.length === 0) return null
    const facts = rows.map((row) => spanFacts(this.db.dialect, row)).sort(byStart)
    return { summary: summarise(id, facts).summary, spans: facts.map(summaryOf) }
  }

  async find(query?: TraceQuery, page?: PageRequest): Promise<Page<TraceSummary>> {
    const [filters, at] = acceptList('traces', [0, ''] as const, () => acceptTraceQuery(query), page)
    const rows = await search(this.db, traceList(this.db, this.tenant, filters, at))
    const key = ({ startedAt, traceId }: TraceSummary) => [toMicroseconds(startedAt), traceId]
    const summaries = rows.map((row) => traceSummary(this.db.dialect, row))
    return pageOf('traces', summaries, at.limit, key)
  }

  async spans(query?: SpanQuery, page?: PageRequest): Promise<Page<SpanSummary>> {
    const [filters, at] = acceptList('spans', [0, '', ''] as const, () => acceptSpanQuery(query), page)
    const rows =
      filters.traceId === undefined
        ? await search(this.db, spanList(this.db, this.tenant, filters, at))
        : await this.db.read<Row[]>((knex) =>
            pageDown(
              this.db.dialect,
              this.matching(knex, filters).select(FACT_COLUMNS.map((column) => `s.${column}`)),
              SPAN_ORDER.map((one) => ({ ...one, column: `s.${one.column}` })),
              at,
            ),
          )
    const key = (span: SpanSummary) => [toMicroseconds(span.startedAt), span.traceId, span.spanId]
    const summaries = rows.map((row) => summaryOf(spanFacts(this.db.dialect, row)))
    return pageOf('spans', summaries, at.limit, key)
  }

  async toolStats(query?: SpanQuery): Promise<ToolStats[]> {
    const filters = acceptSpanQuery(query)
    const { dialect } = this.db
    const rows = await this.db.read<Row[]>((knex) =>
      this.matching(knex, filters)
        .select('s.tool', knex.raw('count(*) as calls'), knex.raw('max(s.started_at) as last_called_at'))
        .select(knex.raw("sum(case when s.status = 'error' then 1 else 0 end) as errors"))
        .where('s.kind', 'tool')
        .whereNotNull('s.tool')
        .groupBy('s.tool')
        .orderBy('s.tool'),
    )
    return rows.map((row) => ({
      tool: row.tool as string,
      calls: dialect.fromInteger(row.calls),
      errors: dialect.fromInteger(row.errors),
      lastCalledAt: dialect.fromTime(row.last_called_at),
    }))
  }

  private matching(knex: Knex, { traceId, kind, model, tool, ...filters }: SpanQuery): Knex.QueryBuilder {
    const spans =
      traceId === undefined
        ? knex(`${this.db.table('spans')} as s`).where('s.tenant', this.tenant)
        : this.spansOf(knex, traceId)
    whereEqual(spans, { kind, model, tool }, 's')
    whereFacts(this.db.dialect, spans, 's', filters)
    return spans
  }

  /** Spans of one trace: its row tells the day under which they lie. */
  private spansOfTrace(columns: readonly string[], key: { trace_id: string; span_id?: string }): Promise<Row[]> {
    const { dialect } = this.db
    const [traces, spans] = ['traces', 'spans'].map((name) => dialect.quote(this.db.table(name)))
    const ofRoot = columns === WHOLE_COLUMNS ? PREVIEWS : []
    const shown = columns.map((column) => {
      const name = dialect.quote(column)
      return ofRoot.includes(column)
        ? `case when s.span_id = t.root_span_id then s.${name} end as ${name}`
        : `s.${name}`
    })
    const one = key.span_id === undefined ? '' : ' and s.span_id = ?'
    const sql = `select ${shown.join(', ')} from ${traces} as t join ${spans} as s
      on s.tenant = t.tenant and s.trace_day = t.trace_day and s.trace_id = t.trace_id
      where t.tenant = ? and t.trace_id = ?${one}`
    return this.db.read((knex) => rowsOf(knex, sql, [this.tenant, ...Object.values(key)]))
  }

  /** The same, to be narrowed down. */
  private spansOf(knex: Knex, traceId: string): Knex.QueryBuilder {
    return knex(`${this.db.table('traces')} as t`)
      .join(`${this.db.table('spans')} as s`, {
        's.tenant': 't.tenant',
        's.trace_day': 't.trace_day',
        's.trace_id': 't.trace_id',
      })
      .where({ 't.tenant': this.tenant, 't.trace_id': traceId })
  }
}
