import {
  factsOf,
  mergeSummaries,
  newId,
  retell,
  type SpanRecord,
  type SummaryState,
  summarise,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { rowOf } from './rows/codec.js'
import {
  dayOfTrace,
  FACT_COLUMNS,
  onDay,
  SPAN_COLUMNS,
  SPAN_ROW,
  spanFacts,
  spanRecord,
  spanValues,
  summaryState,
  type ToldSpan,
  traceRow,
} from './rows/traces.js'

const TRACE_KEY = ['tenant', 'trace_id']
const SPAN_KEY = ['tenant', 'trace_day', 'trace_id', 'span_id']
/** Most spans of one transaction, so that none is long. */
const MAX_SLICE = 1000
/** How many keys one SELECT asks for. */
const MAX_KEYS = 500

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  spans: ToldSpan[]
  /** The rows of its spans. */
  rows: (readonly unknown[])[]
  state: SummaryState
  /** The day of the stored trace, or of this batch when the trace is new. */
  day: string
  /** The summary that was there before this batch. */
  stored?: SummaryState
}

/** Spans that are ready to be written in one transaction. */
export interface SpanBatch {
  id: string
  size: number
  traces: readonly TraceBatch[]
}

/** What a batch was to the database: how many spans were new, and changed, and which would have become too large, and why. */
interface Told {
  written: number
  updated: number
  refused: ReadonlyMap<SpanRecord, string>
}

/**
 * Writes distinct spans, in one transaction with the summaries of their traces.
 *
 * New spans of new traces take two statements, new spans of known traces four, and only a batch that tells of known spans
 * again reads spans back. The row of a trace is locked before its spans are touched, in the order of trace ids, so writers
 * of one trace take turns and those of several never wait in a circle.
 */
export async function writeSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  { id: batch, size, traces }: SpanBatch,
): Promise<Told> {
  const locked = await lockTraces(db, trx, tenant, batch, traces)
  const known = locked.filter(({ stored }) => stored !== undefined)
  const rows = locked.flatMap((trace) => trace.rows)
  const written = await db.insertValues(trx, 'spans', SPAN_ROW, rows)
  if (known.length === 0) return { written, updated: 0, refused: new Map() }
  if (written === size) {
    await saveSummaries(db, trx, tenant, batch, known.map(extended))
    return { written, updated: 0, refused: new Map() }
  }
  const retold = await mergeKnownSpans(db, trx, tenant, batch, known)
  const changed = retold.filter(({ updated }) => updated > 0).map(({ trace }) => trace)
  const grown = retold.filter(({ updated, fresh }) => updated === 0 && fresh.length > 0)
  const sums = grown.map(({ trace, fresh }) => extended({ ...trace, state: stateOf(trace.traceId, fresh) }))
  await saveSummaries(db, trx, tenant, batch, [...sums, ...(await recount(db, trx, tenant, changed))])
  const refused = new Map(retold.flatMap((of) => [...of.refused]))
  return { written, updated: retold.reduce((sum, { updated }) => sum + updated, 0), refused }
}

/** Cuts records into batches of bounded length, those of one trace next to each other, and makes their rows. */
export function* batchesOf(db: Database, tenant: string, records: readonly SpanRecord[]): Generator<SpanBatch> {
  const ordered = [...groupBy(records, (record) => record.span.traceId).values()].flat()
  for (const slice of slices(ordered, MAX_SLICE)) {
    const id = newId()
    const traces = byTrace(slice.map((record) => ({ record, facts: factsOf(record.span) })))
    for (const trace of traces)
      trace.rows = trace.spans.map((span) => spanValues(db.dialect, tenant, trace.day, id, span))
    yield { id, size: slice.length, traces }
  }
}

/** The stored summary, and the spans of this batch added to it. */
function extended(trace: TraceBatch): TraceBatch {
  return { ...trace, state: mergeSummaries(trace.stored!, trace.state) }
}

function byTrace(spans: readonly ToldSpan[]): TraceBatch[] {
  const groups = groupBy(spans, ({ record }) => record.span.traceId)
  return [...groups.keys()].sort().map((traceId) => {
    const spans = groups.get(traceId)!
    const state = stateOf(traceId, spans)
    return { traceId, spans, rows: [], state, day: dayOfTrace(state) }
  })
}

function stateOf(traceId: string, spans: readonly ToldSpan[]): SummaryState {
  return summarise(
    traceId,
    spans.map(({ facts }) => facts),
  )
}

