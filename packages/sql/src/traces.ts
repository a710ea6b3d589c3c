import {
  acceptBatch,
  acceptList,
  acceptSpanQuery,
  acceptTraceQuery,
  afterPrefix,
  byStart,
  checkSpanIds,
  checkTraceId,
  factsOf,
  type Page,
  type PageRequest,
  pageOf,
  type Span,
  type SpanInput,
  type SpanQuery,
  type SpanRecord,
  type SpanSummary,
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
  writeBatch,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageDown, whereBetween, whereEqual } from './listing.js'
import { FACT_COLUMNS, SPAN_COLUMNS, spanFacts, spanRecord, summaryState, TRACE_COLUMNS } from './rows/traces.js'
import { wholeTextsOf, wholeTextsOfTrace } from './shared-texts.js'
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

  async get(traceId: string): Promise<Trace | null> {
    const id = checkTraceId(traceId)
    const columns = ['trace_day', ...SPAN_COLUMNS].map((column) => `s.${column}`)
    const rows = await this.db.read<Row[]>((knex) => this.spansOf(knex, id).select(columns))
    if (rows.length === 0) return null
    const texts = await this.db.read((knex) => wholeTextsOfTrace(this.db, knex, this.tenant, rows))
    // In order here: a database would sort whole payloads, and some run out of memory at it.
    const spans = rows.map((row) => spanRecord(this.db.dialect, row, texts.get(row)!).span).sort(byStart)
    return { summary: summarise(id, spans.map(factsOf)).summary, spans }
  }

  async span(traceId: string, spanId: string): Promise<Span | null> {
    const ids = checkSpanIds(traceId, spanId)
    const columns = ['trace_day', ...SPAN_COLUMNS].map((column) => `s.${column}`)
    const rows = await this.db.read<Row[]>((knex) =>
      this.spansOf(knex, ids.traceId).where('s.span_id', ids.spanId).select(columns),
    )
    const [row] = rows
    if (row === undefined) return null
    const texts = await this.db.read((knex) => wholeTextsOf(this.db, knex, this.tenant, rows))
    return spanRecord(this.db.dialect, row, texts.get(row)!).span
  }

  async outline(traceId: string): Promise<TraceOutline | null> {
    const id = checkTraceId(traceId)
    const rows = await this.db.read<Row[]>((knex) =>
      this.spansOf(knex, id).select(FACT_COLUMNS.map((column) => `s.${column}`)),
    )
    if (rows.length === 0) return null
    const facts = rows.map((row) => spanFacts(this.db.dialect, row)).sort(byStart)
    return { summary: summarise(id, facts).summary, spans: facts.map(summaryOf) }
  }

  async find(query?: TraceQuery, page?: PageRequest): Promise<Page<TraceSummary>> {
    const [{ kind, model, tool, ...filters }, at] = acceptList(
      'traces',
      [0, ''] as const,
      () => acceptTraceQuery(query),
      page,
    )
    const { dialect, tenant } = { dialect: this.db.dialect, tenant: this.tenant }
    const rows = await this.db.read<Row[]>((knex) => {
      const traces = knex(`${this.db.table('traces')} as t`)
        .select(TRACE_COLUMNS.map((column) => `t.${column}`))
        .where('t.tenant', tenant)
      this.filter(traces, 't', filters)
      for (const [column, value] of Object.entries({ kind, model, tool }))
        if (value !== undefined) traces.whereRaw('? is not null', [this.spanOf(knex, column, value)])
      return pageDown(dialect, traces, [{ column: 't.started_at', time: true }, { column: 't.trace_id' }], at)
    })
    const key = ({ startedAt, traceId }: TraceSummary) => [toMicroseconds(startedAt), traceId]
    const summaries = rows.map((row) => summaryState(dialect, row).summary)
    return pageOf('traces', summaries, at.limit, key)
  }

  async spans(query?: SpanQuery, page?: PageRequest): Promise<Page<SpanSummary>> {
    const [filters, at] = acceptList('spans', [0, '', ''] as const, () => acceptSpanQuery(query), page)
    const rows = await this.db.read<Row[]>((knex) =>
      pageDown(
        this.db.dialect,
        this.matching(knex, filters).select(FACT_COLUMNS.map((column) => `s.${column}`)),
        [{ column: 's.started_at', time: true }, { column: 's.trace_id' }, { column: 's.span_id' }],
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
    this.filter(spans, 's', filters)
    return spans
  }

  /** The spans of one trace: its row tells the day under which they lie. */
  private spansOf(knex: Knex, traceId: string): Knex.QueryBuilder {
    return knex(`${this.db.table('traces')} as t`)
      .join(`${this.db.table('spans')} as s`, {
        's.tenant': 't.tenant',
        's.trace_day': 't.trace_day',
        's.trace_id': 't.trace_id',
      })
      .where({ 't.tenant': this.tenant, 't.trace_id': traceId })
  }

  /**
   * One for a trace `t` with a span of this kind, model or tool. Not an EXISTS, which MySQL and PostgreSQL may answer by
   * reading every span there is before the first trace: this is asked of one trace after another, newest first.
   */
  private spanOf(knex: Knex, column: string, value: string): Knex.QueryBuilder {
    return knex(`${this.db.table('spans')} as s`)
      .select(knex.raw('1'))
      .where({
        's.tenant': knex.ref('t.tenant'),
        's.trace_day': knex.ref('t.trace_day'),
        's.trace_id': knex.ref('t.trace_id'),
      })
      .where(`s.${column}`, value)
      .limit(1)
  }

  private filter(rows: Knex.QueryBuilder, alias: string, query: TraceQuery): void {
    const { from, to, minDuration, namePrefix, ...equal } = query
    whereEqual(rows, equal, alias)
    whereBetween(this.db.dialect, rows, `${alias}.started_at`, { from, to })
    if (minDuration !== undefined) rows.where(`${alias}.duration_us`, '>=', toMicroseconds(minDuration))
    // A range of names, unlike LIKE, is case-sensitive on every engine and has no wildcards to escape.
    if (namePrefix === undefined) return
    rows.where(`${alias}.name`, '>=', namePrefix)
    const after = afterPrefix(namePrefix)
    if (after !== undefined) rows.where(`${alias}.name`, '<', after)
  }
}
