import { Moved, newId } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { isOfDeadWriter } from './documents/counts.js'
import { piecesOfTrace, spansOfTrace, traceKey } from './documents/traces.js'

/** Most documents that one command deletes: it has to end before its connection is given up. */
const PART = 10_000

/**
 * Removes a trace, whose documents no transaction holds together. It is marked when nobody writes to it, and then its spans go, in
 * one command where they are not very many; lists sum up what is left of it, which is nothing then. Whoever finds the mark,
 * because the process that set it died or is slow, may finish, and who writes to the trace must. Resolves to false when there is
 * none.
 */
export async function removeTrace(db: Database, tenant: string, traceId: string): Promise<boolean> {
  let isMarked = false
  return db.retry(async () => {
    const mark = await marked(db, tenant, traceId)
    isMarked ||= mark !== undefined
    if (mark !== undefined) await sweep(db, tenant, traceId, mark)
    return isMarked || db.present('traces', false)
  })
}

/** Finishes what is being removed of these traces. */
export async function finishRemovals(db: Database, tenant: string, traceIds: readonly string[]): Promise<void> {
  const _id = { $in: traceIds.map((traceId) => traceKey(tenant, traceId)) }
  const rows = await db.find('traces', { _id, removing: { $exists: true } }, { projection: { removing: 1 } })
  for (const row of rows) await sweep(db, tenant, (row._id as Key).traceId!, row.removing as string)
}

/** By what the trace is marked, here or before; undefined when there is no trace. @throws Moved while somebody writes to it */
async function marked(db: Database, tenant: string, traceId: string): Promise<string | undefined> {
  const _id = traceKey(tenant, traceId)
  const traces = db.collection('traces')
  const row = await traces.findOne({ _id }, { projection: { writing: 1, revision: 1, removing: 1 } })
  if (row === null) return undefined
  if (row.removing !== undefined) return row.removing as string
  const [span] = await db.find('spans', spansOfTrace(tenant, traceId), { projection: { _id: 1 }, limit: 1 })
  // Announced by a writer whose spans are not there.
  if (span === undefined) return undefined
  const { writing, revision } = row as Row & { writing: string[] }
  if (!writing.every(isOfDeadWriter)) throw new Moved()
  const removing = newId()
  const unmoved = { _id, writing, revision, removing: { $exists: false } }
  const { matchedCount } = await traces.updateOne(unmoved as Document, { $set: { removing, writing: [] } })
  if (matchedCount === 0) throw new Moved()
  return removing
}

async function sweep(db: Database, tenant: string, traceId: string, removing: string): Promise<void> {
  const trace = { _id: traceKey(tenant, traceId), removing }
  const isMarked = async () => (await db.collection('traces').findOne(trace, { projection: { _id: 1 } })) !== null
  const parts = [
    ['spans', spansOfTrace(tenant, traceId)],
    ['texts', piecesOfTrace(tenant, traceId)],
  ] as const
  for (const [collection, all] of parts)
    for (;;) {
      const rows = await db.find(collection, all, { projection: { batch: 1 }, limit: PART })
      // What was read before the mark was there is old. Whoever is late, when it is gone and all is written anew, deletes nothing.
      if (rows.length === 0 || !(await isMarked())) break
      const batch = { $in: [...new Set(rows.map((row) => row.batch ?? null))] }
      await db.collection(collection).deleteMany({ _id: { $in: rows.map(({ _id }) => _id) }, batch } as Document)
    }
  await db.collection('traces').deleteOne(trace)
}
