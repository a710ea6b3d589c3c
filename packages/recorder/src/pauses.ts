/** The pause after so many failures in a row, in milliseconds. */
export function pauseAfter(failures: number): number {
  return at(failures - 1, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 30_000])
}

/** The pause before what was set aside is tried again, after so many rounds: long enough for a lock to be gone. */
export function pauseAside(rounds: number): number {
  return at(rounds, [3_200, 12_800, 30_000])
}

/** The last one from then on. */
function at(index: number, pauses: readonly number[]): number {
  return pauses[Math.min(index, pauses.length - 1)]!
}
