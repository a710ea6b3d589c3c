import {
  canonicalJson,
  factsOf,
  type Json,
  mergeSpans,
  mergeSummaries,
  newId,
  type SpanRecord,
  type SummaryState,
  sameRecord,
  summarise,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import {
  dayOfTrace,
  FACT_COLUMNS,
  SPAN_COLUMNS,
  spanFacts,
  spanRecord,
  spanRow,
  summaryState,
  traceRow,
} from './rows/traces.js'

const TRACE_KEY = ['tenant', 'trace_id']
const SPAN_KEY = ['tenant', 'trace_day', 'trace_id', 'span_id']
/** How many keys one SELECT asks for. */
const MAX_KEYS = 500

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  records: SpanRecord[]
  state: SummaryState
  /** The day of the stored trace, or of this batch when the trace is new. */
  day: string
  /** The summary that was there before this batch. */
  stored?: SummaryState
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
  records: readonly SpanRecord[],
): Promise<{ written: number; updated: number }> {
  const batch = newId()
  const traces = byTrace(records)
  const known = await lockTraces(db, trx, tenant, batch, traces)
  const rows = traces.flatMap((trace) => trace.records.map((record) => spanRow(db.dialect, tenant, trace.day, record)))
  const written = await db.insertNew(trx, 'spans', rows)
  if (known.length === 0) return { written, updated: 0 }
  if (written === records.length) {
    const sums = known.map((trace) => ({ ...trace, state: mergeSummaries(trace.stored!, trace.state) }))
    await saveSummaries(db, trx, tenant, batch, sums)
    return { written, updated: 0 }
  }
  const updated = await mergeKnownSpans(db, trx, tenant, known)
  await saveSummaries(db, trx, tenant, batch, await recount(db, trx, tenant, known))
  return { written, updated }
}

function byTrace(records: readonly SpanRecord[]): TraceBatch[] {
  const groups = groupBy(records, (record) => record.span.traceId)
  return [...groups.keys()].sort().map((traceId) => {
    const ofTrace = groups.get(traceId)!
    const state = summarise(
      traceId,
      ofTrace.map((record) => factsOf(record.span)),
    )
    return { traceId, records: ofTrace, state, day: dayOfTrace(state) }
  })
}

/** Creates the rows of new traces, locks those of known ones, and resolves to the known. */
async function lockTraces(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  traces: TraceBatch[],
): Promise<TraceBatch[]> {
  const rows = traces.map(({ day, state }) => traceRow(db.dialect, tenant, day, batch, state))
  const created = await db.insertNew(trx, 'traces', rows)
  if (created === traces.length) return []
  const known: TraceBatch[] = []
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
      if (row.batch === batch) continue
      trace.day = row.trace_day as string
      trace.stored = summaryState(db.dialect, row)
      known.push(trace)
    }
  }
  return known
}

/** Merges records into the spans that are there, and resolves to how many spans changed. */
async function mergeKnownSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  traces: readonly TraceBatch[],
): Promise<number> {
  const told = traces.flatMap((trace) => trace.records.map((record) => ({ record, day: trace.day })))
  let updated = 0
  for (const group of slices(told, MAX_KEYS)) {
    const keys = group.map(({ day, record: { span } }) => [day, span.traceId, span.spanId])
    const rows: Row[] = await trx(db.table('spans'))
      .select(SPAN_COLUMNS)
      .where({ tenant })
      .whereIn(['trace_day', 'trace_id', 'span_id'], keys)
    const stored = new Map(rows.map((row) => [`${row.trace_id}${row.span_id}`, spanRecord(db.dialect, row)]))
    const changed = group.flatMap(({ record, day }) => {
      const before = stored.get(`${record.span.traceId}${record.span.spanId}`)!
      const merged = mergeSpans(before, record)
      return sameRecord(before, merged) ? [] : [spanRow(db.dialect, tenant, day, merged)]
    })
    await db.overwrite(trx, 'spans', SPAN_KEY, changed)
    updated += changed.length
  }
  return updated
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
  const changed = traces.filter(({ stored, state }) => textOf(stored) !== textOf(state))
  const rows = changed.map(({ day, state }) => traceRow(db.dialect, tenant, day, batch, state))
  await db.overwrite(trx, 'traces', TRACE_KEY, rows)
}

function textOf(state: SummaryState | undefined): string {
  return canonicalJson(state as unknown as Json)
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
