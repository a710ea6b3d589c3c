import type { Activity, ModelComparison, Percentiles, RunLatency, Spend, ToolFailures } from '../signals.js'
import type { Tokens } from '../traces.js'
import type { AcceptedSignal, RollupQuestion } from './accept-signals.js'
import { BUCKETS_OF_OCTAVE, type Histogram, quantile } from './histogram.js'
import { compareTexts } from './order.js'
import { COUNTERS, DURATIONS, type RollupRow } from './rollup-rows.js'

/** Counts by their names. One that is left out is 0. */
type Counts = Readonly<Record<string, number>>

/** What a store answers to a question: the sums of the counts of a group, and of one octave where octaves are asked for. */
export interface RollupGroup {
  key: string
  octave?: number
  counts: Counts
}

/** A group as a whole. */
interface Group {
  key: string
  counts: Counts
  durations: Histogram
}

/** What a store answers that has all rows at hand. */
export function groupsOf({ question }: AcceptedSignal, rows: Iterable<RollupRow>): RollupGroup[] {
  const { rollup, dimension, value, name, groupBy } = question
  const [periods, less] = [new Set(question.periods), new Set(question.less)]
  const groups: RollupGroup[] = []
  for (const row of rows) {
    const sign = periods.has(row.period) ? 1 : less.has(row.period) ? -1 : 0
    if (sign === 0 || row.dimension !== dimension) continue
    if ((value ?? row.value) !== row.value || (name ?? row.name) !== row.name) continue
    const counts = Object.fromEntries(COUNTERS[rollup].map((counter, at) => [counter, sign * row.counts[at]!]))
    groups.push({ key: groupBy === undefined ? '' : row[groupBy], octave: row.octave, counts })
  }
  return groups
}

/** Each tells the rows of a signal, by what a store answered to its question, in any order and in any parts. */
export const runLatency = telling<RunLatency>(
  ({ key, counts, durations }) => ({ key, runs: counts.runs!, errors: counts.errors!, ...percentilesOf(durations)! }),
  mostRuns,
)

export const spend = telling<Spend>(
  ({ key, counts }) => ({ key, calls: counts.calls ?? counts.runs!, errors: counts.errors!, ...usageOf(counts) }),
  (a, b) => b.cost - a.cost || b.tokens.prompt + b.tokens.completion - a.tokens.prompt - a.tokens.completion,
)

export const toolFailures = telling<ToolFailures>(
  ({ key, counts, durations }) => {
    const [calls, errors] = [counts.calls!, counts.errors!]
    return { key, calls, errors, errorRate: errors / calls, ...percentilesOf(durations) }
  },
  (a, b) => b.errors - a.errors || b.calls - a.calls,
)

export const activity = telling<Activity>(({ key, counts }, { dimension, groupBy }) => {
  const own = { key, runs: counts.runs!, errors: counts.errors! }
  return dimension === 'all' && groupBy === 'period' ? { ...own, users: counts.users! } : own
}, mostRuns)

const models = telling<Omit<ModelComparison, 'model'> & { key: string }>(({ key, counts, durations }) => {
  const [runs, errors, cancelled] = [counts.runs!, counts.errors!, counts.cancelled!]
  const own = { runs, errors, cancelled, errorRate: errors / runs }
  return { key, ...own, ...percentilesOf(durations)!, ...usageOf(counts) }
}, mostRuns)

export function compareModels(signal: AcceptedSignal, groups: readonly RollupGroup[]): ModelComparison[] {
  return models(signal, groups).map(({ key, ...own }) => ({ model: key, ...own }))
}

/** @param compare the order of rows; those that are equal by it stand by their keys, and days always do */
function telling<T extends { key: string }>(
  tell: (group: Group, question: RollupQuestion) => T,
  compare: (a: T, b: T) => number,
) {
  return ({ question, limit }: AcceptedSignal, groups: readonly RollupGroup[]): T[] => {
    const rows = summed(question, groups).map((group) => tell(group, question))
    const ordered = question.groupBy === 'period' ? () => 0 : compare
    return rows.sort((a, b) => ordered(a, b) || compareTexts(a.key, b.key)).slice(0, limit)
  }
}

function mostRuns(a: { runs: number }, b: { runs: number }): number {
  return b.runs - a.runs
}

/** Groups by their keys, but for those of which nothing is left. */
function summed(question: RollupQuestion, answer: readonly RollupGroup[]): Group[] {
  const groups = new Map<string, { key: string; counts: Record<string, number>; durations: Map<number, number> }>()
  for (const { key, octave, counts } of answer) {
    let group = groups.get(key)
    if (group === undefined) {
      group = { key, counts: {}, durations: new Map() }
      groups.set(key, group)
    }
    for (const name of question.counts) group.counts[name] = (group.counts[name] ?? 0) + (counts[name] ?? 0)
    if (question.octaves) addDurations(group.durations, octave!, counts)
  }
  return [...groups.values()].filter(({ counts }) => counts[question.counts[0]!]! > 0)
}

function addDurations(durations: Map<number, number>, octave: number, counts: Counts): void {
  for (const [place, name] of DURATIONS.entries()) {
    const bucket = octave * BUCKETS_OF_OCTAVE + place
    const count = counts[name] ?? 0
    if (count !== 0) durations.set(bucket, (durations.get(bucket) ?? 0) + count)
  }
}

/** In milliseconds; `undefined` where no durations are kept. */
function percentilesOf(durations: Histogram): Percentiles | undefined {
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((q) => quantile(durations, q))
  return p50 === undefined ? undefined : { p50: p50 / 1000, p95: p95! / 1000, p99: p99! / 1000 }
}

function usageOf(counts: Counts): { tokens: Tokens; cost: number } {
  const tokens = {
    prompt: counts.promptTokens!,
    completion: counts.completionTokens!,
    cacheRead: counts.cacheReadTokens!,
    cacheWrite: counts.cacheWriteTokens!,
    reasoning: counts.reasoningTokens!,
  }
  return { tokens, cost: counts.costNanos! / 1e9 }
}
