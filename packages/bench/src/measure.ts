import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
/** What preparing leaves behind is cleared away before the clock starts: neither side pays for it. */
const collectGarbage: () => void = runInNewContext('gc')

/** Milliseconds of the repetitions of one side. */
export interface Sample {
  median: number
  least: number
  most: number
}

/** Prepares one repetition, and gives what is measured of it. */
export type Side = (repetition: number) => Promise<() => Promise<unknown>>

/**
 * Lets two sides take turns, so that whatever else the machine does hits both. The first repetition of each warms up and
 * does not count.
 */
export async function race(repetitions: number, freehold: Side, raw: Side): Promise<{ freehold: Sample; raw: Sample }> {
  const times: Record<'freehold' | 'raw', number[]> = { freehold: [], raw: [] }
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    times.freehold.push(await timed(await freehold(repetition)))
    times.raw.push(await timed(await raw(repetition)))
  }
  return { freehold: sampleOf(times.freehold.slice(1)), raw: sampleOf(times.raw.slice(1)) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  collectGarbage()
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function sampleOf(times: readonly number[]): Sample {
  const sorted = [...times].sort((a, b) => a - b)
  const middle = sorted.length / 2
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2
  return { median, least: sorted[0]!, most: sorted.at(-1)! }
}
