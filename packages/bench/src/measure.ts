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

/** Lets two sides take turns, see {@link inTurns}. */
export function race(repetitions: number, freehold: Side, raw: Side): Promise<{ freehold: Sample; raw: Sample }> {
  return inTurns(repetitions, { freehold, raw })
}

/**
 * Lets sides take turns, so that whatever else the machine does hits all of them. The first repetition of each warms up and
 * does not count.
 */
export async function inTurns<Name extends string>(
  repetitions: number,
  sides: Readonly<Record<Name, Side>>,
): Promise<Record<Name, Sample>> {
  const entries = Object.entries<Side>(sides)
  const times = new Map(entries.map(([name]): [string, number[]] => [name, []]))
  for (let repetition = 0; repetition <= repetitions; repetition++)
    for (const [name, side] of entries) times.get(name)!.push(await timed(await side(repetition)))
  const samples = [...times].map(([name, all]) => [name, sampleOf(all.slice(1))])
  return Object.fromEntries(samples) as Record<Name, Sample>
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
