import {
  acceptBatch,
  acceptSpanQuery,
  acceptTraceQuery,
  byStart,
  checkSpanIds,
  checkTraceId,
  compareTexts,
  factsOf,
  hasLabels,
  OWNERS,
  type Owners,
  recordOf,
  retell,
  type SpanFacts,
  type SpanQuery,
  type SpanRecord,
  type SpanSummary,
  type SummaryState,
  storedSpan,
  summarise,
  type ToolStats,
  type TraceQuery,
  type TraceStore,
  type TraceSummary,
  toMicroseconds,
  writeBatch,
} from '@freehold/contract'
import { acceptListing, listing, type Order } from './listing.js'
import type { Medium } from './medium.js'

export interface StoredTrace {
  spans: Map<string, SpanRecord>
  summary: SummaryState
}

/** Traces by tenant, then by trace id. */
export type TracesState = Map<string, Map<string, StoredTrace>>

export function emptyTraces(): TracesState {
  return new Map()
}

type Fact = SpanFacts & { traceId: string }

const NEWEST_TRACE: Order<TraceSummary> = {
  list: 'traces',
  example: [0, ''],
  key: (summary) => [toMicroseconds(summary.startedAt), summary.traceId],
  direction: 'descending',
}

const NEWEST_SPAN: Order<Fact> = {
  list: 'spans',
  example: [0, '', ''],
  key: (fact) => [toMicroseconds(fact.startedAt), fact.traceId, fact.spanId],
  direction: 'descending',
}

export function referenceTraces(medium: Medium<{ traces: TracesState }>, tenant: string): TraceStore {
  const tracesOf = (state: { traces: TracesState }) => state.traces.get(tenant) ?? new Map<string, StoredTrace>()
  const factsThat = (state: { traces: TracesState }, query: SpanQuery) =>
    [...tracesOf(state)].flatMap((trace) => matchingFacts(trace, query))
  return {
    async write(spans) {
      const batch = acceptBatch(spans)
      return writeBatch(batch, async (records) => {
        const { refused, ...counts } = await medium.transact((state) => {
          const traces = tracesOf(state)
          state.traces.set(tenant, traces)
          return keep(traces, records)
        })
        return { ...counts, refused: new Map(refused.map(([place, reason]) => [records[place]!, reason])) }
      })
    },
    async remove(traceId) {
      const id = checkTraceId(traceId)
      return medium.transact((state) => state.traces.get(tenant)?.delete(id) ?? false)
    },
    async get(traceId) {
      const id = checkTraceId(traceId)
      return medium.transact((state) => {
        const trace = tracesOf(state).get(id)
        if (trace === undefined) return null
        const spans = [...trace.spans.values()].map((record) => record.span)
        spans.sort(byStart)
        return { summary: trace.summary.summary, spans }
      })
    },
    async span(traceId, spanId) {
      const ids = checkSpanIds(traceId, spanId)
      return medium.transact((state) => tracesOf(state).get(ids.traceId)?.spans.get(ids.spanId)?.span ?? null)
    },
    async outline(traceId) {
      const id = checkTraceId(traceId)
      return medium.transact((state) => {
        const trace = tracesOf(state).get(id)
        if (trace === undefined) return null
        const spans = matchingFacts([id, trace], {}).sort(byStart)
        return { summary: trace.summary.summary, spans: spans.map(spanSummary) }
      })
    },
    async find(query, page) {
      const [wanted, at] = acceptListing(NEWEST_TRACE, () => acceptTraceQuery(query), page)
      return medium.transact((state) => {
        const found = [...tracesOf(state).values()].filter((trace) => traceMatches(trace, wanted))
        const summaries = found.map((trace) => trace.summary.summary)
        return listing(NEWEST_TRACE, summaries, at, (summary) => summary)
      })
    },
    async spans(query, page) {
      const [wanted, at] = acceptListing(NEWEST_SPAN, () => acceptSpanQuery(query), page)
      return medium.transact((state) => listing(NEWEST_SPAN, factsThat(state, wanted), at, spanSummary))
    },
    async toolStats(query) {
      const wanted = acceptSpanQuery(query)
      return medium.transact((state) => statsOf(factsThat(state, wanted)))
    },
  }
}