/** Creates the rows of new traces, locks those of known ones, and resolves to all of them as they are then. */
async function lockTraces(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  traces: readonly TraceBatch[],
): Promise<readonly TraceBatch[]> {
  const rows = traces.map(({ day, state }) => traceRow(db.dialect, tenant, day, batch, state))
  const created = await db.insertNew(trx, 'traces', rows)
  if (created === traces.length) return traces
  const locked: TraceBatch[] = []
  for (const group of slices(traces, MAX_KEYS)) {
    const ids = group.map(({ traceId }) => traceId)
    const stored: Row[] = await trx(db.table('traces'))
      .where({ tenant })
      .whereIn('trace_id', ids)
      .orderBy('trace_id')
      .forUpdate()
    const byId = new Map(stored.map((row) => [row.trace_id as string, row]))
    for (const trace of group) {
      const row = byId.get(trace.traceId)!
      locked.push(row.batch === batch ? trace : asStored(db, trace, row))
    }
  }
  return locked
}

/** The trace with the day and the summary that it has in the database. */
function asStored(db: Database, trace: TraceBatch, row: Row): TraceBatch {
  const day = row.trace_day as string
  const rows = day === trace.day ? trace.rows : trace.rows.map((values) => onDay(values, day))
  return { ...trace, day, rows, stored: summaryState(db.dialect, row) }
}

/** What a batch was to a known trace: the spans it added, how many it changed, and which it could not. */
interface Retold {
  trace: TraceBatch
  fresh: ToldSpan[]
  updated: number
  refused: Map<SpanRecord, string>
}

/** Merges records into the spans that were there before this batch. */
async function mergeKnownSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  traces: readonly TraceBatch[],
): Promise<Retold[]> {
  const retold: Retold[] = traces.map((trace) => ({ trace, fresh: [], updated: 0, refused: new Map() }))
  const told = retold.flatMap((of) => of.trace.spans.map((span) => ({ of, span })))
  for (const group of slices(told, MAX_KEYS)) {
    const keys = group.map(({ of, span: { record } }) => [of.trace.day, record.span.traceId, record.span.spanId])
    const rows: Row[] = await trx(db.table('spans'))
      .select(SPAN_COLUMNS)
      .where({ tenant })
      .whereIn(['trace_day', 'trace_id', 'span_id'], keys)
    const stored = new Map(rows.map((row) => [`${row.trace_id}${row.span_id}`, row]))
    const changed: Row[] = []
    for (const { of, span } of group) {
      const { traceId, spanId } = span.record.span
      const row = stored.get(`${traceId}${spanId}`)!
      if (row.batch === batch) {
        of.fresh.push(span)
        continue
      }
      const merged = retell(spanRecord(db.dialect, row), span.record)
      if (typeof merged === 'string') of.refused.set(span.record, merged)
      if (typeof merged !== 'object') continue
      of.updated += 1
      const told = { record: merged, facts: factsOf(merged.span) }
      changed.push(rowOf(SPAN_ROW, spanValues(db.dialect, tenant, of.trace.day, batch, told)))
    }
    await db.overwrite(trx, 'spans', SPAN_KEY, changed)
  }
  return retold
}

/** The summaries of traces, counted anew over all their spans, without payloads. */
async function recount(db: Database, trx: Knex, tenant: string, traces: readonly TraceBatch[]): Promise<TraceBatch[]> {
  const counted: TraceBatch[] = []
  for (const group of slices(traces, MAX_KEYS)) {
    const keys = group.map(({ day, traceId }) => [day, traceId])
    const rows: Row[] = await trx(db.table('spans'))
      .select(FACT_COLUMNS)
      .where({ tenant })
      .whereIn(['trace_day', 'trace_id'], keys)
    const spans = groupBy(
      rows.map((row) => spanFacts(db.dialect, row)),
      (span) => span.traceId,
    )
    for (const trace of group) counted.push({ ...trace, state: summarise(trace.traceId, spans.get(trace.traceId)!) })
  }
  return counted
}

async function saveSummaries(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  traces: readonly TraceBatch[],
): Promise<void> {
  const rows = traces.map(({ day, state }) => traceRow(db.dialect, tenant, day, batch, state))
  await db.overwrite(trx, 'traces', TRACE_KEY, rows)
}

function groupBy<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

function* slices<T>(list: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size)
}
