import { partsOf, type SpanInput, type TraceWriter, type WriteResult } from '@freehold/contract'
import { weightOfRead } from './weight.js'

/** Most characters of one write, but for a single span that has more. */
const HEAVIEST = 16_000_000

/**
 * Writes spans, at most `batch` at once and fewer where they are large, and tells of each write which was its first span.
 *
 * @throws what the writer throws; what was written before stays
 */
export async function* writeParts(
  traces: TraceWriter,
  spans: readonly SpanInput[],
  batch: number,
): AsyncGenerator<WriteResult & { from: number }> {
  let from = 0
  for (const part of partsIn(spans, batch)) {
    yield { ...(await traces.write(part)), from }
    from += part.length
  }
}

/** A resource that is large counts for each of its spans, which are written with it. */
function* partsIn(spans: readonly SpanInput[], most: number): Generator<SpanInput[]> {
  for (const part of partsOf(spans, () => 1, most)) yield* partsOf(part, weightOfRead, HEAVIEST)
}
