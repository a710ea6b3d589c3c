import {
  groupBy,
  Moved,
  newId,
  partsOf,
  probablyHeld,
  SharedTexts,
  type SpanChange,
  type SpanFacts,
  type SpanRecord,
  storedSpan,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import { type Announced, announce, factsOfTraces } from './announcements.js'
import type { Database, Key, Row } from './database.js'
import { confirmed, extended, recounted, summed, type TraceOperation } from './documents/counts.js'
import {
  type CountedTrace,
  countedTrace,
  dayOfTrace,
  SPREAD_FIELDS,
  spanRow,
  spreadOf,
  TRACE_STATE_FIELDS,
  traceKey,
} from './documents/traces.js'
import { nameOf, spanName, tellKnownSpans } from './known-spans.js'
import { keepPieces } from './shared-texts.js'

/** Most spans of one round of commands. */
const MAX_SLICE = 1000

/** A trace as far as one batch knows it. */
interface TraceBatch {
  traceId: string
  records: SpanRecord[]
  facts: readonly SpanFacts[]
  /** What summaries need of the records that are new to the store. */
  fresh: readonly SpanFacts[]
  /** What records of this batch changed of spans that were there; undefined where that is not known. */
  changes: readonly SpanChange[] | undefined
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
 * announcement there knows that spans may be there that are not counted. What a batch changed of spans that were there is
 * added as well, as the difference, unless somebody else was under way: then it counts the trace anew, and so do those.
 *
 * New spans of new traces take three commands, new spans of known traces five, one of which reads what ran in them; and one
 * more where some of the spans may be there. Only a batch that tells of known spans again reads spans back.
 */
export async function writeSpans(db: Database, tenant: string, records: readonly SpanRecord[]): Promise<Told> {
  const batch = newId()
  const facts = new Map(records.map((record) => [record, storedSpan(record).facts]))
  const traces = [...groupBy(records, traceOf)].map(([traceId, own]): TraceBatch => {
    const known = own.map((record) => facts.get(record)!)
    return { traceId, records: own, facts: known, fresh: known, changes: [] }
  })
  const isNew = await db.retry(() => announce(db, tenant, batch, traces.map(announcedOf)))
  const sharing = new Map(
    traces.map(({ traceId, records }) => {
      const texts = records.map((record) => storedSpan(record).texts)
      return [traceId, new SharedTexts(texts, !isNew)]
    }),
  )
  const rows = records.map((record) => {
    const stored = storedSpan(record)
    return spanRow(tenant, batch, stored, sharing.get(stored.traceId)!.share(stored.texts))
  })
  const shared = [...sharing].map(([traceId, { pieces }]) => ({ traceId, pieces }))
  await keepPieces(db, tenant, batch, shared, isNew)
  const asked = isNew ? [] : await probableRows(db, tenant, traces, rows)
  const taken = await db.retry(() => insertSpans(db, rows, asked, isNew))
  const known = taken.map((place) => records[place]!)
  const places = new Set(taken)
  for (const stored of records.filter((_, place) => !places.has(place)).map(storedSpan))
    if (stored.facts.status === 'running') db.running.keep(spanName(tenant, stored), batch, stored)
  const { changed, isCertain, repeated, refused } = await tellKnownSpans(db, tenant, batch, known)
  for (const trace of traces) {
    if (repeated.size === 0) break
    trace.fresh = trace.records.filter((record) => !repeated.has(record)).map((record) => facts.get(record)!)
    trace.changes = trace.records.flatMap((record) => changed.get(record) ?? [])
    if (trace.changes.length > 0 && !isCertain) trace.changes = undefined
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

/** The rows of spans that are probably there, of traces of which something was counted before. */
async function probableRows(
  db: Database,
  tenant: string,
  traces: readonly TraceBatch[],
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const _id = { $in: traces.map(({ traceId }) => traceKey(tenant, traceId)) }
  const found = await db.find('traces', { _id, revision: { $gt: 0 } } as Document, { projection: SPREAD_FIELDS })
  const stored = new Map(found.map((row) => [(row._id as Key).traceId, spreadOf(row)]))
  const probable = traces.flatMap(({ traceId, facts }) => {
    const spread = stored.get(traceId)
    const held = spread === undefined ? [] : probablyHeld(facts, (each) => each, spread)
    return held.map(({ spanId }) => nameOf({ traceId, spanId }))
  })
  const names = new Set(probable)
  return rows.filter(({ _id }) => names.has(nameOf(_id as Key)))
}

/**
 * Inserts spans that are not there, and resolves to the places of the others. Of traces that were known, one that is there
 * is the sign that the batch was told before: then the others are looked up, because to refuse each of many takes a server
 * several times as long as to insert it.
 * @param asked those that are looked up first
 */
async function insertSpans(
  db: Database,
  rows: readonly Row[],
  asked: readonly Row[],
  ofNewTraces: boolean,
): Promise<number[]> {
  if (ofNewTraces) return db.insertNew('spans', rows)
  const held = await namesOfHeld(db, asked)
  const open = rows.filter(({ _id }) => !held.has(nameOf(_id as Key)))
  const [first] = await db.insertNew('spans', open, { ordered: true })
  const rest = first === undefined ? [] : open.slice(first)
  const taken = await namesOfHeld(db, rest)
  const missing = rest.filter(({ _id }) => !taken.has(nameOf(_id as Key)))
  const late = await db.insertNew('spans', missing)
  const isThere = new Set([...held, ...taken, ...late.map((place) => nameOf(missing[place]!._id as Key))])
  return rows.flatMap(({ _id }, place) => (isThere.has(nameOf(_id as Key)) ? [place] : []))
}

async function namesOfHeld(db: Database, rows: readonly Row[]): Promise<Set<string>> {
  if (rows.length === 0) return new Set()
  const _id = { $in: rows.map(({ _id }) => _id) }
  const held = await db.find('spans', { _id } as Document, { projection: { _id: 1 } })
  return new Set(held.map(({ _id }) => nameOf(_id as Key)))
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
    for (const trace of gone) trace.changes = undefined
    await announce(db, tenant, batch, gone.map(announcedOf))
    throw new Moved()
  }
  const open: TraceBatch[] = []
  const anew: TraceBatch[] = []
  const sums = new Map<TraceBatch, CountedTrace | undefined>()
  for (const trace of traces) {
    const row = byId.get(trace.traceId)!
    const writing = row.writing as string[]
    if (!writing.includes(batch) && row.batch === batch) continue
    open.push(trace)
    const uncounted = writing.some((other) => other !== batch) || countedTrace(row) === undefined
    const retold = trace.fresh.length < trace.records.length
    const told = !writing.includes(batch) || ((row.anew ?? []) as string[]).includes(batch)
    const { fresh, changes } = trace
    const isKnown = changes !== undefined && !told && !((changes.length > 0 || retold) && uncounted)
    const sum = isKnown ? summed(row, trace.traceId, fresh, changes) : undefined
    // Of a trace of which nothing is counted there is nothing to add to, unless something is told of it now.
    if (isKnown && (sum !== undefined || fresh.length + changes.length === 0)) sums.set(trace, sum)
    else anew.push(trace)
  }
  const ids = anew.map(({ traceId }) => traceId)
  const spans = await factsOfTraces(db, tenant, ids)
  const updates = open.map((trace) => {
    const row = byId.get(trace.traceId)!
    if (sums.has(trace)) return extended(tenant, batch, trace.traceId, row, sums.get(trace))
    return recounted(tenant, batch, trace.traceId, row, spans.get(trace.traceId) ?? [])
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
