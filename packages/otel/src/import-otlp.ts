import { Fields, MAX_BATCH, type TraceWriter } from '@freehold/contract'
import { DEFAULT_BATCH } from '@freehold/recorder'
import { doorOf } from './door/door.js'
import { acceptDoor, DOOR_OPTIONS, type DoorOptions } from './door/options.js'
import { sampledOf } from './door/sample-spans.js'
import { readOtlp } from './from-otlp.js'
import type { OtlpProblem } from './otlp-found.js'
import { FoundSpans } from './read-document.js'
import { withStructure } from './structure.js'
import { writeParts } from './write-parts.js'

/** `written + updated + duplicates + rejected.length` is `spans`, less those that were not picked. */
export interface ImportResult {
  /** Spans in the document. */
  spans: number
  written: number
  updated: number
  duplicates: number
  /** Spans of traces that `sample` did not pick, and that did not fail; absent where it was not told. */
  sampledOut?: number
  /** Spans that could not be read or kept. */
  rejected: OtlpProblem[]
  /** Anything else that was passed over. */
  warnings: OtlpProblem[]
  /** Ids of the traces of which spans were to be kept, in the order they appear. */
  traceIds: string[]
}

export interface ImportOptions extends DoorOptions {
  /** Most spans per write, 1 to 10,000; 500 unless told. Of large ones there are fewer. */
  batch?: number
}

/**
 * Imports OTLP/JSON traces; takes what `fromOtlp` takes. Importing the same document again changes nothing.
 *
 * @throws StoreError `invalid` when the options are wrong, before anything is written
 * @throws what the writer throws; what was written before stays, and importing again completes it.
 */
export async function importOtlp(
  traces: TraceWriter,
  input: string | object,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const fields = new Fields('import options', options, ['batch', ...DOOR_OPTIONS])
  const batch = fields.integer('batch', 1, MAX_BATCH) ?? DEFAULT_BATCH
  const door = acceptDoor(fields)
  fields.done()
  const found = readOtlp(input, new FoundSpans(doorOf(door)))
  const { rejected, warnings } = found
  const kept = sampledOf(found.spans, door.sample)
  const places = new Map(found.spans.map((span, index) => [span, index]))
  const spans = withStructure(kept)
  const result: ImportResult = {
    spans: found.spans.length + rejected.length,
    written: 0,
    updated: 0,
    duplicates: 0,
    ...(door.sample === undefined ? {} : { sampledOut: found.spans.length - spans.length }),
    rejected,
    warnings,
    traceIds: [...new Set(spans.map((span) => span.traceId))],
  }
  for await (const { from, ...answer } of writeParts(traces, spans, batch)) {
    result.written += answer.written
    result.updated += answer.updated
    result.duplicates += answer.duplicates
    for (const { index, reason } of answer.rejected) found.reject(places.get(kept[from + index]!)!, reason)
  }
  return result
}
