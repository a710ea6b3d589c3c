import { type Approval, type ApprovalEvent, type ApprovalEventType, type AuditInput, compact } from '@freehold/contract'
import { termsOf } from './approval-terms.js'

/** What is done with an approval, in the words of an audit, and how it came out. */
const DEEDS: Record<ApprovalEventType, readonly [action: string, outcome?: string]> = {
  requested: ['approval.requested', 'blocked'],
  due: ['approval.due'],
  escalated: ['approval.escalated'],
  voted: ['approval.voted', 'approved'],
  approved: ['approval.decided', 'approved'],
  rejected: ['approval.decided', 'rejected'],
  expired: ['approval.decided', 'expired'],
  cancelled: ['approval.cancelled', 'cancelled'],
  consumed: ['approval.consumed', 'spent'],
  executed: ['approval.executed', 'executed'],
  failed: ['approval.executed', 'failed'],
}

/**
 * The entry that tells of an event: the same whenever it is made, since nothing in it changes after the event, and with the event's id,
 * so that appending it again appends nothing. Of the arguments it has the hash, and not themselves; that of the request has its terms.
 */
export function entryOf(
  stream: string,
  approval: Approval,
  { id, type, at, seq, by, reason }: ApprovalEvent,
): AuditInput {
  const [action, outcome] = DEEDS[type]
  const { argsHash, bind, spanId, toolCallId, stepId, agentId, teamId, workflowId } = approval
  const what = outcome === 'blocked' && approval.type === 'audit' ? 'recorded' : outcome
  const terms = type === 'requested' ? termsOf(approval) : {}
  const call = { spanId, toolCallId, stepId, agentId, teamId, workflowId }
  return compact({
    id,
    stream,
    time: at,
    actor: by ?? agentId ?? approval.requestedBy ?? 'agent',
    action,
    target: approval.tool,
    outcome: what,
    reason,
    traceId: approval.traceId,
    runId: approval.runId,
    sessionId: approval.sessionId,
    approvalId: approval.id,
    data: compact({ seq, argsHash, bind: bind && [...bind], ...call, ...terms }),
  })
}
