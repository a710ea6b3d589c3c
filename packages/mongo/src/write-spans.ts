import { groupBy, Moved, newId, partsOf, type SpanFacts, type SpanRecord, storedSpan } from '@freehold/contract'
import { type Announced, announce, factsOfTraces } from './announcements.js'
import type { Database, Key, Row } from './database.js'
import { confirmed, extended, recounted, type TraceOperation } from './documents/counts.js'
import { countedTrace, dayOfTrace, spanRow, TRACE_STATE_FIELDS, traceKey } from './documents/traces.js'
import { tellKnownSpans } from './known-spans.js'

/** Most spans of one round of commands. */
const MAX_SLICE = 1000

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  records: SpanRecord[]
  facts: readonly SpanFacts[]
  /** What summaries need of the records that are new to the store. */
  fresh: readonly SpanFacts[]
  /** True when a record of this batch changed a span that was there. */
  changed: boolean
}

/** What a batch was to the database: how many spans were new, and changed, and which would have become too large, and why. */
interface Told {
  written: number
  updated: number
  refused: ReadonlyMap<SpanRecord, string>
}

/**
 * Writes distinct spans, and brings the summaries of their traces up to date.
 *
 * No transaction holds the two together, so each batch first announces itself in the documents of its traces (`writing`),
 * then inserts its spans, and then adds them to the summary in the step that takes its announcement back: whoever finds an
 * announcement there knows that spans may be there that are not counted. A batch that cannot add its spans, because some of
 * them were there, counts the trace anew, and so do those that were under way meanwhile.
 *
 * New spans of new traces take three commands, new spans of known traces four, and only a batch that tells of known spans
 * again reads spans back.
 */
export async function writeSpans(db: Database, tenant: string, records: readonly SpanRecord[]): Promise<Told> {
  const batch = newId()
  const facts = new Map(records.map((record) => [record, storedSpan(record).facts]))
  const traces = [...groupBy(records, traceOf)].map(([traceId, own]): TraceBatch => {
    const known = own.map((record) => facts.get(record)!)
    return { traceId, records: own, facts: known, fresh: known, changed: false }
  })
  const isNew = await db.retry(() => announce(db, tenant, batch, traces.map(announcedOf)))
  const taken = await db.retry(() =>
    db.insertNew(
      'spans',
      records.map((record) => spanRow(tenant, batch, storedSpan(record))),
    ),
  )
  const known = taken.map((place) => records[place]!)
  const { changed, repeated, refused } = await tellKnownSpans(db, tenant, batch, known)
  for (const trace of traces) {
    if (repeated.size === 0) break
    trace.fresh = trace.records.filter((record) => !repeated.has(record)).map((record) => facts.get(record)!)
    trace.changed = trace.records.some((record) => changed.has(record))
  }
  const allNew = isNew && known.length === 0
  let open = traces
  let round = 0
  await db.retry(async () => {
    open = await settle(db, tenant, batch, open, allNew && round === 0)
    round += 1
    if (open.length > 0) throw new Moved()
  })
  return { written: traces.reduce((sum, { fresh }) => sum + fresh.length, 0), updated: changed.size, refused }
}

function announcedOf({ traceId, facts }: TraceBatch): Announced {
  return { traceId, facts, day: dayOfTrace(facts) }
}

function traceOf(record: SpanRecord): string {
  return storedSpan(record).traceId
}

/** Cuts records into rounds of bounded length, those of one trace next to each other. */
export function* slicesByTrace(records: readonly SpanRecord[]): Generator<SpanRecord[]> {
  const ordered = [...groupBy(records, traceOf).values()].flat()
  yield* partsOf(ordered, () => 1, MAX_SLICE)
}

/** Brings the summaries of traces up to date, and resolves to those where somebody else was in the way. */
async function settle(
  db: Database,
  tenant: string,
  batch: string,
  traces: readonly TraceBatch[],
  allNew: boolean,
): Promise<TraceBatch[]> {
  if (allNew) {
    const confirmations = traces.map(({ traceId }) => confirmed(tenant, batch, traceId))
    return (await saveCounts(db, confirmations)) ? [] : [...traces]
  }
  const rows = await storedTraces(db, tenant, traces)
  const byId = new Map(rows.map((row) => [(row._id as Key).traceId, row]))
  const gone = traces.filter(({ traceId }) => !byId.has(traceId))
  if (gone.length > 0) {
    // Somebody whose clock is far ahead took this writer for dead before its spans were there.
    for (const trace of gone) trace.changed = true
    await announce(db, tenant, batch, gone.map(announcedOf))
    throw new Moved()
  }
  const open: TraceBatch[] = []
  const anew: TraceBatch[] = []
  for (const trace of traces) {
    const row = byId.get(trace.traceId)!
    const writing = row.writing as string[]
    if (!writing.includes(batch) && row.batch === batch) continue
    open.push(trace)
    const uncounted = writing.some((other) => other !== batch) || countedTrace(row) === undefined
    const retold = trace.fresh.length < trace.records.length
    const told = !writing.includes(batch) || ((row.anew ?? []) as string[]).includes(batch)
    if (trace.changed || told || (retold && uncounted)) anew.push(trace)
  }
  const ids = anew.map(({ traceId }) => traceId)
  const spans = await factsOfTraces(db, tenant, ids)
  const updates = open.map((trace) => {
    const row = byId.get(trace.traceId)!
    if (anew.includes(trace)) return recounted(tenant, batch, trace.traceId, row, spans.get(trace.traceId) ?? [])
    return extended(tenant, batch, trace.traceId, row, trace.fresh)
  })
  return (await saveCounts(db, updates)) ? [] : open
}

/** Resolves to false when some of the documents had moved. */
async function saveCounts(db: Database, updates: TraceOperation[]): Promise<boolean> {
  if (updates.length === 0) return true
  const { matchedCount } = await db.collection('traces').bulkWrite(updates, { ordered: false })
  return matchedCount === updates.length
}

function storedTraces(db: Database, tenant: string, traces: readonly TraceBatch[]): Promise<Row[]> {
  const keys = traces.map(({ traceId }) => traceKey(tenant, traceId))
  return db.find('traces', { _id: { $in: keys } }, { projection: TRACE_STATE_FIELDS })
}
