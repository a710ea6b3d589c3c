import { lineOf, type Measured } from '../result.js'
import { traceOf } from '../spans.js'
import type { Bench, Pair } from './scenario.js'
import { raceOfWrites } from './writes.js'

/** Traces of a single span each: as many summaries as spans. */
export async function single({ sizes, say }: Bench, pair: Pair): Promise<Measured[]> {
  say('traces of a single span')
  let seed = 1
  const batch = () => Array.from({ length: sizes.batch }, () => traceOf(seed++, Date.now(), 1)).flat()
  const times = await raceOfWrites(pair, sizes.repetitions, () => [Array.from({ length: sizes.batches }, batch)])
  const what = `ingest, batches of ${sizes.batch} traces of a single span`
  return [lineOf({ what, unit: 'spans/s', items: sizes.batches * sizes.batch, ...times })]
}
