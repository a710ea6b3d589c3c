import { lineOf, type Measured, withBudget } from '../result.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import type { Bench, Pair } from './scenario.js'
import { raceOfWrites } from './writes.js'

const SHARE = 0.7

export async function ingest({ sizes, say }: Bench, pair: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  let seed = 1
  for (const writers of sizes.writers) {
    say(`ingest, ${plural(writers, 'writer')}`)
    const perWriter = Math.ceil(sizes.batches / writers)
    const queues = () =>
      Array.from({ length: writers }, () =>
        Array.from({ length: perWriter }, () => {
          const batch = batchOf(seed, sizes.batch, Date.now())
          seed += Math.ceil(sizes.batch / SPANS_PER_TRACE)
          return batch
        }),
      )
    const times = await raceOfWrites(pair, sizes.repetitions, queues)
    const what = `ingest, batches of ${sizes.batch} spans, ${plural(writers, 'writer')}`
    const line = lineOf({ what, unit: 'spans/s', items: writers * perWriter * sizes.batch, ...times })
    lines.push(withBudget(line, `share ≥ ${SHARE}`, line.share! >= SHARE))
  }
  return lines
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
