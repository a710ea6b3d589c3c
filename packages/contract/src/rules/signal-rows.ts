import type { Activity, ModelComparison, Percentiles, RunLatency, Spend, ToolFailures } from '../signals.js'
import type { Tokens } from '../traces.js'
import type { AcceptedSignal } from './accept-signals.js'
import { BUCKETS_OF_OCTAVE, type Histogram, NO_OCTAVE, quantile } from './histogram.js'
import { compareTexts } from './order.js'
import { addCounts, COUNTERS, DURATIONS_AT, type Rollup, type RollupRow, USAGE_AT } from './rollup-rows.js'

/** What a store answers to a question: the sums of the counts of a group, of one octave where octaves are asked for. */
export interface RollupGroup {
  key: string
  octave: number
  counts: readonly number[]
}

/** The sums of a group, and its durations. */
interface Group {
  key: string
  counts: number[]
  durations: Histogram
}

/** What a signal tells of a group. */
type Told<T> = (group: Group) => T

/** What a store that has the rows at hand answers. */
export function groupsOf({ question }: AcceptedSignal, rows: Iterable<RollupRow>): RollupGroup[] {
  const { dimension, value, name, groupBy, octaves } = question
  const periods = new Set(question.periods)
  const groups: RollupGroup[] = []
  for (const row of rows) {
    if (row.dimension !== dimension || !periods.has(row.period)) continue
    if ((value ?? row.value) !== row.value || (name ?? row.name) !== row.name) continue
    groups.push({
      key: groupBy === undefined ? '' : row[groupBy],
      octave: octaves ? row.octave : NO_OCTAVE,
      counts: row.counts,
    })
  }
  return groups
}

/** The rows of a signal, by what a store answered to its question, in any order and in any parts. */
export const runLatency = telling<RunLatency>(
  ({ key, counts, durations }) => ({ key, runs: counts[0]!, errors: counts[1]!, ...percentilesOf(durations)! }),
  (a, b) => b.runs - a.runs,
)

export function spend(signal: AcceptedSignal, groups: readonly RollupGroup[]): Spend[] {
  const at = USAGE_AT[signal.question.rollup as keyof typeof USAGE_AT]
  const tell = telling<Spend>(
    ({ key, counts }) => ({ key, calls: counts[0]!, errors: counts[1]!, ...usageOf(counts, at) }),
    (a, b) => b.cost - a.cost || b.tokens.prompt + b.tokens.completion - a.tokens.prompt - a.tokens.completion,
  )
  return tell(signal, groups)
}

export const toolFailures = telling<ToolFailures>(
  ({ key, counts, durations }) => {
    const [calls, errors] = counts as [number, number]
    return { key, calls, errors, errorRate: errors / calls, ...percentilesOf(durations) }
  },
  (a, b) => b.errors - a.errors || b.calls - a.calls,
)

export function activity(signal: AcceptedSignal, groups: readonly RollupGroup[]): Activity[] {
  const { dimension, groupBy } = signal.question
  const tellsUsers = dimension === 'all' && groupBy === 'period'
  const tell = telling<Activity>(
    ({ key, counts: [runs, errors, , users] }) => ({
      key,
      runs: runs!,
      errors: errors!,
      ...(tellsUsers ? { users: users! } : {}),
    }),
    (a, b) => b.runs - a.runs,
  )
  return tell(signal, groups)
}

export function compareModels(signal: AcceptedSignal, groups: readonly RollupGroup[]): ModelComparison[] {
  const tell = telling(
    ({ key, counts, durations }) => {
      const [runs, errors, cancelled] = counts as [number, number, number]
      const own = { runs, errors, cancelled, errorRate: errors / runs }
      return { key, ...own, ...percentilesOf(durations)!, ...usageOf(counts, USAGE_AT.runs) }
    },
    (a, b) => b.runs - a.runs,
  )
  return tell(signal, groups).map(({ key, ...own }) => ({ model: key, ...own }))
}

/** @param compare the order of rows; those that are equal by it stand by their keys, and days always do */
function telling<T extends { key: string }>(tell: Told<T>, compare: (a: T, b: T) => number) {
  return ({ question, limit }: AcceptedSignal, groups: readonly RollupGroup[]): T[] => {
    const rows = summed(question.rollup, groups).map(tell)
    const ordered = question.groupBy === 'period' ? () => 0 : compare
    return rows.sort((a, b) => ordered(a, b) || compareTexts(a.key, b.key)).slice(0, limit)
  }
}

/** Groups by their keys, but for those of which nothing is left. */
function summed(rollup: Rollup, answer: readonly RollupGroup[]): Group[] {
  const groups = new Map<string, Group & { durations: Map<number, number> }>()
  for (const { key, octave, counts } of answer) {
    let group = groups.get(key)
    if (group === undefined) {
      group = { key, counts: COUNTERS[rollup].map(() => 0), durations: new Map() }
      groups.set(key, group)
    }
    addCounts(group.counts, counts)
    if (rollup !== 'modelCalls') addDurations(group.durations, octave, counts.slice(DURATIONS_AT[rollup]))
  }
  return [...groups.values()].filter(({ counts: [count] }) => count! > 0)
}

function addDurations(durations: Map<number, number>, octave: number, counts: readonly number[]): void {
  for (const [place, count] of counts.entries()) {
    if (count === 0) continue
    const bucket = octave * BUCKETS_OF_OCTAVE + place
    durations.set(bucket, (durations.get(bucket) ?? 0) + count)
  }
}

/** In milliseconds; `undefined` where no durations are kept. */
function percentilesOf(durations: Histogram): Percentiles | undefined {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(durations, q))
  return p50 === undefined ? undefined : { p50: p50 / 1000, p95: p95! / 1000, p99: p99! / 1000 }
}

function usageOf(counts: readonly number[], at: number): { tokens: Tokens; cost: number } {
  const [prompt, completion, cacheRead, cacheWrite, reasoning, costNanos] = counts.slice(at) as [
    ...[number, number, number, number, number, number],
  ]
  return { tokens: { prompt, completion, cacheRead, cacheWrite, reasoning }, cost: costNanos / 1e9 }
}
