import type { Dialect } from './dialect.js'

/**
 * Our own attributes, for what no convention defines: hooks and delegations. They come first, so a span may carry the
 * nearest standard beside them (`gen_ai.operation.name = invoke_agent` on a delegation).
 */
export const freehold: Dialect = {
  name: 'freehold',
  version: '1',
  kinds: [
    { has: [['hook.name', 'hook.phase', 'hook.outcome']], kind: 'hook' },
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
