import { lineOf, type Measured } from '../result.js'
import { type Likeness, sizedBatch } from '../sized-spans.js'
import { SPANS_PER_TRACE } from '../spans.js'
import type { Bench, Pair } from './scenario.js'
import { raceOfWrites } from './writes.js'

/** Batches of a repetition, where they are small. */
const MOST_BATCHES = 4

/** Spans of all sizes, of which none repeats anything of another, or all repeat the same. */
export async function spanSizes({ sizes, say }: Bench, pair: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  let seed = 1
  for (const likeness of ['distinct', 'alike'] as Likeness[])
    for (const bytes of sizes.spanBytes) {
      const what = `ingest of spans of ${bytes / 1000} KB, all ${likeness}`
      say(what)
      const spans = Math.min(sizes.batch, Math.max(SPANS_PER_TRACE, Math.floor(sizes.batchBytes / bytes)))
      const batches = Math.min(MOST_BATCHES, Math.max(1, Math.floor(sizes.batchBytes / (bytes * spans))))
      const batch = () => {
        const made = sizedBatch(seed, spans, { bytes, likeness, startedAt: Date.now() })
        seed += Math.ceil(spans / SPANS_PER_TRACE)
        return made
      }
      const times = await raceOfWrites(pair, sizes.repetitions, () => [Array.from({ length: batches }, batch)])
      lines.push(lineOf({ what, unit: 'spans/s', items: batches * spans, ...times }))
    }
  return lines
}
