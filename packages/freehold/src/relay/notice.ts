import type { Approval, ApprovalEvent, Timestamp } from '@freehold/contract'

/** What happened to an approval, as it is told outside. */
export interface ApprovalNotice {
  /** That of the event: the same however often it is told. */
  id: string
  /** Such as `approval.requested`, `approval.approved`, `approval.due`. */
  type: `approval.${ApprovalEvent['type']}`
  timestamp: Timestamp
  tenant: string
  /** Its place among the events of its approval: 1, 2, 3 … */
  seq: number
  by?: string
  reason?: string
  /** As it stands when it is told, which may be later than the event. */
  approval: Approval
}

export function noticeOf(tenant: string, approval: Approval, event: ApprovalEvent): ApprovalNotice {
  const { id, type, at, seq, by, reason } = event
  const told = { id, type: `approval.${type}` as const, timestamp: at, tenant, seq, approval }
  return { ...told, ...(by === undefined ? {} : { by }), ...(reason === undefined ? {} : { reason }) }
}
