import { mergeSummaries, type SpanFacts, summarise } from '@freehold/contract'
import type { AnyBulkWriteOperation, Document } from 'mongodb'
import type { Row } from '../database.js'
import { type CountedTrace, countedTrace, traceKey, traceUpdate } from './traces.js'

export type TraceOperation = AnyBulkWriteOperation<Row>

/** The summary with new spans of a batch added. The announcements of others stay. */
export function extended(
  tenant: string,
  batch: string,
  traceId: string,
  row: Row,
  fresh: readonly SpanFacts[],
): TraceOperation {
  const added = fresh.length === 0 ? undefined : counted(traceId, fresh)
  const sum = joined(countedTrace(row), added)
  const { $set = {}, $unset } = sum === undefined ? {} : traceUpdate(sum)
  const update = { $set: { ...$set, batch }, ...given($unset), $pull: { writing: batch }, $inc: { revision: 1 } }
  return ifUnmoved(tenant, traceId, row, { writing: batch }, update)
}

/** The summary of all spans. Takes back every announcement in `row`, which was read before the spans. */
export function recounted(
  tenant: string,
  batch: string,
  traceId: string,
  row: Row,
  spans: readonly SpanFacts[],
): TraceOperation {
  const { $set = {}, $unset } = spans.length === 0 ? {} : traceUpdate(counted(traceId, spans))
  const update = { $set: { ...$set, batch, writing: [] }, ...given($unset), $inc: { revision: 1 } }
  return ifUnmoved(tenant, traceId, row, { writing: row.writing }, update)
}

function ifUnmoved(tenant: string, traceId: string, row: Row, also: Document, update: Document): TraceOperation {
  return { updateOne: { filter: { _id: traceKey(tenant, traceId), ...also, revision: row.revision }, update } }
}

function given($unset: Document | undefined): Document {
  return $unset === undefined ? {} : { $unset }
}

export function counted(traceId: string, spans: readonly SpanFacts[]): CountedTrace {
  const named = (field: 'model' | 'tool') => namesIn(spans.flatMap((span) => span[field] ?? []))
  return { state: summarise(traceId, spans), models: named('model'), tools: named('tool') }
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