function keep(traces: Map<string, StoredTrace>, records: readonly SpanRecord[]) {
  const touched = new Map<string, Map<string, SpanRecord>>()
  const refused: [place: number, reason: string][] = []
  let written = 0
  let updated = 0
  for (const [place, record] of records.entries()) {
    const told = recordOf(storedSpan(record))
    const { traceId, spanId } = told.span
    const spans = touched.get(traceId) ?? traces.get(traceId)?.spans ?? new Map<string, SpanRecord>()
    touched.set(traceId, spans)
    const stored = spans.get(spanId)
    const merged = stored === undefined ? told : retell(stored, record)
    if (typeof merged === 'string') refused.push([place, merged])
    if (typeof merged !== 'object') continue
    if (stored === undefined) written += 1
    else updated += 1
    spans.set(spanId, merged)
  }
  for (const [traceId, spans] of touched) {
    const facts = [...spans.values()].map((record) => factsOf(record.span))
    traces.set(traceId, { spans, summary: summarise(traceId, facts) })
  }
  return { written, updated, refused }
}

function traceMatches({ spans, summary: { summary } }: StoredTrace, query: TraceQuery): boolean {
  const facts = () => [...spans.values()].map((record) => factsOf(record.span))
  return (
    sharedMatches(summary, query) &&
    hasLabels(summary.labels, query.labels) &&
    (query.kind === undefined || summary.kinds[query.kind] !== undefined) &&
    (query.model === undefined || facts().some((fact) => fact.model === query.model)) &&
    (query.tool === undefined || facts().some((fact) => fact.tool === query.tool))
  )
}

function matchingFacts([traceId, trace]: [string, StoredTrace], query: SpanQuery): Fact[] {
  if (query.traceId !== undefined && query.traceId !== traceId) return []
  return [...trace.spans.values()]
    .map((record) => ({ ...factsOf(record.span), traceId }))
    .filter(
      (fact) =>
        sharedMatches(fact, query) &&
        (['kind', 'model', 'tool'] as const).every(
          (field) => query[field] === undefined || query[field] === fact[field],
        ),
    )
}

/** The filters that a trace and a span answer alike. */
function sharedMatches(row: Owners & Pick<Fact, 'status' | 'name' | 'startedAt' | 'endedAt'>, query: SpanQuery) {
  return (
    OWNERS.every((field) => query[field] === undefined || query[field] === row[field]) &&
    (query.status === undefined || query.status === row.status) &&
    (query.namePrefix === undefined || row.name.startsWith(query.namePrefix)) &&
    (query.from === undefined || row.startedAt >= query.from) &&
    (query.to === undefined || row.startedAt < query.to) &&
    (query.minDuration === undefined || lasts(row, query.minDuration))
  )
}

/** Counted in microseconds, as times are kept: a difference of milliseconds has rounding in it. */
function lasts({ startedAt, endedAt }: Pick<Fact, 'startedAt' | 'endedAt'>, milliseconds: number): boolean {
  return endedAt !== undefined && toMicroseconds(endedAt) - toMicroseconds(startedAt) >= toMicroseconds(milliseconds)
}

function spanSummary({ costNanos, ...fact }: Fact): SpanSummary {
  return { ...fact, cost: costNanos / 1e9 }
}

function statsOf(facts: readonly Fact[]): ToolStats[] {
  const stats = new Map<string, ToolStats>()
  for (const { kind, tool, status, startedAt } of facts) {
    if (kind !== 'tool' || tool === undefined) continue
    const one = stats.get(tool) ?? { tool, calls: 0, errors: 0, lastCalledAt: 0 }
    one.calls += 1
    one.errors += status === 'error' ? 1 : 0
    one.lastCalledAt = Math.max(one.lastCalledAt, startedAt)
    stats.set(tool, one)
  }
  return [...stats.values()].sort((a, b) => compareTexts(a.tool, b.tool))
}
