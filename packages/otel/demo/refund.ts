import type { Approval } from '@freehold/contract'
import { trace } from '@opentelemetry/api'
import type { Scene } from './scene.js'
import { pause } from './telemetry.js'

const REFUND = 'refund'
const REVIEWER = 'lena@shop.example'

export interface RefundArguments {
  orderId: string
  amount: number
  currency: string
}

/** The agent stops here: nothing is refunded before a person has seen these very arguments. */
export async function requestApproval(scene: Scene, toolCallId: string, args: RefundArguments): Promise<Approval> {
  const { storage, runId, sessionId, agentId } = scene
  const approval = await storage.approvals.request({
    runId,
    sessionId,
    agentId,
    toolCallId,
    tool: REFUND,
    args: { ...args },
    requestedBy: agentId,
    policy: { excludeRequester: true },
    context: { policy: 'refund-2: a refund above 50 EUR needs the approval of a person' },
    expiresAt: Date.now() + 3_600_000,
  })
  await audit(scene, approval, { actor: agentId, action: 'refund.requested', outcome: 'blocked' })
  const run = await storage.sessions.updateRun(runId, { status: 'paused' }, { ifStatus: 'running' })
  scene.print(`The run is ${run.status}: ${REFUND} is ${approval.status}, a person must look at it.`)
  return approval
}

/** A person decides, maybe hours later and in another process: all that is needed is the approval's id. */
export async function decideAsReviewer(scene: Scene, id: string): Promise<Approval> {
  await pause(80)
  const { approval } = await scene.storage.approvals.decide(id, {
    decision: 'approved',
    by: REVIEWER,
    reason: 'The carrier confirms the damage.',
  })
  await audit(scene, approval, { actor: REVIEWER, action: 'refund.decided', outcome: approval.status })
  const run = await scene.storage.sessions.updateRun(scene.runId, { status: 'running' }, { ifStatus: 'paused' })
  scene.print(`The run is ${run.status}: ${REFUND} is ${approval.status} by ${REVIEWER}.`)
  return approval
}

/** The refund itself. `consume` resolves once, and only for the arguments that were approved; else the tool fails. */
export async function refund(scene: Scene, approvalId: string, args: RefundArguments): Promise<{ refundId: string }> {
  const approval = await scene.storage.approvals.consume(approvalId, { ...args })
  scene.print(`The tool runs: ${REFUND} is ${approval.status}, nobody can use the approval again.`)
  await pause(33)
  await audit(scene, approval, { actor: scene.agentId, action: 'refund.executed', outcome: 'success' })
  return { refundId: `refund-${args.orderId}` }
}

interface Deed {
  actor: string
  action: string
  outcome: string
}

async function audit(scene: Scene, approval: Approval, deed: Deed): Promise<void> {
  await scene.storage.audit.append([
    {
      ...deed,
      target: 'order/1042',
      reason: approval.resolution?.reason,
      traceId: trace.getActiveSpan()?.spanContext().traceId,
      runId: scene.runId,
      sessionId: scene.sessionId,
      approvalId: approval.id,
      data: { argsHash: approval.argsHash, status: approval.status },
    },
  ])
}
