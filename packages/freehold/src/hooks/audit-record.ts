import { type AuditInput, compact, type JsonObject } from '@freehold/contract'
import type { AgentEvent, RunEvent } from './agent-event.js'

/** Who did what, and how it ended. What was said is not of the audit, which is kept for the life of the product. */
export function auditRecord(event: AgentEvent): AuditInput {
  const { agentId = 'agent', error, traceId, runId, sessionId } = event
  return compact({
    actor: agentId,
    ...(event.type === 'run' ? runOf(event) : toolOf(event)),
    reason: error?.slice(0, REASON),
    traceId,
    runId,
    sessionId,
  })
}

/** Most characters of a reason, which an error may be longer than. */
const REASON = 10_000

function runOf(event: RunEvent): Pick<AuditInput, 'action' | 'outcome' | 'data'> {
  const { status, userId, parentRunId, provider, model, usage, tools, finishReason } = event
  const data = compact({ userId, parentRunId, provider, model, finishReason, tools: tools && [...tools] })
  return {
    action: 'agent.run',
    outcome: status,
    data: { ...data, ...(usage === undefined ? {} : { usage: compact(usage) as JsonObject }) } as JsonObject,
  }
}

function toolOf(event: Extract<AgentEvent, { type: 'tool' }>): Partial<AuditInput> & Pick<AuditInput, 'action'> {
  const { tool, toolCallId, userId, error } = event
  const data = compact({ toolCallId, userId }) as JsonObject
  return { action: 'agent.tool', target: tool, outcome: error === undefined ? 'completed' : 'error', data }
}
