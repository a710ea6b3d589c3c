import {
  acceptBatch,
  acceptList,
  acceptSpanQuery,
  acceptTraceQuery,
  byStart,
  checkSpanIds,
  checkTraceId,
  type Page,
  type PageAt,
  type PageRequest,
  pageOf,
  readAgain,
  type Span,
  type SpanFacts,
  type SpanInput,
  type SpanQuery,
  type SpanRecord,
  type SpanSummary,
  spanOf,
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
import { clearUp, factsOfTraces } from './announcements.js'
import type { Database, Key, Row } from './database.js'
import { microsOf } from './documents/codec.js'
import { isToBeSummed } from './documents/counts.js'
import {
  countedTrace,
  FACT_FIELDS,
  placeOf,
  spanFacts,
  spanKey,
  spansOfTrace,
  storedOf,
  TRACE_FIELDS,
  traceKey,
} from './documents/traces.js'
import { allOf, pageDown } from './listing.js'
import { REMOVAL_FIELDS, removeTrace, sweepTraces } from './remove-trace.js'
import { wholeTextsOf, wholeTextsOfTrace } from './shared-texts.js'
import { spansThat, tracesThat } from './trace-lists.js'
import { slicesByTrace, writeSpans } from './write-spans.js'

/** A trace as a list shows it, and its place there, which is that of its stored summary. */
interface Listed {
  place: readonly [number, string]
  summary: TraceSummary
}

export class MongoTraces implements TraceStore {
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
    for (const slice of slicesByTrace(records)) {
      const told = await writeSpans(this.db, this.tenant, slice)
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
    const whole = async () => {
      const rows = await this.db.find('spans', spansOfTrace(this.tenant, id))
      const texts = await wholeTextsOfTrace(this.db, this.tenant, id, rows)
      const stored = rows.map((row) => storedOf(row, texts.get(row)!))
      stored.sort((one, other) => byStart(one.facts, other.facts))
      const facts = stored.map((span) => span.facts)
      const spans = () => stored.map(spanOf)
      return { facts, found: () => ({ summary: summarise(id, facts).summary, spans: spans() }) }
    }
    return readAgain(() => this.ofTrace(id, whole))
  }

  async span(traceId: string, spanId: string): Promise<Span | null> {
    const ids = checkSpanIds(traceId, spanId)
    return readAgain(() => this.db.retry(() => this.wholeSpan(ids)))
  }

  private async wholeSpan(ids: { traceId: string; spanId: string }): Promise<Span | null> {
    const rows = await this.db.find('spans', { _id: spanKey(this.tenant, ids) })
    const [row] = rows
    if (row === undefined) return this.db.present('traces', null)
    const texts = await wholeTextsOf(this.db, this.tenant, rows)
    return spanOf(storedOf(row, texts.get(row)!))
  }

  async outline(traceId: string): Promise<TraceOutline | null> {
    const id = checkTraceId(traceId)
    return this.ofTrace(id, async () => {
      const rows = await this.db.find('spans', spansOfTrace(this.tenant, id), { projection: FACT_FIELDS })
      const facts = rows.map(spanFacts).sort(byStart)
      return { facts, found: () => ({ summary: summarise(id, facts).summary, spans: facts.map(summaryOf) }) }
    })
  }

  /** What is read of a trace, and no trace where a writer announced it whose spans are not there. */
  private ofTrace<T>(
    id: string,
    read: () => Promise<{ facts: readonly SpanFacts[]; found: () => T }>,
  ): Promise<T | null> {
    return this.db.retry(async () => {
      const traces = this.db.collection('traces')
      const row = await traces.findOne({ _id: traceKey(this.tenant, id) }, { projection: REMOVAL_FIELDS })
      if (row === null || (await this.isGone(row))) return this.db.present('traces', null)
      const { facts, found } = await read()
      await clearUp(this.db, this.tenant, [row], new Map([[id, facts]]))
      return facts.length === 0 ? this.db.present('traces', null) : found()
    })
  }

  async find(query?: TraceQuery, page?: PageRequest): Promise<Page<TraceSummary>> {
    const [filters, at] = acceptList('traces', [0, ''] as const, () => acceptTraceQuery(query), page)
    const found = await this.db.retry(async () => {
      const there: Listed[] = []
      let from: PageAt = at
      for (;;) {
        const after = pageDown([{ field: 'startedAt', time: true }, { field: '_id.traceId' }], from)
        const those = allOf(tracesThat(this.tenant, filters), after.filter)
        const options = { projection: TRACE_FIELDS, sort: after.sort, limit: after.limit }
        const rows = await this.db.find('traces', those, options)
        there.push(...(await this.listed(rows)))
        // A trace that is announced and has no span yet is not there: there is more to read in its place.
        if (rows.length < after.limit || there.length > at.limit) return there
        from = { limit: at.limit, after: placeOf(rows.at(-1)!) }
      }
    })
    await this.db.present('traces', found)
    return pageOf(
      'traces',
      found,
      at.limit,
      ({ place }) => place,
      ({ summary }) => summary,
    )
  }

  async spans(query?: SpanQuery, page?: PageRequest): Promise<Page<SpanSummary>> {
    const [filters, at] = acceptList('spans', [0, '', ''] as const, () => acceptSpanQuery(query), page)
    const sort = [{ field: 'startedAt', time: true as const }, { field: '_id.traceId' }, { field: '_id.spanId' }]
    const after = pageDown(sort, at)
    const those = allOf(spansThat(this.tenant, filters), after.filter)
    const options = { projection: FACT_FIELDS, sort: after.sort, limit: after.limit }
    const rows = await this.db.retry(() => this.db.find('spans', those, options))
    await this.db.present('traces', rows)
    const key = (span: SpanSummary) => [toMicroseconds(span.startedAt), span.traceId, span.spanId]
    const summaries = rows.map((row) => summaryOf(spanFacts(row)))
    return pageOf('spans', summaries, at.limit, key)
  }

  async toolStats(query?: SpanQuery): Promise<ToolStats[]> {
    const filters = acceptSpanQuery(query)
    const rows = await this.db.retry(() =>
      this.db.aggregate('spans', [
        { $match: allOf(spansThat(this.tenant, filters), { kind: 'tool', tool: { $exists: true } }) },
        {
          $group: {
            _id: '$tool',
            calls: { $sum: 1 },
            errors: { $sum: { $cond: [{ $eq: ['$status', 'error'] }, 1, 0] } },
            last: { $max: microsOf('startedAt') },
          },
        },
        { $sort: { _id: 1 } },
      ]),
    )
    await this.db.present('traces', rows)
    return rows.map(({ _id, calls, errors, last }) => ({
      tool: _id as string,
      calls: calls as number,
      errors: errors as number,
      lastCalledAt: (last as number) / 1000,
    }))
  }

  /** The traces of a page. Those with spans that may not be counted are summed up from them, as `get` and `spans` show them. */
  private async listed(found: readonly Row[]): Promise<Listed[]> {
    const gone = new Set<Row>()
    for (const row of found) if (await this.isGone(row)) gone.add(row)
    const rows = found.filter((row) => !gone.has(row))
    const summed = new Set(rows.filter(isToBeSummed))
    const ids = [...summed].map((row) => (row._id as Key).traceId!)
    const facts = await factsOfTraces(this.db, this.tenant, ids)
    await clearUp(this.db, this.tenant, [...summed], facts)
    return rows.flatMap((row) => {
      const place = placeOf(row)
      if (!summed.has(row)) return [{ place, summary: countedTrace(row)!.state.summary }]
      const spans = facts.get(place[1])
      return spans === undefined ? [] : [{ place, summary: summarise(place[1], spans).summary }]
    })
  }

  /** True of a trace that somebody began to remove: this is the end of it. Who may not write leaves it to others. */
  private async isGone({ _id, removing }: Row): Promise<boolean> {
    if (removing === undefined) return false
    await sweepTraces(this.db, this.tenant, [(_id as Key).traceId!], removing as string).catch(() => undefined)
    return true
  }
}
