/** Milliseconds of one repetition. */
const PATIENCE = 2000

/** Fewer calls than `most` where they are so slow that a repetition would take longer than a person cares to wait. */
export async function callsWithin(most: number, call: () => Promise<unknown>): Promise<number> {
  await call()
  const start = performance.now()
  await call()
  const fit = Math.floor(PATIENCE / (performance.now() - start))
  return Math.min(most, Math.max(1, fit))
}

export async function repeat(calls: number, call: (number: number) => Promise<unknown>): Promise<void> {
  for (let number = 0; number < calls; number++) await call(number)
}
