import type { RunStatus, RunSummary, RunUsage } from '../session.js'
import { dayOf, toMicroseconds } from '../time.js'
import { MAX_COST, MAX_COUNT } from './detail-fields.js'
import { BUCKETS_OF_OCTAVE, bucketOf, NO_OCTAVE } from './histogram.js'
import {
  addCounts,
  COUNTERS,
  type Dimension,
  DURATIONS_AT,
  type RollupRow,
  RollupSums,
  USAGE_AT,
} from './rollup-rows.js'

/** What rollups read of a run. */
export type RunFacts = Pick<
  RunSummary,
  'status' | 'startedAt' | 'endedAt' | 'model' | 'usage' | 'agentId' | 'teamId' | 'workflowId' | 'userId'
>

const OVER: readonly RunStatus[] = ['completed', 'error', 'cancelled']
const [RUNS, ERRORS, CANCELLED, USERS] = [0, 1, 2, 3] as const

/**
 * What is to be added to the rollup of runs, of days and of months: what runs count now, less what they counted before. A run that
 * changed is in both, as it is and as it was; one that is new, or gone, in one of them.
 *
 * A run counts when it is over and has an end, on the UTC day of that: among all and under its model, under its user without its
 * duration, and with its model under its agent, team and workflow. Of its usage at most 1e11 tokens of a kind and 10,000 US dollars
 * count, which is what a span may have: half a million such runs still fit 64 bits.
 */
export function runRollup(now: readonly RunFacts[], before: readonly RunFacts[] = []): RollupRow[] {
  const sums = new RollupSums('runs')
  for (const run of now) countRun(sums, run, 1)
  for (const run of before) countRun(sums, run, -1)
  return sums.withMonths()
}

function countRun(sums: RollupSums, run: RunFacts, sign: 1 | -1): void {
  const { status, startedAt, endedAt, agentId, teamId, workflowId, userId, model = '' } = run
  if (endedAt === undefined || !OVER.includes(status)) return
  const day = dayOf(endedAt)
  const bucket = bucketOf(toMicroseconds(endedAt) - toMicroseconds(startedAt))
  const octave = Math.floor(bucket / BUCKETS_OF_OCTAVE)
  const counts = COUNTERS.runs.map(() => 0)
  counts[RUNS] = 1
  counts[ERRORS] = status === 'error' ? 1 : 0
  counts[CANCELLED] = status === 'cancelled' ? 1 : 0
  for (const [at, count] of usageOf(run.usage).entries()) counts[USAGE_AT.runs + at] = count
  const add = (dimension: Dimension, value: string | undefined, name: string, of: number) => {
    if (value !== undefined) addCounts(sums.at(day, dimension, value, name, of), counts, sign)
  }
  add('user', userId, '', NO_OCTAVE)
  counts[DURATIONS_AT.runs + bucket - octave * BUCKETS_OF_OCTAVE] = 1
  add('all', '', '', octave)
  add('model', model, '', octave)
  add('agent', agentId, model, octave)
  add('team', teamId, model, octave)
  add('workflow', workflowId, model, octave)
}

function usageOf(usage: RunUsage = {}): number[] {
  const { promptTokens, completionTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, cost = 0 } = usage
  const tokens = [promptTokens, completionTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens]
  const costNanos = Math.round(Math.max(-MAX_COST, Math.min(cost, MAX_COST)) * 1e9)
  return [...tokens.map((count = 0) => Math.min(count, MAX_COUNT)), costNanos]
}

/**
 * How many users more, or fewer, have runs on each day, by what was added to the rows of users: one row of `all` for each day, to be
 * added as well. So a transaction adds to the rows of users first, and reads them back.
 * @param runsAfter how many runs a row of a user counts now
 */
export function usersChange(added: readonly RollupRow[], runsAfter: (row: RollupRow) => number): RollupRow[] {
  const sums = new RollupSums('runs')
  for (const row of added) {
    const more = row.counts[RUNS]!
    if (!isUserDay(row) || more === 0) continue
    const after = runsAfter(row)
    sums.at(row.period, 'all', '', '')[USERS]! += Math.sign(after) - Math.sign(after - more)
  }
  return sums.ordered()
}

/** Whether it is a row of a user on a day: months tell no number of users. */
function isUserDay({ dimension, period }: RollupRow): boolean {
  return dimension === 'user' && period.length === '2026-12-01'.length
}
