import { hasCut, missingIn, type Pieces, partsOf, type SpanTexts, wholeTexts } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { spanTexts } from './rows/traces.js'

/** The key of a piece within its tenant. */
const PIECE_KEY = [
  { name: 'trace_day', type: 'day' },
  { name: 'trace_id', type: 'hex' },
  { name: 'name', type: 'word' },
] as const
const NONE: Pieces = new Map()
/** How many pieces one SELECT asks for. */
const MAX_KEYS = 500

/** What spans of a trace share, and the day under which it lies. */
interface SharingTrace {
  traceId: string
  day: string
  pieces: Pieces
  /** Whether it may have some of its pieces already. */
  isKnown: boolean
}

/** Writes the pieces that their traces do not have yet, before the spans that are put together from them. */
export async function keepPieces(
  db: Database,
  trx: Knex,
  tenant: string,
  traces: readonly SharingTrace[],
): Promise<void> {
  const keyOf = ({ traceId, day }: SharingTrace, name: string) => [day, traceId, name]
  const asked = traces.filter(({ isKnown }) => isKnown)
  const held = await piecesAt(
    db,
    trx,
    tenant,
    asked.flatMap((trace) => [...trace.pieces.keys()].map((name) => keyOf(trace, name))),
    ['trace_id', 'name'],
  )
  const there = new Set(held.map(({ trace_id, name }) => `${trace_id}${name}`))
  const rows = traces.flatMap((trace) =>
    [...trace.pieces]
      .filter(([name]) => !there.has(`${trace.traceId}${name}`))
      .map(([name, text]) => ({ tenant, trace_day: trace.day, trace_id: trace.traceId, name, text })),
  )
  await db.insertNew(trx, 'texts', rows)
}

/** Texts of rows, by row, as they were before they were shared. Only the pieces that these rows need are read. */
export async function wholeTextsOf(
  db: Database,
  knex: Knex,
  tenant: string,
  rows: readonly Row[],
): Promise<Map<Row, SpanTexts>> {
  const cut = rows.filter((row) => hasCut(spanTexts(row)))
  const pieces = new Map(cut.map((row): [unknown, Pieces] => [row.trace_id, new Map()]))
  // Once for pieces and lists, once for what is in those lists, and once for what is in lists in them.
  for (;;) {
    const keys = new Map<string, string[]>()
    for (const row of cut)
      for (const name of missingIn(spanTexts(row), pieces.get(row.trace_id)!))
        keys.set(`${row.trace_id}${name}`, [row.trace_day as string, row.trace_id as string, name])
    if (keys.size === 0) break
    const found = await piecesAt(db, knex, tenant, [...keys.values()], ['trace_id', 'name', 'text'])
    for (const { trace_id, name, text } of found) pieces.get(trace_id)!.set(name as string, text as string)
    if (found.length < keys.size) break
  }
  return new Map(rows.map((row) => [row, wholeTexts(spanTexts(row), pieces.get(row.trace_id) ?? NONE)]))
}

/** What the spans of one trace share, where one of these has something of it: it is read in one go. */
export async function piecesOfTrace(db: Database, knex: Knex, tenant: string, rows: readonly Row[]): Promise<Pieces> {
  if (!rows.some((row) => hasCut(spanTexts(row)))) return NONE
  const [{ trace_day, trace_id }] = rows as readonly [Row]
  const held: Row[] = await knex(db.table('texts')).where({ tenant, trace_day, trace_id }).select('name', 'text')
  return new Map(held.map(({ name, text }) => [name as string, text as string]))
}

async function piecesAt(
  db: Database,
  knex: Knex,
  tenant: string,
  keys: readonly (readonly string[])[],
  columns: readonly string[],
): Promise<Row[]> {
  const rows: Row[] = []
  for (const some of partsOf(keys, () => 1, MAX_KEYS))
    rows.push(
      ...(await db.dialect.rowsWith(knex, { table: db.table('texts'), tenant }, PIECE_KEY, some).select(columns)),
    )
  return rows
}
