import { hasCut, missingIn, type Pieces, type SpanTexts, wholeTexts } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { pieceKey, piecesOfTrace, spanTexts } from './documents/traces.js'

const NONE: Pieces = new Map()

/** What spans of a trace share. */
interface SharingTrace {
  traceId: string
  pieces: Pieces
}

/**
 * Writes the pieces that their traces do not have yet, before the spans that are put together from them. One that somebody
 * else writes at the same time is the same one.
 * @param batch which write put them there
 * @param isNew nobody has written to these traces before
 */
export async function keepPieces(
  db: Database,
  tenant: string,
  batch: string,
  traces: readonly SharingTrace[],
  isNew: boolean,
): Promise<void> {
  const rows = traces.flatMap(({ traceId, pieces }) =>
    [...pieces].map(([name, text]): Row => ({ _id: pieceKey(tenant, traceId, name), batch, text })),
  )
  if (rows.length === 0) return
  const there = isNew ? new Map() : await piecesAt(db, rows.map(keyOf), { _id: 1 })
  await db.retry(() =>
    db.insertNew(
      'texts',
      rows.filter((row) => !there.has(nameOf(keyOf(row)))),
    ),
  )
}

/** Texts of documents, by document, as they were before they were shared. Only the pieces that these need are read. */
export async function wholeTextsOf(db: Database, tenant: string, rows: readonly Row[]): Promise<Map<Row, SpanTexts>> {
  const cut = rows.filter((row) => hasCut(spanTexts(row)))
  const pieces = new Map(cut.map((row): [string, Pieces] => [keyOf(row).traceId!, new Map()]))
  // Once for pieces and lists of pieces, and once for what is in those lists.
  for (;;) {
    const keys = new Map<string, Key>()
    for (const row of cut) {
      const traceId = keyOf(row).traceId!
      for (const name of missingIn(spanTexts(row), pieces.get(traceId)!)) {
        const key = pieceKey(tenant, traceId, name)
        keys.set(nameOf(key), key)
      }
    }
    if (keys.size === 0) break
    const found = await piecesAt(db, [...keys.values()], { _id: 1, text: 1 })
    for (const row of found.values()) pieces.get(keyOf(row).traceId!)!.set(keyOf(row).name!, row.text as string)
    if (found.size < keys.size) break
  }
  return new Map(rows.map((row) => [row, wholeTexts(spanTexts(row), pieces.get(keyOf(row).traceId!) ?? NONE)]))
}

/** The same of all spans of one trace, whose pieces are read in one go. */
export async function wholeTextsOfTrace(
  db: Database,
  tenant: string,
  traceId: string,
  rows: readonly Row[],
): Promise<Map<Row, SpanTexts>> {
  const isShared = rows.some((row) => hasCut(spanTexts(row)))
  const held = isShared ? await db.find('texts', piecesOfTrace(tenant, traceId)) : []
  const pieces: Pieces = new Map(held.map((row) => [keyOf(row).name!, row.text as string]))
  return new Map(rows.map((row) => [row, wholeTexts(spanTexts(row), pieces)]))
}

async function piecesAt(db: Database, keys: readonly Key[], projection: Document): Promise<Map<string, Row>> {
  const rows = await db.find('texts', { _id: { $in: keys } }, { projection })
  return new Map(rows.map((row) => [nameOf(keyOf(row)), row]))
}

function keyOf(row: Row): Key {
  return row._id as Key
}

function nameOf({ traceId, name }: Key): string {
  return `${traceId}${name}`
}
