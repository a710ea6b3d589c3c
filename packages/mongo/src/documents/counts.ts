import { changedSummary, mergeSummaries, type SpanChange, type SpanFacts, summarise } from '@freehold/contract'
import type { AnyBulkWriteOperation, Document } from 'mongodb'
import type { Row } from '../database.js'
import { type CountedTrace, countedTrace, traceKey, traceUpdate } from './traces.js'

export type TraceOperation = AnyBulkWriteOperation<Row>

/** Longest that a writer is at its work, in milliseconds: its commands end, or are given up, long before. */
const LIFE = 600_000
/** How long a write takes that is not cut off, in milliseconds, but for rare ones. */
const LATE = 10_000
/** Most counted spans of a trace that a list sums up while it is written to. */
const MAX_SUMMED = 1000

/** The summary that a batch gives a trace of which nothing is counted yet. */
export function provisional(traceId: string, facts: readonly SpanFacts[]): Document {
  return traceUpdate(counted(traceId, facts)).$set
}

/** The summary as the announcement of the batch made it, of a trace that nobody else has begun or counted. */
export function confirmed(tenant: string, batch: string, traceId: string): TraceOperation {
  const update = { $pull: { writing: batch }, $inc: { revision: 1 } }
  return ifUnmoved(tenant, traceId, 0, { writing: batch, batch }, update)
}

/** The summary with what a batch added; undefined where that takes counting all spans of the trace. */
export function summed(
  row: Row,
  traceId: string,
  fresh: readonly SpanFacts[],
  changes: readonly SpanChange[],
): CountedTrace | undefined {
  const before = countedTrace(row)
  let sum = fresh.length === 0 ? before : joined(before, counted(traceId, fresh))
  for (const change of changes) sum = sum && changed(sum, change)
  return sum
}

/** The summary as it is told here, in the place of the one that the document has. The announcements of others stay. */
export function extended(
  tenant: string,
  batch: string,
  traceId: string,
  row: Row,
  sum: CountedTrace | undefined,
): TraceOperation {
  const { $set = {}, $unset } = sum === undefined ? {} : traceUpdate(sum)
  const update = { $set: { ...$set, batch }, ...given($unset), $pull: { writing: batch }, $inc: { revision: 1 } }
  return ifUnmoved(tenant, traceId, row.revision, { writing: batch }, update)
}

/**
 * The summary of all spans, of a trace whose document was read before them. The announcements of others stay, because
 * they may insert spans yet, and are told (`anew`) to count anew like this one: some of their spans may be counted here.
 */
export function recounted(
  tenant: string,
  batch: string,
  traceId: string,
  row: Row,
  spans: readonly SpanFacts[],
): TraceOperation {
  const dead = ofDeadWriters(row)
  const writing = (row.writing as string[]).filter((other) => other !== batch && !dead.includes(other))
  const { $set, $unset } = traceUpdate(counted(traceId, spans))
  const update = { $set: { ...$set, batch, writing, anew: writing }, ...given($unset), $inc: { revision: 1 } }
  return ifUnmoved(tenant, traceId, row.revision, { writing: row.writing }, update)
}

/** Takes back a trace that was announced and got no span. */
export function withdrawn(tenant: string, traceId: string, { writing, revision }: Row): TraceOperation {
  return { deleteOne: { filter: { _id: traceKey(tenant, traceId), writing, revision } } }
}

/** The announcements in a document whose writers cannot be at work any more. */
export function ofDeadWriters(row: Row): string[] {
  return (row.writing as string[]).filter(isOfDeadWriter)
}

/** True of a batch whose writer cannot be at work any more. */
export function isOfDeadWriter(batch: string): boolean {
  return timeOf(batch) < Date.now() - LIFE
}

/**
 * True of a trace that a list sums up from its spans, because some may not be counted. Not of a large one on which a writer
 * seems to be at work: until that has ended, what is counted is what was acknowledged.
 */
export function isToBeSummed(row: Row): boolean {
  if ((row.writing as string[]).length === 0) return false
  const late = Date.now() - LATE
  return (row.spans as number) <= MAX_SUMMED || (row.writing as string[]).some((batch) => timeOf(batch) < late)
}

/** The ids of batches begin with the time when they were made. */
function timeOf(batch: string): number {
  return Number.parseInt(batch.replace('-', '').slice(0, 12), 16)
}

function ifUnmoved(
  tenant: string,
  traceId: string,
  revision: unknown,
  also: Document,
  update: Document,
): TraceOperation {
  return { updateOne: { filter: { _id: traceKey(tenant, traceId), ...also, revision }, update } }
}

function given($unset: Document | undefined): Document {
  return $unset === undefined ? {} : { $unset }
}

function counted(traceId: string, spans: readonly SpanFacts[]): CountedTrace {
  const named = (field: 'model' | 'tool') => namesIn(spans.flatMap((span) => span[field] ?? []))
  return { state: summarise(traceId, spans), models: named('model'), tools: named('tool') }
}

function changed(sum: CountedTrace, change: SpanChange): CountedTrace | undefined {
  const state = changedSummary(sum.state, change)
  if (state === undefined) return undefined
  const { model = [], tool = [] } = change.after
  return { state, models: namesIn([...sum.models, model].flat()), tools: namesIn([...sum.tools, tool].flat()) }
}

function joined(a: CountedTrace | undefined, b: CountedTrace | undefined): CountedTrace | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return {
    state: mergeSummaries(a.state, b.state),
    models: namesIn([...a.models, ...b.models]),
    tools: namesIn([...a.tools, ...b.tools]),
  }
}

/** Distinct, by UTF-16 code units, as summaries have them. */
function namesIn(names: readonly string[]): string[] {
  return [...new Set(names)].sort()
}
