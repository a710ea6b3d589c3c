import type { SpanInput } from '@freehold/contract'
import { race, type Sample, type Side } from '../measure.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import type { Pair } from './scenario.js'

/** Batches that are written one after the other, a queue for each writer. */
export type Queues = SpanInput[][][]

/** Lets Freehold write new spans, of which `next` gives others each time, and the hand-written side the rows made of them. */
export async function raceOfWrites(
  pair: Pair,
  repetitions: number,
  next: () => Queues,
): Promise<{ freehold: Sample; raw: Sample }> {
  const written: Queues[] = []
  const freehold: Side = async () => {
    const queues = next()
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
  await makeDays(pair)
  return race(repetitions, freehold, raw)
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
export async function sameRows({ a, b }: Pair, batch: readonly SpanInput[]): Promise<() => Promise<void>> {
  const traceIds = [...new Set(batch.map((span) => span.traceId))]
  return b.raw.ingest(await a.raw.traceRows(traceIds))
}

/** Where days have partitions, Freehold makes them: today's must be there on both sides. */
export async function makeDays({ a, b }: Pair): Promise<void> {
  const spans = batchOf(1_000_000_000, SPANS_PER_TRACE, Date.now())
  await a.freehold.traces.write(spans)
  await b.freehold.traces.write(spans)
}
