import { Fields, MAX_BATCH, partsOf, type SpanInput, type TraceWriter } from '@freehold/contract'
import { DEFAULT_BATCH } from '@freehold/recorder'
import { fromOtlp } from './from-otlp.js'
import type { OtlpProblem } from './otlp-found.js'
import { weightOfRead } from './weight.js'

/** Most characters of one write, but for a single span that has more. */
const HEAVIEST = 16_000_000

/** `written + updated + duplicates + rejected.length` is `spans`. */
export interface ImportResult {
  /** Spans in the document. */
  spans: number
  written: number
  updated: number
  duplicates: number
  /** Spans that could not be read or kept. */
  rejected: OtlpProblem[]
  /** Anything else that was passed over. */
  warnings: OtlpProblem[]
  /** Ids of the traces that have a span in the document, in the order they appear. */
  traceIds: string[]
}

export interface ImportOptions {
  /** Most spans per write, 1 to 10,000; 500 unless told. Of large ones there are fewer. */
  batch?: number
}

/**
 * Imports OTLP/JSON traces; takes what {@link fromOtlp} takes. Importing the same document again changes nothing.
 *
 * @throws StoreError `invalid` when the options are wrong, before anything is written
 * @throws what the writer throws; what was written before stays, and importing again completes it.
 */
export async function importOtlp(
  traces: TraceWriter,
  input: string | object,
  options: ImportOptions = {},
): Promise<ImportResult> {
  const fields = new Fields('import options', options, ['batch'])
  const batch = fields.integer('batch', 1, MAX_BATCH) ?? DEFAULT_BATCH
  fields.done()
  const { spans, paths, rejected, warnings } = fromOtlp(input)
  const result: ImportResult = {
    spans: spans.length + rejected.length,
    written: 0,
    updated: 0,
    duplicates: 0,
    rejected,
    warnings,
    traceIds: [...new Set(spans.map((span) => span.traceId))],
  }
  let from = 0
  for (const part of batchesOf(spans, batch)) {
    const answer = await traces.write(part)
    result.written += answer.written
    result.updated += answer.updated
    result.duplicates += answer.duplicates
    for (const { index, reason } of answer.rejected) rejected.push({ path: paths[from + index]!, reason })
    from += part.length
  }
  return result
}

/** A resource that is large counts for each of its spans, which are written with it. */
function* batchesOf(spans: readonly SpanInput[], most: number): Generator<SpanInput[]> {
  for (const part of partsOf(spans, () => 1, most)) yield* partsOf(part, weightOfRead, HEAVIEST)
}
