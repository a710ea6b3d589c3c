import {
  type Approval,
  type ApprovalEvent,
  type ApprovalSummary,
  asOf,
  compact,
  newId,
  type Step,
  StoreError,
} from '@freehold/contract'

export interface TenantApprovals {
  approvals: Map<string, Approval>
  events: ApprovalEvent[]
  /** Those of the transaction that runs. */
  fresh: ApprovalEvent[]
}

/** The approvals of each tenant, by id, and what happened to them. */
export type ApprovalsState = Map<string, TenantApprovals>

export function emptyApprovals(): ApprovalsState {
  return new Map()
}

/** A clock of the store's own, that a client whose `Date` is wrong does not move. */
export function databaseClock(): number {
  return Math.floor(performance.timeOrigin + performance.now())
}

export function ownOf(state: ApprovalsState, tenant: string): TenantApprovals {
  const own = state.get(tenant) ?? { approvals: new Map(), events: [], fresh: [] }
  state.set(tenant, own)
  return own
}

export function seen(own: TenantApprovals, now: number): Approval[] {
  return [...own.approvals.values()].map((approval) => asOf(approval, now))
}

export function existing(own: TenantApprovals, id: string): Approval {
  const approval = own.approvals.get(id)
  if (approval === undefined) throw new StoreError('not_found', 'the approval does not exist; request it first')
  return approval
}

export function ofToolCall(own: TenantApprovals, wanted: Approval): Approval | undefined {
  const fields = ['runId', 'stepId', 'toolCallId'] as const
  const isSame = (other: Approval) => fields.every((field) => other[field] === wanted[field])
  return wanted.toolCallId === undefined ? undefined : [...own.approvals.values()].find(isSame)
}

/** Stores a step: the approval as it is after it, and the event that says so. */
export function keep(own: TenantApprovals, { approval, event }: Step): Approval {
  own.approvals.set(approval.id, approval)
  const told = compact({ id: newId(), approvalId: approval.id, seq: approval.version, ...event })
  for (const list of [own.events, own.fresh]) list.push(told)
  return approval
}

export function summaryOf(approval: Approval): ApprovalSummary {
  const { args, bind, argsHash, traceId, spanId, policy, votes, resolution, context, repairs, ...summary } = approval
  return summary
}
