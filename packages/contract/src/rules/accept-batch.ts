import { StoreError } from '../errors.js'
import type { SpanInput } from '../span.js'
import type { WriteResult } from '../traces.js'
import { acceptSpan } from './accept-span.js'
import { kindOf } from './kind-of.js'
import { mergeSpans, type SpanRecord, sameRecord } from './merge-spans.js'
import { tooLargeTogether } from './sizes.js'

/** Most spans of one write. */
const MAX_BATCH = 10_000

export interface AcceptedBatch {
  /** One for each span: records of the same span are merged. */
  records: SpanRecord[]
  /** By record, the places in the batch of the spans that it adds up. */
  places: ReadonlyMap<SpanRecord, readonly number[]>
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
  const places = new Map<string, number[]>()
  for (const [index, input] of spans.entries()) {
    const accepted = acceptSpan(input)
    if ('reason' in accepted) {
      rejected.push({ index, reason: accepted.reason })
      continue
    }
    const key = accepted.span.traceId + accepted.span.spanId
    const before = records.get(key)
    const record = before === undefined ? accepted : mergeSpans(before, accepted)
    const reason = before === undefined ? undefined : tooLargeTogether(record)
    if (reason !== undefined) {
      rejected.push({ index, reason })
      continue
    }
    records.set(key, record)
    if (before === undefined) places.set(key, [index])
    else places.get(key)!.push(index)
  }
  return {
    records: [...records.values()],
    places: new Map([...records].map(([key, record]) => [record, places.get(key)!])),
    kept: spans.length - rejected.length,
    rejected,
  }
}

/**
 * What a record makes of the span that is stored: `undefined` where it tells nothing new, a text that says why where the
 * two together are too large.
 */
export function retell(stored: SpanRecord, record: SpanRecord): SpanRecord | string | undefined {
  const merged = mergeSpans(stored, record)
  return sameRecord(stored, merged) ? undefined : (tooLargeTogether(merged) ?? merged)
}

/**
 * What a write resolves to, where some records would have made the stored span too large.
 * @param refused why, by record: the spans that it adds up are rejected
 */
export function resultOf(
  { places, kept, rejected }: AcceptedBatch,
  written: number,
  updated: number,
  refused: ReadonlyMap<SpanRecord, string>,
): WriteResult {
  const late = [...refused].flatMap(([record, reason]) => places.get(record)!.map((index) => ({ index, reason })))
  const all = [...rejected, ...late].sort((a, b) => a.index - b.index)
  return { written, updated, duplicates: kept - late.length - written - updated, rejected: all }
}
