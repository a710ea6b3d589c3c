import {
  changedSummary,
  groupBy,
  Moved,
  mergeSummaries,
  newMark,
  type Pieces,
  partsOf,
  probablyHeld,
  SharedTexts,
  type SpanChange,
  type SpanFacts,
  type SpanRecord,
  type SummaryState,
  storedSpan,
  summarise,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { MAX_KEYS, type Outcome, SPAN_KEY, spanName, type ToldSpan, tellKnownSpans } from './known-spans.js'
import { dayOfTrace, FACT_COLUMNS, SPAN_ROW, spanFacts, spanValues, summaryState, traceRow } from './rows/traces.js'
import { saveSummaries } from './save-summaries.js'
import { keepPieces } from './shared-texts.js'

/** Most spans of one transaction, so that none is long. */
const MAX_SLICE = 1000

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  spans: ToldSpan[]
  /** The rows of its spans. */
  rows: (readonly unknown[])[]
  /** What they share. */
  pieces: Pieces
  state: SummaryState
  /** The day of the stored trace, or of this batch when the trace is new. */
  day: string
  /** The summary that was there before this batch. */
  stored?: SummaryState
}

/** Spans that are ready to be written in one transaction. */
export interface SpanBatch {
  id: string
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
 * New spans of new traces take two statements, new spans of known traces four, what they share one or two more, and owners
 * beside those of their traces another. Spans are read back where they may be told of again, or turn out to be there. The row of
 * a trace is locked before its spans are touched, in the order of trace ids, so writers of one trace take turns and those of
 * several never wait in a circle.
 */
export async function writeSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  { id: batch, traces }: SpanBatch,
): Promise<Told> {
  const locked = await lockTraces(db, trx, tenant, batch, traces)
  const known = locked.filter(({ stored }) => stored !== undefined)
  const outcomes = new Map<ToldSpan, Outcome>()
  const isNew = (span: ToldSpan) => (outcomes.get(span) ?? 'new') === 'new'
  const tell = async (spansOf: (trace: TraceBatch) => readonly ToldSpan[]) => {
    const open = known.flatMap((trace) => spansOf(trace).map((span) => ({ day: trace.day, span })))
    for (const [span, outcome] of await tellKnownSpans(db, trx, tenant, batch, open)) outcomes.set(span, outcome)
  }
  await tell(({ spans, stored }) => probablyHeld(spans, factsOfTold, stored!.summary))
  for (const trace of known) makeRows(db, tenant, batch, trace, trace.spans.filter(isNew))
  const sharing = locked.filter(({ pieces }) => pieces.size > 0)
  if (sharing.length > 0)
    await keepPieces(
      db,
      trx,
      tenant,
      sharing.map((trace) => ({ ...trace, isKnown: trace.stored !== undefined })),
    )
  const rows = locked.flatMap((trace) => trace.rows)
  const written = await db.insertValues(trx, 'spans', SPAN_ROW, rows)
  if (written < rows.length) await tell(({ spans }) => spans.filter(isNew))
  // Where some were there, those that this batch itself put there may be merged already.
  const fresh = written < rows.length ? [] : locked.flatMap(({ spans }) => spans.filter(isNew))
  for (const { stored } of fresh)
    if (stored.facts.status === 'running') db.running.keep(spanName(tenant, stored), batch, stored)
  const sums: TraceBatch[] = []
  const open: TraceBatch[] = []
  for (const trace of known) {
    const state = told(trace, trace.spans.filter(isNew), outcomes)
    if (state === undefined) open.push(trace)
    else if (state !== trace.stored) sums.push({ ...trace, state })
  }
  await saveSummaries(db, trx, tenant, batch, locked, [...sums, ...(await recount(db, trx, tenant, open))])
  return { written, ...countOf(outcomes) }
}

function factsOfTold({ stored }: ToldSpan): SpanFacts {
  return stored.facts
}

/** The stored summary with what this batch told; undefined where that takes counting all spans of the trace. */
function told(
  { traceId, spans, stored, state: ofAll }: TraceBatch,
  fresh: readonly ToldSpan[],
  outcomes: ReadonlyMap<ToldSpan, Outcome>,
): SummaryState | undefined {
  let state = stored
  if (fresh.length > 0) state = mergeSummaries(stored!, fresh.length === spans.length ? ofAll : stateOf(traceId, fresh))
  for (const span of spans) {
    const outcome = outcomes.get(span)
    if (state !== undefined && isChange(outcome)) state = changedSummary(state, outcome)
  }
  return state
}

