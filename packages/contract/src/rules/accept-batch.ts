import { StoreError } from '../errors.js'
import type { Span, SpanInput } from '../span.js'
import type { WriteResult } from '../traces.js'
import { acceptSpan } from './accept-span.js'
import { kindOf } from './kind-of.js'
import { mergeSpans, type SpanRecord } from './merge-spans.js'

/** Most spans of one write. */
const MAX_BATCH = 10_000

export interface AcceptedBatch {
  /** One for each span: records of the same span are merged. */
  records: SpanRecord[]
  /** Spans of the batch that were not rejected; more than `records` where a span came twice. */
  kept: number
  rejected: WriteResult['rejected']
}

/**
 * Checks the spans of one write: a bad span costs itself and no other.
 * @throws StoreError `invalid` for what is no batch, or too large a one
 */
export function acceptBatch(spans: readonly SpanInput[]): AcceptedBatch {
  if (!Array.isArray(spans))
    throw StoreError.invalid('spans', [{ field: 'spans', message: `is ${kindOf(spans)}; give an array of spans` }])
  if (spans.length > MAX_BATCH)
    throw StoreError.invalid('spans', [
      { field: 'spans', message: `has ${spans.length} spans; write at most ${MAX_BATCH} at a time` },
    ])
  const rejected: WriteResult['rejected'] = []
  const records = new Map<string, SpanRecord>()
  for (const [index, input] of spans.entries()) {
    const accepted = acceptSpan(input)
    if ('reason' in accepted) {
      rejected.push({ index, reason: accepted.reason })
      continue
    }
    const key = accepted.span.traceId + accepted.span.spanId
    const before = records.get(key)
    records.set(key, before === undefined ? accepted : mergeSpans(before, accepted))
  }
  return { records: [...records.values()], kept: spans.length - rejected.length, rejected }
}

/** The order of the spans of one trace: by start, then by id. */
export function byStart(a: Span, b: Span): number {
  return a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1)
}
