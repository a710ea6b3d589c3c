import type { SpanInput } from '@freehold/contract'
import { race, type Side } from '../measure.js'
import { lineOf, type Measured, withBudget } from '../result.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import type { Bench, Pair } from './scenario.js'

const SHARE = 0.7

export async function ingest({ sizes, say }: Bench, pair: Pair): Promise<Measured[]> {
  const lines: Measured[] = []
  let seed = 1
  for (const writers of sizes.writers) {
    say(`ingest, ${plural(writers, 'writer')}`)
    const perWriter = Math.ceil(sizes.batches / writers)
    const written: SpanInput[][][][] = []
    const freehold: Side = async () => {
      const queues = Array.from({ length: writers }, () =>
        Array.from({ length: perWriter }, () => {
          const batch = batchOf(seed, sizes.batch, Date.now())
          seed += Math.ceil(sizes.batch / SPANS_PER_TRACE)
          return batch
        }),
      )
      written.push(queues)
      return () => inParallel(queues, (batch) => pair.a.freehold.traces.write(batch))
    }
    const raw: Side = async (repetition) => {
      const queues = await Promise.all(
        written[repetition]!.map((queue) => Promise.all(queue.map((batch) => sameRows(pair, batch)))),
      )
      // What was written need not be kept, and is a lot.
      written[repetition] = []
      return () => inParallel(queues, (send) => send())
    }
    await makeDays(pair, seed++)
    const times = await race(sizes.repetitions, freehold, raw)
    const what = `ingest, batches of ${sizes.batch} spans, ${plural(writers, 'writer')}`
    const line = lineOf({ what, unit: 'spans/s', items: writers * perWriter * sizes.batch, ...times })
    lines.push(withBudget(line, `share ≥ ${SHARE}`, line.share! >= SHARE))
  }
  return lines
}

/** Each writer has its own batches and, on engines with many writers, a connection of its own from the pool. */
async function inParallel<T>(queues: readonly T[][], write: (item: T) => Promise<unknown>): Promise<void> {
  await Promise.all(
    queues.map(async (queue) => {
      for (const item of queue) await write(item)
    }),
  )
}

/** The rows that Freehold made of a batch, ready to be sent to the other database. */
async function sameRows({ a, b }: Pair, batch: readonly SpanInput[]): Promise<() => Promise<void>> {
  const traceIds = [...new Set(batch.map((span) => span.traceId))]
  return b.raw.ingest(await a.raw.traceRows(traceIds))
}

/** Where days have partitions, Freehold makes them: today's must be there on both sides. */
async function makeDays({ a, b }: Pair, seed: number): Promise<void> {
  const spans = batchOf(seed + 1_000_000_000, SPANS_PER_TRACE, Date.now())
  await a.freehold.traces.write(spans)
  await b.freehold.traces.write(spans)
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
