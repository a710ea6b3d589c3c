import { StoreError } from '../errors.js'
import type { SpanInput } from '../span.js'
import type { WriteResult } from '../traces.js'
import { acceptSpan } from './accept-span.js'
import { kindOf } from './kind-of.js'
import { mergeSpans } from './merge-spans.js'
import { MAX_RECORD, mostBytes, SpanSizes, tooLargeTogether } from './sizes.js'
import type { SpanRecord } from './span-record.js'

/** Most spans of one write. */
export const MAX_BATCH = 10_000

/** One span of a batch, and its place there. */
interface Part {
  place: number
  record: SpanRecord
}

/** What records were to a store: how many spans were new, and changed, and which would have become too large, and why. */
export interface ToldSpans {
  written: number
  updated: number
  refused: ReadonlyMap<SpanRecord, string>
}

export interface AcceptedBatch {
  /** One for each span: records of the same span are merged. */
  records: SpanRecord[]
  /** What a record adds up. */
  partsOf(record: SpanRecord): readonly Part[]
  /** Spans of the batch, rejected ones too. */
  size: number
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
  const traces = new Map<string, Map<string, Gathered>>()
  const all: Gathered[] = []
  for (let index = 0; index < spans.length; index++) {
    const accepted = acceptSpan(spans[index])
    if ('reason' in accepted) {
      rejected.push({ index, reason: accepted.reason })
      continue
    }
    const part = { place: index, record: accepted }
    const { traceId, facts } = accepted.stored
    let trace = traces.get(traceId)
    if (trace === undefined) {
      trace = new Map()
      traces.set(traceId, trace)
    }
    const own = trace.get(facts.spanId)
    if (own === undefined) {
      const gathered = { parts: [part], records: [accepted] }
      trace.set(facts.spanId, gathered)
      all.push(gathered)
    } else {
      const reason = gather(own, part)
      if (reason !== undefined) rejected.push({ index, reason })
    }
  }
  const records = all.map((own) => mergeAll(own.records))
  const partsOf = (record: SpanRecord) => all[records.indexOf(record)]!.parts
  return { records, partsOf, size: spans.length, rejected }
}

/** The records of one span, as far as they are merged: that is done late, because each merge looks at all of both. */
interface Gathered {
  parts: Part[]
  records: SpanRecord[]
  /** At most that of all together; of one alone it is not asked for. */
  bytes?: number
  /** Made for the first of them that comes again: most come once. */
  sizes?: SpanSizes
}

/** Adds one more record to those of its span. Tells why it cannot where they would be too large together. */
function gather(own: Gathered, part: Part): string | undefined {
  own.sizes ??= new SpanSizes()
  const bytes = (own.bytes ?? mostBytes(mergeAll(own.records), own.sizes)) + mostBytes(part.record)
  if (bytes <= MAX_RECORD) {
    own.records.push(part.record)
    own.bytes = bytes
  } else {
    own.records = [mergeAll(own.records)]
    const merged = mergeAll([...own.records, part.record])
    const reason = tooLargeTogether(merged, own.sizes)
    if (reason !== undefined) return reason
    own.records = [merged]
    own.bytes = mostBytes(merged, own.sizes)
  }
  own.parts.push(part)
  return undefined
}

/** In pairs, and pairs of those: whatever the order, the sum is the same, and n records take n log n and not n² steps. */
function mergeAll(records: readonly SpanRecord[]): SpanRecord {
  let all = records
  while (all.length > 1)
    all = Array.from({ length: Math.ceil(all.length / 2) }, (_, i) => {
      const [one, other] = all.slice(2 * i, 2 * i + 2)
      return other === undefined ? one! : mergeSpans(one!, other)
    })
  return all[0]!
}

/**
 * Writes a batch. A record that adds up several spans and would make the stored one too large is told span by span, so that
 * one that is too large costs no other.
 * @param write tells a store of records of distinct spans
 */
export async function writeBatch(
  batch: AcceptedBatch,
  write: (records: readonly SpanRecord[]) => Promise<ToldSpans>,
): Promise<WriteResult> {
  const told = await write(batch.records)
  const rejected = [...batch.rejected]
  let updated = told.updated
  for (const [record, reason] of told.refused) {
    const parts = batch.partsOf(record)
    if (parts.length === 1) {
      rejected.push({ index: parts[0]!.place, reason })
      continue
    }
    let changed = 0
    for (const part of parts) {
      const alone = await write([part.record])
      changed += alone.updated
      for (const reason of alone.refused.values()) rejected.push({ index: part.place, reason })
    }
    if (changed > 0) updated += 1
  }
  rejected.sort((a, b) => a.index - b.index)
  return { written: told.written, updated, duplicates: batch.size - rejected.length - told.written - updated, rejected }
}
