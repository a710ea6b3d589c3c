import { newId, type SpanFacts } from '@freehold/contract'
import type { Database, Key, Row } from './database.js'
import { ofDeadWriters, provisional, recounted, type TraceOperation, withdrawn } from './documents/counts.js'
import { FACT_FIELDS, spanFacts, spansOfTrace, traceKey } from './documents/traces.js'
import { failureOf } from './errors.js'
import { finishRemovals } from './remove-trace.js'

/** Spans of one batch, of one trace. */
export interface Announced {
  traceId: string
  facts: readonly SpanFacts[]
  day: string
}

/**
 * Announces a batch in the documents of its traces, before it inserts spans. A new trace gets the summary that the batch
 * will give it, so that lists come by it wherever they look. Resolves to true when no trace of the batch seems to have been
 * there before: when several begin one trace at the same time, an engine may tell more than one that it was the first.
 * One that is being removed is removed first: its key is taken, and this is to be tried again.
 */
export async function announce(
  db: Database,
  tenant: string,
  batch: string,
  traces: readonly Announced[],
): Promise<boolean> {
  const announcing = db.collection('traces').bulkWrite(
    traces.map(({ traceId, facts, day }) => ({
      updateOne: {
        filter: { _id: traceKey(tenant, traceId), removing: { $exists: false } },
        update: {
          $addToSet: { writing: batch },
          $setOnInsert: { ...provisional(traceId, facts), batch, revision: 0, traceDay: day },
        },
        upsert: true,
      },
    })),
    { ordered: false },
  )
  try {
    return (await announcing).upsertedCount === traces.length
  } catch (error) {
    if (failureOf(error).retry === 'taken')
      await finishRemovals(
        db,
        tenant,
        traces.map(({ traceId }) => traceId),
      )
    throw error
  }
}

/** What summaries need of every span of these traces, by trace. */
export async function factsOfTraces(
  db: Database,
  tenant: string,
  traceIds: readonly string[],
): Promise<Map<string, SpanFacts[]>> {
  const found = new Map<string, SpanFacts[]>()
  if (traceIds.length === 0) return found
  const ranges = traceIds.map((traceId) => spansOfTrace(tenant, traceId))
  for (const row of await db.find('spans', { $or: ranges }, { projection: FACT_FIELDS })) {
    const facts = spanFacts(row)
    const own = found.get(facts.traceId)
    if (own === undefined) found.set(facts.traceId, [facts])
    else own.push(facts)
  }
  return found
}

/**
 * Makes good what writers left behind that are dead for sure: counts their traces anew, and takes away those that got no
 * span. For a reader, which read the documents before the spans; those that moved on meanwhile stay as they are. What it
 * tells it knows from the spans, whether this comes through or not.
 */
export async function clearUp(
  db: Database,
  tenant: string,
  rows: readonly Row[],
  facts: ReadonlyMap<string, readonly SpanFacts[]>,
): Promise<void> {
  const operations = rows.flatMap((row): TraceOperation[] => {
    const traceId = (row._id as Key).traceId!
    const spans = facts.get(traceId) ?? []
    const dead = ofDeadWriters(row)
    if (dead.length === 0) return []
    if (spans.length > 0) return [recounted(tenant, newId(), traceId, row, spans)]
    return dead.length === (row.writing as string[]).length ? [withdrawn(tenant, traceId, row)] : []
  })
  if (operations.length === 0) return
  const cleared = db.collection('traces').bulkWrite(operations, { ordered: false })
  // Who may not write, or cannot because the disk is full, leaves it to others.
  await cleared.catch(() => undefined)
}
