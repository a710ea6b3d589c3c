import {
  type Approval,
  type ApprovalEvent,
  type ApprovalQuery,
  type ApprovalStore,
  acceptApproval,
  acceptApprovalQuery,
  acceptArgs,
  acceptCancellation,
  acceptCompletion,
  acceptDecision,
  acceptIds,
  acceptListener,
  asOf,
  cancelStep,
  checkId,
  completeStep,
  consumeStep,
  decideStep,
  expireStep,
  hasExpired,
  quorumTooLate,
  refusePending,
  remindStep,
  sameRequest,
  toMicroseconds,
  type Watchers,
  withId,
} from '@freehold/contract'
import {
  type ApprovalsState,
  databaseClock,
  existing,
  keep,
  ofToolCall,
  ownOf,
  seen,
  summaryOf,
  type TenantApprovals,
} from './approvals-state.js'
import { acceptListing, listing, matches, type Order } from './listing.js'
import type { Medium } from './medium.js'
import { waiting } from './queue.js'

/** Most approvals that one sweep marks. */
const SWEEP = 1000

/** The events by which an approval is no longer pending. */
const ENDS: readonly string[] = ['approved', 'rejected', 'expired', 'cancelled', 'consumed']

/** The events that tell of a deadline. */
const REMINDERS: readonly string[] = ['due', 'escalated']

const NEWEST_APPROVAL: Order<Approval> = {
  list: 'approvals',
  example: [0, ''],
  key: (approval) => [toMicroseconds(approval.requestedAt), approval.id],
  direction: 'descending',
}

const FIRST_EVENT: Order<ApprovalEvent> = {
  list: 'approval events',
  example: [0],
  key: (event) => [event.seq],
  direction: 'ascending',
}

/**
 * The approvals of one tenant, one transaction per call; the clock is read inside it.
 * @param forgetTold forgets what consumers were told of one, or throws
 */
export function referenceApprovals<S extends { approvals: ApprovalsState }>(
  medium: Medium<S>,
  tenant: string,
  watchers: Watchers,
  forgetTold: (state: S, tenant: string, approval: Approval) => void,
): ApprovalStore {
  const transact = async <T>(work: (own: TenantApprovals, now: number) => T) => {
    const ended: string[] = []
    const result = await medium.transact(({ approvals }) => {
      ended.length = 0
      const own = ownOf(approvals, tenant)
      const result = work(own, databaseClock())
      for (const { approvalId, type } of own.fresh.splice(0)) if (ENDS.includes(type)) ended.push(approvalId)
      return result
    })
    for (const id of ended) watchers.tell(tenant, id)
    return result
  }

  const matching = (own: TenantApprovals, now: number, wanted: ApprovalQuery) =>
    seen(own, now).filter((approval) => matches(approval, approval.requestedAt, wanted))

  return {
    async request(input) {
      return transact((own, now) => {
        const wanted = acceptApproval(input, now)
        // The call decides before the id: whoever asks again for a call is told of the call.
        const stored = ofToolCall(own, wanted) ?? own.approvals.get(wanted.id)
        if (stored !== undefined) return sameRequest(wanted, asOf(stored, now))
        const tooLate = quorumTooLate(wanted)
        if (tooLate !== undefined) throw tooLate
        return asOf(keep(own, { approval: wanted, event: { type: 'requested', at: now, by: wanted.requestedBy } }), now)
      })
    },

    async decide(id, decision) {
      const [approvalId, accepted] = withId('approval', id, () => acceptDecision(decision))
      return transact((own, now) => {
        const approval = existing(own, approvalId)
        if (hasExpired(approval, now)) return { won: false, approval: keep(own, expireStep(approval)) }
        const step = decideStep(approval, accepted, now)
        if (step === undefined) return { won: false, approval }
        return { won: step.approval.status !== 'pending', approval: keep(own, step) }
      })
    },

    async consume(id, args) {
      const [approvalId, given] = withId('approval', id, () => acceptArgs(args))
      return transact((own, now) => keep(own, consumeStep(asOf(existing(own, approvalId), now), given.args, now)))
    },

    async complete(id, completion) {
      const [approvalId, accepted] = withId('approval', id, () => acceptCompletion(completion))
      return transact((own, now) => {
        const approval = asOf(existing(own, approvalId), now)
        const step = completeStep(approval, accepted, now)
        return step === undefined ? approval : keep(own, step)
      })
    },

    async cancel(id, by, reason) {
      const [approvalId, accepted] = withId('approval', id, () => acceptCancellation(by, reason))
      return transact((own, now) => {
        const approval = asOf(existing(own, approvalId), now)
        const step = cancelStep(approval, accepted, now)
        return step === undefined ? approval : keep(own, step)
      })
    },

    async expire() {
      return transact((own, now) => {
        const due = [...own.approvals.values()].filter((approval) => hasExpired(approval, now)).slice(0, SWEEP)
        for (const approval of due) keep(own, expireStep(approval))
        return due.length
      })
    },

    async remind() {
      return transact((own, now) => {
        const steps = [...own.approvals.values()].flatMap((approval) => {
          const told = own.events.filter(
            ({ approvalId, type }) => approvalId === approval.id && REMINDERS.includes(type),
          )
          return remindStep(approval, told.length, now) ?? []
        })
        for (const step of steps.slice(0, SWEEP)) keep(own, step)
        return Math.min(steps.length, SWEEP)
      })
    },

    async remove(id) {
      const approvalId = checkId('approval', id)
      return medium.transact((state) => {
        const own = ownOf(state.approvals, tenant)
        const approval = own.approvals.get(approvalId)
        if (approval === undefined) return false
        refusePending(asOf(approval, databaseClock()))
        forgetTold(state, tenant, approval)
        own.events = own.events.filter((event) => event.approvalId !== approvalId)
        return own.approvals.delete(approvalId)
      })
    },

    async get(id) {
      const approvalId = checkId('approval', id)
      return transact((own, now) => {
        const approval = own.approvals.get(approvalId)
        return approval === undefined ? null : asOf(approval, now)
      })
    },

    async getMany(ids) {
      const wanted = acceptIds(ids)
      return transact((own, now) =>
        wanted.flatMap((id) => {
          const approval = own.approvals.get(id)
          return approval === undefined ? [] : [summaryOf(asOf(approval, now))]
        }),
      )
    },

    async watch(heard) {
      const stop = watchers.add(tenant, acceptListener(heard))
      return async () => stop()
    },

    async list(query, page) {
      const [wanted, at] = acceptListing(NEWEST_APPROVAL, () => acceptApprovalQuery(query), page)
      return transact((own, now) => listing(NEWEST_APPROVAL, matching(own, now, wanted), at, summaryOf))
    },

    async count(query) {
      const wanted = acceptApprovalQuery(query)
      return transact((own, now) => matching(own, now, wanted).length)
    },

    async queue() {
      return transact((own, now) => waiting(seen(own, now)))
    },

    async events(id, page) {
      const [approvalId, at] = acceptListing(FIRST_EVENT, () => checkId('approval', id), page)
      return transact((own) => {
        const history = own.events.filter((event) => event.approvalId === approvalId)
        return listing(FIRST_EVENT, history, at, (event) => event)
      })
    },
  }
}