function isChange(outcome: Outcome | undefined): outcome is SpanChange {
  return typeof outcome === 'object' && 'after' in outcome
}

function countOf(outcomes: ReadonlyMap<ToldSpan, Outcome>): Pick<Told, 'updated' | 'refused'> {
  let updated = 0
  const refused = new Map<SpanRecord, string>()
  for (const [{ record }, outcome] of outcomes)
    if (isChange(outcome)) updated += 1
    else if (typeof outcome === 'object') refused.set(record, outcome.refused)
  return { updated, refused }
}

/** Cuts records into batches of bounded length, those of one trace next to each other, and makes their rows. */
export function* batchesOf(db: Database, tenant: string, records: readonly SpanRecord[]): Generator<SpanBatch> {
  const told = records.map((record): ToldSpan => ({ record, stored: storedSpan(record) }))
  const ordered = [...groupBy(told, ({ stored }) => stored.traceId).values()].flat()
  for (const slice of partsOf(ordered, () => 1, MAX_SLICE)) {
    const id = newMark()
    const traces = byTrace(slice)
    for (const trace of traces) makeRows(db, tenant, id, trace, trace.spans)
    yield { id, traces }
  }
}

/** Makes the rows of these spans of a trace, and takes out of them what they share. */
function makeRows(db: Database, tenant: string, batch: string, trace: TraceBatch, spans: readonly ToldSpan[]): void {
  const sharing = new SharedTexts(
    spans.map(({ stored }) => stored.texts),
    trace.stored !== undefined,
  )
  trace.rows = spans.map(({ stored }) =>
    spanValues(db.dialect, tenant, trace.day, batch, stored, sharing.share(stored.texts)),
  )
  trace.pieces = sharing.pieces
}

function byTrace(spans: readonly ToldSpan[]): TraceBatch[] {
  const groups = groupBy(spans, ({ stored }) => stored.traceId)
  return [...groups.keys()].sort().map((traceId) => {
    const spans = groups.get(traceId)!
    const state = stateOf(traceId, spans)
    return { traceId, spans, rows: [], pieces: new Map(), state, day: dayOfTrace(state) }
  })
}

function stateOf(traceId: string, spans: readonly ToldSpan[]): SummaryState {
  return summarise(
    traceId,
    spans.map(({ stored }) => stored.facts),
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
  for (const group of partsOf(traces, () => 1, MAX_KEYS)) {
    const ids = group.map(({ traceId }) => traceId)
    const stored: Row[] = await trx(db.table('traces'))
      .where({ tenant })
      .whereIn('trace_id', ids)
      .orderBy('trace_id')
      .forUpdate()
    const byId = new Map(stored.map((row) => [row.trace_id as string, row]))
    for (const trace of group) {
      const row = byId.get(trace.traceId)
      // Removed since it was found to be there.
      if (row === undefined) throw new Moved()
      locked.push(row.batch === batch ? trace : asStored(db, trace, row))
    }
  }
  return locked
}

/** The trace with the day and the summary that it has in the database. */
function asStored(db: Database, trace: TraceBatch, row: Row): TraceBatch {
  return { ...trace, day: row.trace_day as string, stored: summaryState(db.dialect, row) }
}

/** The summaries of traces, counted anew over all their spans, without payloads. */
async function recount(db: Database, trx: Knex, tenant: string, traces: readonly TraceBatch[]): Promise<TraceBatch[]> {
  const counted: TraceBatch[] = []
  for (const group of partsOf(traces, () => 1, MAX_KEYS)) {
    const keys = group.map(({ day, traceId }) => [day, traceId])
    const those = db.dialect.rowsWith(trx, { table: db.table('spans'), tenant }, SPAN_KEY.slice(0, 2), keys)
    const rows: Row[] = await those.select(FACT_COLUMNS)
    const spans = groupBy(
      rows.map((row) => spanFacts(db.dialect, row)),
      (span) => span.traceId,
    )
    for (const trace of group) counted.push({ ...trace, state: summarise(trace.traceId, spans.get(trace.traceId)!) })
  }
  return counted
}
