import { Worker } from 'node:worker_threads'
import type { SpanInput } from '@freehold/contract'
import { heldBy } from '../held.js'
import { type Sample, sampleOf } from '../measure.js'
import { lineOf, type Measured } from '../result.js'
import { batchOf, SPANS_PER_TRACE } from '../spans.js'
import type { Bench, Pair } from './scenario.js'

/** JavaScript, whatever runs this file: threads are started without what may have been told to read TypeScript. */
const WORKER = new URL('../../dist/scenarios/writing-worker.js', import.meta.url)

/** How long the event loop of an agent is held while its spans are written, by its own thread and by another. */
export async function blocking({ sizes, say }: Bench, { a, b }: Pair): Promise<Measured[]> {
  say('blocking the event loop')
  const worker = await startWriter(b.url)
  try {
    const here = { where: 'on this thread', write: (spans: SpanInput[]) => a.freehold.traces.write(spans) }
    const there = { where: 'in a worker thread', write: worker.write }
    let seed = 1
    const next = () => {
      seed += Math.ceil(sizes.blocking / SPANS_PER_TRACE)
      return batchOf(seed, sizes.blocking, Date.now())
    }
    const sides = [here, there].map((side) => ({ ...side, held: [] as number[], took: [] as number[] }))
    for (let repetition = 0; repetition <= sizes.repetitions * 2; repetition++)
      for (const { write, held, took } of sides) {
        const spans = next()
        held.push(
          await heldBy(async () => {
            const start = performance.now()
            await write(spans)
            took.push(performance.now() - start)
          }),
        )
      }
    return sides.flatMap(({ where, held, took }) => {
      const what = `writing ${sizes.blocking} spans ${where}`
      // The first of each warms up.
      const [block, time] = [held, took].map((list) => sampleOf(list.slice(1))) as [Sample, Sample]
      return [
        lineOf({ what: `event loop held by ${what}`, unit: 'ms', items: 1, freehold: block }),
        lineOf({ what, unit: 'spans/s', items: sizes.blocking, freehold: time }),
      ]
    })
  } finally {
    await worker.close()
  }
}

/** A thread that opens the storage itself, and writes what it is given. */
async function startWriter(url: string) {
  const worker = new Worker(WORKER, { workerData: url, execArgv: [] })
  const answer = () =>
    new Promise<void>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (failure: string | undefined) => {
        worker.off('error', reject)
        if (failure === undefined) resolve()
        else reject(new Error(failure))
      })
    })
  await answer()
  return {
    write(spans: SpanInput[]): Promise<void> {
      worker.postMessage(spans)
      return answer()
    },
    async close(): Promise<void> {
      const ended = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('close')
      await ended
    },
  }
}
