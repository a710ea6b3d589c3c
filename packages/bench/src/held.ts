import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'

const SOME_TURNS = 5

/** The longest time in which nothing else could run on this thread, in milliseconds. */
export async function heldBy(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  // A turn is counted in the next, by when the one before ended.
  await sleep(SOME_TURNS)
  await work()
  await sleep(SOME_TURNS)
  delay.disable()
  return delay.max / 1e6
}
