import { dayOf, toMicroseconds } from '../time.js'
import type { SpanChange } from './change-summary.js'
import { BUCKETS_OF_OCTAVE, bucketOf } from './histogram.js'
import { type Dimension, DURATIONS_AT, type RollupRow, RollupSums, USAGE_AT } from './rollup-rows.js'
import type { SpanFacts } from './summary-state.js'

/** What spans are to the rollups of traces. */
export interface SpanRollups {
  modelCalls: RollupRow[]
  toolCalls: RollupRow[]
}

/** What became of spans: those that are new, those of which more was told, those that are gone. */
export interface SpanChanges {
  fresh?: readonly SpanFacts[]
  changes?: readonly SpanChange[]
  gone?: readonly SpanFacts[]
}

/**
 * What is to be added to the rollups of traces, of days and of months: what spans count now, less what they counted before.
 *
 * A span counts when it has an end, on the UTC day of that. A call of a model counts among all, under its model, under its user, and
 * with its model under its agent, team and workflow. A call of a tool that is named counts with its duration under the tool, and without
 * it among all, and with the tool under its agent.
 */
export function spanRollups({ fresh = [], changes = [], gone = [] }: SpanChanges): SpanRollups {
  const models = new RollupSums('modelCalls')
  const tools = new RollupSums('toolCalls')
  const count = (span: SpanFacts, sign: 1 | -1) => {
    if (span.endedAt === undefined) return
    if (span.kind === 'llm') countModelCall(models, span, dayOf(span.endedAt), sign)
    else if (span.kind === 'tool' && span.tool !== undefined) countToolCall(tools, span, dayOf(span.endedAt), sign)
  }
  for (const span of fresh) count(span, 1)
  for (const { before, after } of changes) {
    count(before, -1)
    count(after, 1)
  }
  for (const span of gone) count(span, -1)
  return { modelCalls: models.withMonths(), toolCalls: tools.withMonths() }
}

function countModelCall(sums: RollupSums, span: SpanFacts, day: string, sign: 1 | -1): void {
  const { agentId, teamId, workflowId, userId, model = '', status, tokens, costNanos } = span
  const add = (dimension: Dimension, value: string | undefined, name: string) => {
    if (value === undefined) return
    const counts = sums.at(day, dimension, value, name)
    const at = USAGE_AT.modelCalls
    counts[0]! += sign
    if (status === 'error') counts[1]! += sign
    counts[at]! += sign * tokens.prompt
    counts[at + 1]! += sign * tokens.completion
    counts[at + 2]! += sign * tokens.cacheRead
    counts[at + 3]! += sign * tokens.cacheWrite
    counts[at + 4]! += sign * tokens.reasoning
    counts[at + 5]! += sign * costNanos
  }
  add('all', '', '')
  add('model', model, '')
  add('agent', agentId, model)
  add('team', teamId, model)
  add('workflow', workflowId, model)
  add('user', userId, '')
}

function countToolCall(sums: RollupSums, span: SpanFacts, day: string, sign: 1 | -1): void {
  const { agentId, tool = '', status, startedAt, endedAt } = span
  const bucket = bucketOf(toMicroseconds(endedAt!) - toMicroseconds(startedAt))
  const octave = Math.floor(bucket / BUCKETS_OF_OCTAVE)
  const add = (counts: number[]) => {
    counts[0]! += sign
    if (status === 'error') counts[1]! += sign
    return counts
  }
  add(sums.at(day, 'all', '', ''))
  add(sums.at(day, 'tool', tool, '', octave))[DURATIONS_AT.toolCalls + bucket - octave * BUCKETS_OF_OCTAVE]! += sign
  if (agentId !== undefined) add(sums.at(day, 'agent', agentId, tool))
}
