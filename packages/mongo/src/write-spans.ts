import {
  factsOf,
  Moved,
  mergeSpans,
  newId,
  type Span,
  type SpanFacts,
  type SpanRecord,
  sameRecord,
} from '@freehold/contract'
import type { AnyBulkWriteOperation } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { extended, recounted, type TraceOperation } from './documents/counts.js'
import {
  countedTrace,
  dayOfTrace,
  FACT_FIELDS,
  spanFacts,
  spanKey,
  spanRecord,
  spanRow,
  spansOfTrace,
  TRACE_STATE_FIELDS,
  traceKey,
} from './documents/traces.js'

/** Most spans of one round of commands. */
const MAX_SLICE = 1000

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  records: SpanRecord[]
  /** What summaries need of the records that are new to the store. */
  fresh: SpanFacts[]
  /** True when a record of this batch changed a span that was there. */
  changed: boolean
}

/**
 * Writes distinct spans, and brings the summaries of their traces up to date.
 *
 * No transaction holds the two together, so each batch first announces itself in the documents of its traces (`writing`),
 * then inserts its spans, and then adds them to the summary in the step that takes its announcement back: whoever finds an
 * announcement there knows that spans may be there that are not counted, and counts the trace anew, which takes back every
 * announcement it saw. A writer whose announcement is gone when it comes to add its spans counts anew as well.
 *
 * New spans of new traces take three commands, new spans of known traces four, and only a batch that tells of known spans
 * again reads spans back.
 */
export async function writeSpans(
  db: Database,
  tenant: string,
  records: readonly SpanRecord[],
): Promise<{ written: number; updated: number }> {
  const batch = newId()
  const facts = new Map(records.map((record) => [record, factsOf(record.span)]))
  const traces = [...groupBy(records, (record) => record.span.traceId)].map(
    ([traceId, own]): TraceBatch => ({
      traceId,
      records: own,
      fresh: own.map((record) => facts.get(record)!),
      changed: false,
    }),
  )
  const isNew = await db.retry(() => announce(db, tenant, batch, traces))
  const taken = await db.retry(() =>
    db.insertNew(
      'spans',
      records.map((record) => spanRow(tenant, batch, record, { facts: facts.get(record) })),
    ),
  )
  const known = taken.map((place) => records[place]!)
  const { changed, repeated } = await mergeKnownSpans(db, tenant, batch, known)
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
  return { written: traces.reduce((sum, { fresh }) => sum + fresh.length, 0), updated: changed.size }
}

/** Cuts records into rounds of bounded length, those of one trace next to each other. */
export function* slicesByTrace(records: readonly SpanRecord[]): Generator<SpanRecord[]> {
  const ordered = [...groupBy(records, (record) => record.span.traceId).values()].flat()
  for (let at = 0; at < ordered.length; at += MAX_SLICE) yield ordered.slice(at, at + MAX_SLICE)
}

/**
 * Counts a trace anew for a reader that found announcements in its document, read before the spans. Does nothing when the
 * trace has moved on: then its writer is at work.
 */
export async function recountTrace(db: Database, tenant: string, row: Row, spans: readonly SpanFacts[]): Promise<void> {
  const { traceId } = row._id as Key
  await saveCounts(db, [recounted(tenant, newId(), traceId!, row, spans)])
}

/** Resolves to true when no trace of the batch was there before. */
async function announce(db: Database, tenant: string, batch: string, traces: readonly TraceBatch[]): Promise<boolean> {
  const result = await db.collection('traces').bulkWrite(
    traces.map(({ traceId, records }) => ({
      updateOne: {
        filter: { _id: traceKey(tenant, traceId) },
        update: {
          $addToSet: { writing: batch },
          $setOnInsert: { revision: 0, traceDay: dayOfTrace(records) },
        },
        upsert: true,
      },
    })),
    { ordered: false },
  )
  return result.upsertedCount === traces.length
}

