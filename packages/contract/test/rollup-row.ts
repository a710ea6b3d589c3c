import { COUNTERS, type Rollup, type RollupRow } from '../src/rules/rollup-rows.js'

/** Rows as one reads them: the key in one text, and what is not 0 by its name. */
export function shown(rollup: Rollup, rows: readonly RollupRow[]): Record<string, Record<string, number>> {
  return Object.fromEntries(
    rows.map(({ period, dimension, value, name, octave, counts }) => {
      const named = COUNTERS[rollup].map((counter, at) => [counter, counts[at]!] as const)
      const key = [period, dimension, value, name, octave].join(' ')
      return [key, Object.fromEntries(named.filter(([, count]) => count !== 0))]
    }),
  )
}
