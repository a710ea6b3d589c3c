import { BUCKETS_OF_OCTAVE, NO_OCTAVE } from './histogram.js'

/** By what rollups are kept: everything together, each model or tool, and each owner. */
export const DIMENSIONS = ['all', 'model', 'tool', 'agent', 'team', 'workflow', 'user'] as const
export type Dimension = (typeof DIMENSIONS)[number]

export const USAGE = [
  'promptTokens',
  'completionTokens',
  'cacheReadTokens',
  'cacheWriteTokens',
  'reasoningTokens',
  'costNanos',
] as const
export const DURATIONS: readonly string[] = Array.from({ length: BUCKETS_OF_OCTAVE }, (_, place) => `d${place}`)

/**
 * What is counted in the rows of each rollup, in the order of {@link RollupRow.counts}. `costNanos` is US dollars times 1e9; `d0` to
 * `d13` are the buckets of the row's octave; `users` stands in one row of each day, see {@link usersChange}.
 */
export const COUNTERS = {
  modelCalls: ['calls', 'errors', ...USAGE],
  toolCalls: ['calls', 'errors', ...DURATIONS],
  runs: ['runs', 'errors', 'cancelled', 'users', ...USAGE, ...DURATIONS],
} as const satisfies Record<string, readonly string[]>
export type Rollup = keyof typeof COUNTERS

/** Where the usage begins in the counts, and the durations. */
export const USAGE_AT = { modelCalls: 2, runs: 4 } as const
export const DURATIONS_AT = { toolCalls: 2, runs: 4 + USAGE.length } as const

/** The key of a row, within its tenant. No two rows of a rollup have the same. */
export interface RollupKey {
  /** A UTC day, `2026-12-01`, or the month with all of them, `2026-12`. */
  period: string
  dimension: Dimension
  /** The id of the owner, or the model or tool, which is `''` where none is told; `''` of `all`. */
  value: string
  /** The model or tool beside an agent, a team or a workflow, `''` where none is told; `''` of other dimensions. */
  name: string
  /** Of the durations that it counts: from 2^octave microseconds to twice as long. {@link NO_OCTAVE} where it counts none. */
  octave: number
}

/**
 * A row, or what is to be added to one: whole numbers, which are below 0 where something is taken back. A row that is not there is as
 * one of zeros, and the other way round.
 */
export interface RollupRow extends RollupKey {
  counts: number[]
}

/** Rows by their keys, of one rollup. */
export class RollupSums {
  private readonly rows = new Map<string, RollupRow>()
  private readonly width: number
  private readonly usersAt: number

  constructor(private readonly rollup: Rollup) {
    const counters: readonly string[] = COUNTERS[rollup]
    this.width = counters.length
    this.usersAt = counters.indexOf('users')
  }

  /** The counts of a row, to be added to. */
  at(period: string, dimension: Dimension, value: string, name: string, octave = NO_OCTAVE): number[] {
    // No text that is stored has a NUL character.
    const key = `${period}\0${dimension}\0${value}\0${name}\0${octave}`
    let row = this.rows.get(key)
    if (row === undefined) {
      row = { period, dimension, value, name, octave, counts: new Array<number>(this.width).fill(0) }
      this.rows.set(key, row)
    }
    return row.counts
  }

  add(rows: Iterable<RollupRow>, sign: 1 | -1 = 1): this {
    for (const { period, dimension, value, name, octave, counts } of rows)
      addCounts(this.at(period, dimension, value, name, octave), counts, sign)
    return this
  }

  /** Those that are not all zeros, in one order for all writers: of those who change the same rows none waits in a circle. */
  ordered(): RollupRow[] {
    const kept = [...this.rows].filter(([, { counts }]) => counts.some((count) => count !== 0))
    return kept.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
  }

  /** Rows of days, and those of their months. Users of a day are not added up: they may be the same on another. */
  withMonths(): RollupRow[] {
    const all = new RollupSums(this.rollup)
    for (const [key, row] of this.rows) {
      all.rows.set(key, row)
      const { period, dimension, value, name, octave, counts } = row
      const month = all.at(period.slice(0, '2026-12'.length), dimension, value, name, octave)
      addCounts(month, counts)
      if (this.usersAt >= 0) month[this.usersAt] = 0
    }
    return all.ordered()
  }
}

export function addCounts(sums: number[], counts: readonly number[], sign: 1 | -1 = 1): void {
  for (let at = 0; at < counts.length; at++) sums[at]! += sign * counts[at]!
}

/**
 * What has to be added to the stored rows of some days, and to those of their months, so that the days are as they were counted anew.
 * Where both were read of one snapshot it may be added at any later time: what others write is in both, or in neither.
 */
export function missingRows(
  rollup: Rollup,
  days: readonly string[],
  stored: readonly RollupRow[],
  counted: readonly RollupRow[],
): RollupRow[] {
  const those = new Set(days)
  const [before, after] = [stored, counted].map((rows) => rows.filter(({ period }) => those.has(period)))
  return new RollupSums(rollup).add(after!).add(before!, -1).withMonths()
}
