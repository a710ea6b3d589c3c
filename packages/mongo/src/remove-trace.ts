import { groupBy, Moved, newId } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { isOfDeadWriter } from './documents/counts.js'
import { piecesOfTrace, spansOfTrace, traceKey } from './documents/traces.js'

/** Most documents that one command deletes: it has to end before its connection is given up. */
const PART = 10_000

/**
 * Removes a trace, whose documents no transaction holds together. It is marked when nobody writes to it, from when on it is not
 * there, and its spans go. Whoever finds the mark, because the process that set it died or is slow, finishes: who reads the trace
 * or comes by it in a list, and who writes to it. Resolves to false when there is none.
 */
export async function removeTrace(db: Database, tenant: string, traceId: string): Promise<boolean> {
  let isMarked = false
  return db.retry(async () => {
    const row = await db
      .collection('traces')
      .findOne({ _id: traceKey(tenant, traceId) }, { projection: REMOVAL_FIELDS })
    const mark = row === null ? undefined : await marked(db, tenant, row)
    isMarked ||= mark !== undefined
    if (mark !== undefined) await sweepTraces(db, tenant, [traceId], mark)
    return isMarked || db.present('traces', false)
  })
}

/** Finishes what is being removed of these traces. */
export async function finishRemovals(db: Database, tenant: string, traceIds: readonly string[]): Promise<void> {
  const _id = { $in: traceIds.map((traceId) => traceKey(tenant, traceId)) }
  const rows = await db.find('traces', { _id, removing: { $exists: true } }, { projection: { removing: 1 } })
  for (const [mark, those] of groupBy(rows, (row) => row.removing as string))
    await sweepTraces(
      db,
      tenant,
      those.map((row) => (row._id as Key).traceId!),
      mark,
    )
}

/** What tells whether a trace can be removed, and has not changed since it was read. */
export const REMOVAL_FIELDS = { writing: 1, revision: 1, removing: 1 } as const

/** The update that marks a trace as it was read; undefined while somebody writes to it. */
export function markUpdate({ _id, writing, revision }: Row, removing: string) {
  if (!(writing as string[]).every(isOfDeadWriter)) return undefined
  const unmoved = { _id, writing, revision, removing: { $exists: false } } as Document
  return { updateOne: { filter: unmoved, update: { $set: { removing, writing: [] } } } }
}

/** By what the trace is marked, here or before; undefined when there is no trace. @throws Moved while somebody writes to it */
async function marked(db: Database, tenant: string, row: Row): Promise<string | undefined> {
  if (row.removing !== undefined) return row.removing as string
  const { traceId } = row._id as Key
  const [span] = await db.find('spans', spansOfTrace(tenant, traceId!), { projection: { _id: 1 }, limit: 1 })
  // Announced by a writer whose spans are not there.
  if (span === undefined) return undefined
  const removing = newId()
  const update = markUpdate(row, removing)
  const { matchedCount = 0 } = update === undefined ? {} : await db.collection('traces').bulkWrite([update])
  if (matchedCount === 0) throw new Moved()
  return removing
}

/** Deletes traces that bear this mark, their spans and what these share first. */
export async function sweepTraces(
  db: Database,
  tenant: string,
  traceIds: readonly string[],
  removing: string,
): Promise<void> {
  const traces = { _id: { $in: traceIds.map((traceId) => traceKey(tenant, traceId)) }, removing }
  const parts = [
    ['spans', spansOfTrace],
    ['texts', piecesOfTrace],
  ] as const
  for (const [collection, rangeOf] of parts)
    for (let open = traceIds; open.length > 0; ) {
      const ranges = open.map((traceId) => rangeOf(tenant, traceId))
      const found = await db.find(collection, { $or: ranges }, { projection: { batch: 1 }, limit: PART })
      // What was read before the mark was seen is old. Whoever is late, when it is gone and all is written anew, deletes nothing.
      const marked = await db.find('traces', traces, { projection: { _id: 1 } })
      const still = new Set(marked.map(({ _id }) => (_id as Key).traceId!))
      const rows = found.filter(({ _id }) => still.has((_id as Key).traceId!))
      const batch = { $in: [...new Set(rows.map((row) => row.batch ?? null))] }
      const those = { _id: { $in: rows.map(({ _id }) => _id) }, batch } as Document
      if (rows.length > 0) await db.collection(collection).deleteMany(those)
      open = found.length < PART ? [] : open.filter((traceId) => still.has(traceId))
    }
  await db.collection('traces').deleteMany(traces as Document)
}
