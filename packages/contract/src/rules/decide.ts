import type { Approval, ApprovalEventType, Completion, Decision } from '../approval.js'
import { StoreError } from '../errors.js'
import type { Json, Repair } from '../json.js'
import type { Timestamp } from '../time.js'
import { boundHash } from './bound.js'
import { refuseTooLarge, refuseTooMuchInVotes } from './sizes.js'

/** Who acted on an approval that nobody decided in time. */
export const EXPIRY_ACTOR = 'freehold:expiry'

/** What a call was run for, or is. */
const SPENT: readonly Approval['status'][] = ['consumed', 'executed', 'failed']

/** A step in the life of an approval: what it becomes, and the event that says so. Stored together or not at all. */
export interface Step {
  approval: Approval
  event: { type: ApprovalEventType; at: Timestamp; by?: string; reason?: string }
}

/** Who withdraws an approval, and why. */
export interface Cancellation {
  by: string
  reason?: string
  repairs?: Repair[]
}

/** True when this decision is what resolved the approval: not a vote short of the quorum, not its expiry. */
export function wins(step: Step | undefined, decision: Decision): boolean {
  return step?.event.type === decision.decision && step.event.by === decision.by
}

/** True when `now`, by the database's clock, is at or past the end of a pending approval. */
export function hasExpired(approval: Approval, now: Timestamp): boolean {
  return approval.status === 'pending' && approval.expiresAt !== undefined && approval.expiresAt <= now
}

/** What a reader sees: an approval past its end reads as what the next sweep will make of it. */
export function asOf(approval: Approval, now: Timestamp): Approval {
  return hasExpired(approval, now) ? expireStep(approval).approval : approval
}

export function expireStep(approval: Approval): Step {
  const at = notBefore(approval, approval.expiresAt!)
  const status = approval.policy.onExpiry ?? 'expired'
  const reason = 'nobody decided in time'
  return step(approval, status, { type: status, at, by: EXPIRY_ACTOR, reason }, { by: EXPIRY_ACTOR, at, reason })
}

/**
 * What a decision does to an approval: a vote, a resolution, or, when it is no longer pending, nothing (`undefined`).
 * @throws StoreError `invalid` when the policy does not let this person vote.
 */
export function decideStep(
  approval: Approval,
  decision: Decision & { repairs?: Repair[] },
  now: Timestamp,
): Step | undefined {
  if (approval.status !== 'pending') return undefined
  if (hasExpired(approval, now)) return expireStep(approval)
  const at = notBefore(approval, now)
  refuseIneligible(approval, decision.by, now)
  const { by, reason } = decision
  const before = approval.votes.find((vote) => vote.by === by)
  const others = approval.votes.filter((vote) => vote.by !== by)
  const approvals = others.filter((vote) => vote.decision === 'approved').length + 1
  const ends = decision.decision === 'rejected' || approvals >= (approval.policy.quorum ?? 1)
  const supplied = decision.resolution === undefined ? {} : { data: decision.resolution }
  const given = { by, at, ...(reason === undefined ? {} : { reason }) }
  const vote = { ...given, decision: decision.decision, ...(ends ? {} : supplied) }
  const voted = marked({ ...approval, votes: [...others, vote] }, decision.repairs)
  refuseTooMuchInVotes(voted.votes)
  if (!ends)
    return before?.decision === 'approved' ? undefined : step(voted, 'pending', { type: 'voted', at, by, reason })
  const resolution = { ...given, ...supplied }
  if (decision.resolution !== undefined) refuseTooLarge('decision', { ...voted, resolution }, ['resolution'])
  return step(voted, decision.decision, { type: decision.decision, at, by, reason }, resolution)
}

/**
 * @throws StoreError `conflict` unless the approval is approved, or only records (type `audit`) and was not refused; unspent; and for
 * these arguments.
 */
export function consumeStep(approval: Approval, args: Json | undefined, now: Timestamp): Step {
  if (SPENT.includes(approval.status))
    throw new StoreError(
      'conflict',
      'the approval is spent: the tool ran, or is running; do not run it again (another call under the same tool call id is requested with a stepId of its own)',
    )
  if (approval.status !== 'approved' && !(approval.type === 'audit' && approval.status === 'pending'))
    throw new StoreError('conflict', `the approval is ${approval.status}, not approved; do not run the tool`)
  if (approval.argsHash !== boundHash(args, approval.bind))
    throw new StoreError(
      'conflict',
      'the arguments are not those that were approved; do not run the tool, request a new approval for these arguments',
    )
  return step(approval, 'consumed', { type: 'consumed', at: notBefore(approval, now) })
}

/** @returns `undefined` when this was told before. @throws StoreError `conflict` unless the approval is spent and nothing else was told. */
export function completeStep(
  approval: Approval,
  { outcome, by, reason, repairs }: Completion & { repairs?: Repair[] },
  now: Timestamp,
): Step | undefined {
  if (approval.status === outcome) return undefined
  if (approval.status !== 'consumed')
    throw new StoreError('conflict', `the approval is ${approval.status}; only a consumed one is executed or failed`)
  return step(marked(approval, repairs), outcome, { type: outcome, at: notBefore(approval, now), by, reason })
}

/** @returns `undefined` when it is cancelled already. @throws StoreError `conflict` when it is resolved otherwise. */
export function cancelStep(approval: Approval, cancellation: Cancellation, now: Timestamp): Step | undefined {
  if (approval.status === 'cancelled') return undefined
  if (approval.status !== 'pending')
    throw new StoreError('conflict', `the approval is ${approval.status}; only a pending one can be cancelled`)
  const { by, reason, repairs } = cancellation
  const at = notBefore(approval, now)
  const resolution = { by, at, ...(reason === undefined ? {} : { reason }) }
  return step(marked(approval, repairs), 'cancelled', { type: 'cancelled', at, by, reason }, resolution)
}

/** The time of a step: `now`, but never before an earlier one, as a clock that is set back or was read before a wait may be. */
export function notBefore({ requestedAt, votes, resolution }: Approval, now: Timestamp): Timestamp {
  return votes.reduce((latest, { at }) => Math.max(latest, at), Math.max(now, requestedAt, resolution?.at ?? now))
}

function marked(approval: Approval, fresh: Repair[] | undefined): Approval {
  return fresh === undefined ? approval : { ...approval, repairs: [...(approval.repairs ?? []), ...fresh] }
}

/** Who may vote at `now`; `undefined` is anybody. */
function eligibleAt({ policy, requestedAt }: Approval, now: Timestamp): readonly string[] | undefined {
  const { approvers, escalation = [] } = policy
  if (approvers === undefined) return undefined
  const joined = escalation.filter(({ after }) => requestedAt + after <= now)
  return [...approvers, ...joined.flatMap((each) => each.approvers)]
}

function refuseIneligible(approval: Approval, by: string, now: Timestamp): void {
  const { excludeRequester } = approval.policy
  if (eligibleAt(approval, now)?.includes(by) === false) refuse('is not among the eligible approvers')
  if (excludeRequester && by === approval.requestedBy) refuse('is the requester, whom the policy excludes')
}

function refuse(why: string): never {
  throw StoreError.invalid('decision', [{ field: 'by', message: `${why}; let an eligible approver decide` }])
}

export function step(
  approval: Approval,
  status: Approval['status'],
  event: Step['event'],
  resolution = approval.resolution,
): Step {
  const next: Approval = { ...approval, status, version: approval.version + 1 }
  if (resolution !== undefined) next.resolution = resolution
  return { approval: next, event }
}
