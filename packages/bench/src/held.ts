import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The longest time in which nothing else could run on this thread, in milliseconds. */
export async function heldBy(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  await work()
  // The turn that ends the work is counted in the next.
  await new Promise((done) => setTimeout(done, 5))
  delay.disable()
  return delay.max / 1e6
}