/** Merges records into the spans that were there before this batch: which those were, and which of them changed. */
async function mergeKnownSpans(
  db: Database,
  tenant: string,
  batch: string,
  known: readonly SpanRecord[],
): Promise<{ changed: ReadonlySet<SpanRecord>; repeated: ReadonlySet<SpanRecord> }> {
  const changed = new Set<SpanRecord>()
  const repeated = new Set(known)
  let open = known
  let round = 0
  await db.retry(async () => {
    if (open.length === 0) return
    const keys = open.map(({ span }) => spanKey(tenant, span))
    const rows = await db.find('spans', { _id: { $in: keys } })
    const stored = new Map(rows.map((row) => [nameOf(row._id as Key), row]))
    const next: SpanRecord[] = []
    const replacements: AnyBulkWriteOperation<Row>[] = []
    for (const record of open) {
      const row = stored.get(nameOf(record.span))
      if (row === undefined) throw new Moved()
      // An insert of this batch that was sent twice, because its answer was lost.
      if (row.batch === batch && row.revision === 0 && round === 0) {
        repeated.delete(record)
        continue
      }
      const before = spanRecord(row)
      const merged = mergeSpans(before, record)
      if (sameRecord(before, merged)) continue
      changed.add(record)
      next.push(record)
      const revision = row.revision as number
      replacements.push({
        replaceOne: {
          filter: { _id: row._id, revision },
          replacement: spanRow(tenant, batch, merged, { revision: revision + 1 }),
        },
      })
    }
    round += 1
    open = next
    if (replacements.length === 0) return
    const { matchedCount } = await db.collection('spans').bulkWrite(replacements, { ordered: false })
    if (matchedCount < replacements.length) throw new Moved()
  })
  return { changed, repeated }
}

/** Brings the summaries of traces up to date, and resolves to those where somebody else was in the way. */
async function settle(
  db: Database,
  tenant: string,
  batch: string,
  traces: readonly TraceBatch[],
  allNew: boolean,
): Promise<TraceBatch[]> {
  const rows = allNew ? traces.map((trace) => announced(tenant, batch, trace)) : await storedTraces(db, tenant, traces)
  const byId = new Map(rows.map((row) => [(row._id as Key).traceId, row]))
  const open: TraceBatch[] = []
  const anew: TraceBatch[] = []
  for (const trace of traces) {
    const row = byId.get(trace.traceId)
    if (row === undefined) throw new Moved()
    const writing = row.writing as string[]
    if (!writing.includes(batch) && row.batch === batch) continue
    open.push(trace)
    const uncounted = writing.some((other) => other !== batch) || countedTrace(row) === undefined
    const retold = trace.fresh.length < trace.records.length
    if (trace.changed || !writing.includes(batch) || (retold && uncounted)) anew.push(trace)
  }
  const spans = await factsOfTraces(db, tenant, anew)
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

/** The document of a trace as an announcement makes it. */
function announced(tenant: string, batch: string, { traceId }: TraceBatch): Row {
  return { _id: traceKey(tenant, traceId), writing: [batch], revision: 0 }
}

function storedTraces(db: Database, tenant: string, traces: readonly TraceBatch[]): Promise<Row[]> {
  const keys = traces.map(({ traceId }) => traceKey(tenant, traceId))
  return db.find('traces', { _id: { $in: keys } }, { projection: TRACE_STATE_FIELDS })
}

async function factsOfTraces(db: Database, tenant: string, traces: readonly TraceBatch[]) {
  if (traces.length === 0) return new Map<string, SpanFacts[]>()
  const ranges = traces.map(({ traceId }) => spansOfTrace(tenant, traceId))
  const rows = await db.find('spans', { $or: ranges }, { projection: FACT_FIELDS })
  return groupBy(rows.map(spanFacts), (span) => span.traceId)
}

function nameOf({ traceId, spanId }: Key | Span): string {
  return `${traceId}${spanId}`
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
