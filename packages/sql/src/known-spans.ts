import {
  groupBy,
  isHeld,
  partsOf,
  retellStored,
  SharedTexts,
  SPAN_TEXTS,
  type SpanChange,
  type SpanRecord,
  type SpanTexts,
  type StoredSpan,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { rowOf } from './rows/codec.js'
import { SPAN_COLUMNS, SPAN_ROW, spanValues, storedOf } from './rows/traces.js'
import { keepPieces, wholeTextsOf } from './shared-texts.js'

/** The key of a span within its tenant. */
export const SPAN_KEY = [
  { name: 'trace_day', type: 'day' },
  { name: 'trace_id', type: 'hex' },
  { name: 'span_id', type: 'hex' },
] as const
/** The columns of a span but for its texts, which are its last. */
const FACTS = SPAN_ROW.slice(0, -SPAN_TEXTS.length)
/** How many keys one SELECT asks for. */
export const MAX_KEYS = 500
/** Most bytes of payloads that are read at once, but for one span that has more. */
const MAX_READ = 8_000_000

/** A record, and what is stored of it. */
export interface ToldSpan {
  record: SpanRecord
  stored: StoredSpan
}

/** The same, and the day under which its span lies. */
interface KnownSpan {
  day: string
  span: ToldSpan
}

/** What a record is to its span: the first of it, nothing that it does not hold, a change, or too large for it. */
export type Outcome = 'new' | 'same' | SpanChange | { refused: string }

/** Merges records into the spans that are there. Those of spans that are not, or that this batch wrote, are new. */
export async function tellKnownSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  told: readonly KnownSpan[],
): Promise<Map<ToldSpan, Outcome>> {
  const outcomes = new Map<ToldSpan, Outcome>()
  for (const group of partsOf(told, () => 1, MAX_KEYS)) {
    const rows = byName(await heldSpans(db, trx, tenant, group))
    const heldOf = ({ span }: KnownSpan) => rows.get(nameOf(span))
    const open: KnownSpan[] = []
    for (const each of group) {
      const held = heldOf(each)
      const isNew = held === undefined || held.batch === batch
      outcomes.set(each.span, isNew ? 'new' : 'same')
      if (!isNew && !isHeld(each.span.record, held.rank as string)) open.push(each)
    }
    // Any span may be large: few of those are in memory at a time.
    for (const part of partsOf(open, (each) => Number(heldOf(each)!.size), MAX_READ)) {
      const held = part.map((each) => ({ ...each, batch: heldOf(each)!.batch as string }))
      const stored = await storedSpans(db, trx, tenant, held)
      for (const [span, outcome] of await mergeSpans(db, trx, tenant, batch, stored)) outcomes.set(span, outcome)
    }
  }
  return outcomes
}

/** A span that is there, and which batch wrote it last. */
interface HeldSpan extends KnownSpan {
  batch: string
}

/** What is stored of spans. It is not read of those that this process wrote last. */
async function storedSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  held: readonly HeldSpan[],
): Promise<Map<HeldSpan, StoredSpan>> {
  const stored = new Map(held.map((each) => [each, db.running.take(spanName(tenant, each.span.stored), each.batch)]))
  const others = held.filter((each) => stored.get(each) === undefined)
  const rows: Row[] =
    others.length === 0 ? [] : await spansOf(db, trx, tenant, others).select(['trace_day', ...SPAN_COLUMNS])
  const texts = await wholeTextsOf(db, trx, tenant, rows)
  const read = byName(rows)
  for (const each of others) {
    const row = read.get(nameOf(each.span))!
    stored.set(each, storedOf(db.dialect, row, texts.get(row)!))
  }
  return stored as Map<HeldSpan, StoredSpan>
}

async function mergeSpans(
  db: Database,
  trx: Knex,
  tenant: string,
  batch: string,
  stored: ReadonlyMap<HeldSpan, StoredSpan>,
): Promise<Map<ToldSpan, Outcome>> {
  const outcomes = new Map<ToldSpan, Outcome>()
  const rewritten: Rewritten[] = []
  const sharing = new Map(
    [...stored.keys()].map(({ day, span }) => [span.stored.traceId, { day, shared: new SharedTexts([], true) }]),
  )
  for (const [held, before] of stored) {
    const { day, span } = held
    const after = retellStored(before, span.record)
    if (after === undefined) continue
    if (typeof after === 'string') {
      outcomes.set(span, { refused: after })
      continue
    }
    outcomes.set(span, { before: before.facts, after: after.facts })
    const own = sharing.get(after.traceId)!.shared.shareChanged(before.texts, after.texts)
    const values = spanValues(db.dialect, tenant, day, batch, after, own)
    const old = spanValues(db.dialect, tenant, day, held.batch, before, before.texts)
    rewritten.push(rewrittenOf(values, old, (field) => before.texts[field] !== after.texts[field]))
  }
  const traces = [...sharing].map(([traceId, { day, shared }]) => ({
    traceId,
    day,
    pieces: shared.pieces,
    isKnown: true,
  }))
  await keepPieces(
    db,
    trx,
    tenant,
    traces.filter(({ pieces }) => pieces.size > 0),
  )
  const key = ['tenant', ...SPAN_KEY.map(({ name }) => name)]
  // Mostly one: what ends the spans of a batch changes the same of each.
  for (const some of groupBy(rewritten, ({ texts }) => texts.join()).values()) {
    const columns = [...FACTS, ...some[0]!.texts]
    const rows = some.map(({ values }) => rowOf(columns, columns.map(valueIn(values))))
    await db.overwrite(trx, 'spans', key, rows, new Set(some.flatMap(({ changed }) => changed)))
  }
  return outcomes
}

/** A row that is written over another, and which of its columns and texts are others than they were. */
interface Rewritten {
  values: readonly unknown[]
  changed: readonly string[]
  texts: readonly string[]
}

function rewrittenOf(
  values: readonly unknown[],
  old: readonly unknown[],
  isOther: (text: keyof SpanTexts) => boolean,
): Rewritten {
  const texts = SPAN_TEXTS.filter(isOther)
  return { values, texts, changed: [...FACTS.filter((_, at) => values[at] !== old[at]), ...texts] }
}

function valueIn(values: readonly unknown[]): (column: string) => unknown {
  return (column) => values[SPAN_ROW.indexOf(column)]
}

/** Which batch wrote each of these spans last, its rank, and the size of its payloads, which are not read. */
function heldSpans(db: Database, trx: Knex, tenant: string, known: readonly KnownSpan[]): Promise<Row[]> {
  const sizes = SPAN_TEXTS.map((column) => `coalesce(${db.dialect.sizeOf(column)}, 0)`)
  return spansOf(db, trx, tenant, known)
    .select('batch', 'trace_id', 'span_id', 'rank')
    .select(trx.raw(`${sizes.join(' + ')} as size`))
}

function spansOf(db: Database, trx: Knex, tenant: string, known: readonly KnownSpan[]): Knex.QueryBuilder {
  const keys = known.map(
    ({
      day,
      span: {
        stored: { traceId, facts },
      },
    }) => [day, traceId, facts.spanId],
  )
  return db.dialect.rowsWith(trx, { table: db.table('spans'), tenant }, SPAN_KEY, keys)
}

function nameOf({ stored: { traceId, facts } }: ToldSpan): string {
  return `${traceId}${facts.spanId}`
}

/** By which {@link Database.running} knows it. */
export function spanName(tenant: string, { traceId, facts }: StoredSpan): string {
  return `${traceId}${facts.spanId}${tenant}`
}

function byName(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [`${row.trace_id}${row.span_id}`, row]))
}
