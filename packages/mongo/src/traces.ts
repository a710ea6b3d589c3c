import {
  acceptBatch,
  acceptPage,
  acceptSpanQuery,
  acceptTraceQuery,
  byStart,
  checkTraceId,
  factsOf,
  type Page,
  type PageRequest,
  pageOf,
  type SpanInput,
  type SpanQuery,
  type SpanSummary,
  summarise,
  type ToolStats,
  type Trace,
  type TraceQuery,
  type TraceStore,
  type TraceSummary,
  toMicroseconds,
  type WriteResult,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database } from './database.js'
import { microsOf } from './documents/codec.js'
import {
  countedTrace,
  FACT_FIELDS,
  spanRecord,
  spanSummary,
  spansOfTrace,
  TRACE_FIELDS,
  traceKey,
} from './documents/traces.js'
import { allOf, pageDown, whereBetween, whereEqual } from './listing.js'
import { recountTrace, slicesByTrace, writeSpans } from './write-spans.js'

export class MongoTraces implements TraceStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  async write(spans: readonly SpanInput[]): Promise<WriteResult> {
    const { records, kept, rejected } = acceptBatch(spans)
    if (kept === 0) return { written: 0, updated: 0, duplicates: 0, rejected }
    let written = 0
    let updated = 0
    for (const slice of slicesByTrace(records)) {
      const told = await writeSpans(this.db, this.tenant, slice)
      written += told.written
      updated += told.updated
    }
    return { written, updated, duplicates: kept - written - updated, rejected }
  }

  async get(traceId: string): Promise<Trace | null> {
    const id = checkTraceId(traceId)
    return this.db.retry(async () => {
      const traces = this.db.collection('traces')
      const row = await traces.findOne({ _id: traceKey(this.tenant, id) }, { projection: { writing: 1, revision: 1 } })
      if (row === null) return this.db.present('traces', null)
      const rows = await this.db.find('spans', spansOfTrace(this.tenant, id))
      if (rows.length === 0) return null
      const spans = rows.map((each) => spanRecord(each).span).sort(byStart)
      const facts = spans.map(factsOf)
      // Spans of a writer that died before it counted them are shown, so they are counted now: a list shows the same.
      if ((row.writing as string[]).length > 0) await recountTrace(this.db, this.tenant, row, facts)
      return { summary: summarise(id, facts).summary, spans }
    })
  }

  async find(query?: TraceQuery, page?: PageRequest): Promise<Page<TraceSummary>> {
    const filters = acceptTraceQuery(query)
    const at = acceptPage('traces', [0, ''] as const, page)
    const after = pageDown([{ field: 'startedAt', time: true }, { field: '_id.traceId' }], at)
    const those = allOf(this.tracesThat(filters), after.filter)
    const options = { projection: TRACE_FIELDS, sort: after.sort, limit: after.limit }
    const rows = await this.db.retry(() => this.db.find('traces', those, options))
    await this.db.present('traces', rows)
    const key = ({ startedAt, traceId }: TraceSummary) => [toMicroseconds(startedAt), traceId]
    const summaries = rows.map((row) => countedTrace(row)!.state.summary)
    return pageOf('traces', summaries, at.limit, key, (summary) => summary)
  }

  async spans(query?: SpanQuery, page?: PageRequest): Promise<Page<SpanSummary>> {
    const filters = acceptSpanQuery(query)
    const at = acceptPage('spans', [0, '', ''] as const, page)
    const sort = [{ field: 'startedAt', time: true as const }, { field: '_id.traceId' }, { field: '_id.spanId' }]
    const after = pageDown(sort, at)
    const those = allOf(this.spansThat(filters), after.filter)
    const options = { projection: FACT_FIELDS, sort: after.sort, limit: after.limit }
    const rows = await this.db.retry(() => this.db.find('spans', those, options))
    await this.db.present('traces', rows)
    const key = (span: SpanSummary) => [toMicroseconds(span.startedAt), span.traceId, span.spanId]
    return pageOf('spans', rows.map(spanSummary), at.limit, key, (summary) => summary)
  }

  async toolStats(query?: SpanQuery): Promise<ToolStats[]> {
    const filters = acceptSpanQuery(query)
    const rows = await this.db.retry(() =>
      this.db.aggregate('spans', [
        { $match: allOf(this.spansThat(filters), { kind: 'tool', tool: { $exists: true } }) },
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

  private tracesThat({ kind, model, tool, ...query }: TraceQuery): Document {
    const has = {
      ...(kind === undefined ? {} : { [`kinds.${kind}`]: { $exists: true } }),
      ...(model === undefined ? {} : { models: model }),
      ...(tool === undefined ? {} : { tools: tool }),
    }
    // A trace that was announced, and of which nothing is counted yet, has no start.
    const counted = { '_id.tenant': this.tenant, startedAt: { $gte: new Date(0) } }
    return allOf(counted, has, ...conditions(query))
  }

  private spansThat({ traceId, kind, model, tool, ...query }: SpanQuery): Document {
    const own = traceId === undefined ? { '_id.tenant': this.tenant } : spansOfTrace(this.tenant, traceId)
    return allOf(own, whereEqual({ kind, model, tool }), ...conditions(query))
  }
}

function conditions({ from, to, minDuration, namePrefix, ...equal }: TraceQuery): Document[] {
  return [
    whereEqual(equal),
    ...whereBetween('startedAt', { from, to }),
    ...(minDuration === undefined ? [] : [{ durationUs: { $gte: toMicroseconds(minDuration) } }]),
    // A range of names is case-sensitive and has no wildcards to escape.
    ...(namePrefix === undefined ? [] : [{ name: { $gte: namePrefix, $lt: `${namePrefix}\u{10FFFF}` } }]),
  ]
}
