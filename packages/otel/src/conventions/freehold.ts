import type { Dialect } from './dialect.js'

/**
 * Our own attributes, for what no convention defines: hooks, delegations, teams and what a model asked for. They come first, so a delegation may carry the
 * nearest standard beside them (`gen_ai.operation.name = invoke_agent`).
 */
export const freehold: Dialect = {
  name: 'freehold',
  version: '1',
  kinds: [
    // Webhook and React instrumentations write a `hook.name` too, so it takes a phase; and an operation knows better.
    { has: [['hook.name'], ['hook.phase']], without: ['gen_ai.operation.name'], kind: 'hook' },
    { has: [['delegation.member', 'delegation.mode', 'delegation.trace_id']], kind: 'delegation' },
  ],
  fallbacks: [],
  owners: {
    runId: ['run.id'],
    teamId: ['team.id'],
    workflowId: ['workflow.id'],
  },
  payload: {
    input: ['hook.input', 'delegation.input'],
    output: ['hook.output', 'delegation.output'],
  },
  details: {
    run: { name: ['team.name'] },
    llm: { toolCalls: ['freehold.tool_calls'] },
    hook: {
      hook: ['hook.name'],
      phase: ['hook.phase'],
      outcome: ['hook.outcome'],
      modified: ['hook.modified'],
    },
    delegation: {
      member: ['delegation.member', 'gen_ai.agent.name'],
      mode: ['delegation.mode'],
      traceId: ['delegation.trace_id'],
    },
  },
}
