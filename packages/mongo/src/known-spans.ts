import {
  isHeld,
  Moved,
  partsOf,
  retellStored,
  SharedTexts,
  type Span,
  type SpanChange,
  type SpanRecord,
  type StoredSpan,
  storedSpan,
} from '@freehold/contract'
import type { AnyBulkWriteOperation } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { spanKey, spanPatch, storedOf } from './documents/traces.js'
import { keepPieces, wholeTextsOf } from './shared-texts.js'

/** Most bytes of spans that are read at once, but for one that has more. */
const MAX_READ = 8_000_000

type SpanIds = Pick<Span, 'traceId' | 'spanId'>

/** Which records changed a span that was there, which told of one, and which would have made one too large, and why. */
interface Outcomes {
  changed: ReadonlyMap<SpanRecord, SpanChange>
  /** False where somebody was in the way: then a change may have been another's, or not what it is told to be. */
  isCertain: boolean
  repeated: ReadonlySet<SpanRecord>
  refused: ReadonlyMap<SpanRecord, string>
}

/** Merges records into the spans that are there, some of which this batch may have written. */
export async function tellKnownSpans(
  db: Database,
  tenant: string,
  batch: string,
  known: readonly SpanRecord[],
): Promise<Outcomes> {
  const changed = new Map<SpanRecord, SpanChange>()
  const refused = new Map<SpanRecord, string>()
  const repeated = new Set(known)
  let open = known
  let round = 0
  await db.retry(async () => {
    if (open.length === 0) return
    const held = await heldSpans(db, tenant, open)
    const rowOf = (record: SpanRecord) => held.get(nameOf(keyOf(record)))
    const told: SpanRecord[] = []
    for (const record of open) {
      const row = rowOf(record)
      if (row === undefined) throw new Moved()
      // An insert of this batch that was sent twice, because its answer was lost.
      if (row.batch === batch && row.revision === 0 && round === 0) repeated.delete(record)
      else if (!isHeld(record, row.rank as string)) told.push(record)
    }
    round += 1
    const next: SpanRecord[] = []
    let moved = false
    // Any span may be large: few of those are in memory at a time.
    for (const part of partsOf(told, (record) => rowOf(record)!.size as number, MAX_READ)) {
      const changes: AnyBulkWriteOperation<Row>[] = []
      const stored = await storedSpans(db, tenant, part, rowOf)
      const sharing = new Map(part.map((record) => [storedSpan(record).traceId, new SharedTexts([], true)]))
      for (const [record, held] of stored) {
        const after = retellStored(held, record)
        if (typeof after === 'string') {
          refused.set(record, after)
          changed.delete(record)
        }
        if (typeof after !== 'object') continue
        changed.set(record, { before: held.facts, after: after.facts })
        next.push(record)
        const { _id, revision } = rowOf(record) as Row & { revision: number }
        const own = sharing.get(after.traceId)!.shareChanged(held.texts, after.texts)
        const update = spanPatch(batch, revision + 1, held, after, own)
        changes.push({ updateOne: { filter: { _id, revision }, update } })
      }
      const traces = [...sharing].map(([traceId, { pieces }]) => ({ traceId, pieces }))
      await keepPieces(db, tenant, batch, traces, false)
      if (changes.length === 0) continue
      const { matchedCount } = await db.collection('spans').bulkWrite(changes, { ordered: false })
      moved ||= matchedCount < changes.length
    }
    open = next
    if (moved) throw new Moved()
  })
  return { changed, isCertain: round <= 1, repeated, refused }
}

/** Of the spans of records, by their names: which batch wrote them, their rank and their size in bytes. No payloads. */
async function heldSpans(db: Database, tenant: string, records: readonly SpanRecord[]): Promise<Map<string, Row>> {
  const _id = { $in: records.map((record) => spanKey(tenant, keyOf(record))) }
  const rows = await db.find('spans', { _id }, { projection: { batch: 1, revision: 1, rank: 1, size: 1 } })
  return byName(rows)
}

/** What is stored of the spans of records. It is not read of those that this process wrote last. */
async function storedSpans(
  db: Database,
  tenant: string,
  records: readonly SpanRecord[],
  headOf: (record: SpanRecord) => Row | undefined,
): Promise<Map<SpanRecord, StoredSpan>> {
  const ownOf = (record: SpanRecord) => {
    const { batch, revision } = headOf(record)!
    const own = db.running.take(spanName(tenant, storedSpan(record)), batch)
    return revision === 0 ? own : undefined
  }
  const stored = new Map(records.map((record) => [record, ownOf(record)]))
  const others = records.filter((record) => stored.get(record) === undefined)
  const _id = { $in: others.map((record) => spanKey(tenant, keyOf(record))) }
  const rows = others.length === 0 ? [] : await db.find('spans', { _id })
  const texts = await wholeTextsOf(db, tenant, rows)
  const read = byName(rows)
  for (const record of others) {
    const row = read.get(nameOf(keyOf(record)))
    // It moved on since its head was read.
    if (row === undefined || row.revision !== headOf(record)!.revision) throw new Moved()
    stored.set(record, storedOf(row, texts.get(row)!))
  }
  return stored as Map<SpanRecord, StoredSpan>
}

function byName(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [nameOf(row._id as Key), row]))
}

/** By which {@link Database.running} knows it. */
export function spanName(tenant: string, { traceId, facts }: StoredSpan): string {
  return `${traceId}${facts.spanId}${tenant}`
}

export function nameOf({ traceId, spanId }: Key | SpanIds): string {
  return `${traceId}${spanId}`
}

function keyOf(record: SpanRecord): SpanIds {
  const { traceId, facts } = storedSpan(record)
  return { traceId, spanId: facts.spanId }
}
