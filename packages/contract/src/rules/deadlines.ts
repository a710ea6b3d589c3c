import type { Approval } from '../approval.js'
import type { Timestamp } from '../time.js'
import { EXPIRY_ACTOR, hasExpired, notBefore, type Step, step } from './decide.js'

/** A time at which the history of a pending approval is to say something. */
interface Deadline {
  at: Timestamp
  type: 'due' | 'escalated'
  reason: string
}

/** When there is something to tell of an approval after so many deadlines were told of. */
export function nextDeadline(approval: Approval, reminded: number): Timestamp | undefined {
  return deadlinesOf(approval)[reminded]?.at
}

/**
 * Tells of the next deadline if it has passed; `undefined` when there is none, or the approval is no longer open.
 * @param reminded how many of its deadlines are told of already
 */
export function remindStep(approval: Approval, reminded: number, now: Timestamp): Step | undefined {
  const deadline = deadlinesOf(approval)[reminded]
  if (approval.status !== 'pending' || hasExpired(approval, now)) return undefined
  if (deadline === undefined || deadline.at > now) return undefined
  const { type, reason } = deadline
  return step(approval, 'pending', { type, at: notBefore(approval, deadline.at), by: EXPIRY_ACTOR, reason })
}

/** In their order; of two at one time, that it is due comes first. */
function deadlinesOf({ dueAt, policy, requestedAt }: Approval): Deadline[] {
  const { escalation = [] } = policy
  const due: Deadline[] = dueAt === undefined ? [] : [{ at: dueAt, type: 'due', reason: 'it should have been decided' }]
  const steps = escalation.map(({ after }, i): Deadline => {
    const reason = `nobody decided in ${after / 1_000} s; step ${i + 1} of ${escalation.length}`
    return { at: requestedAt + after, type: 'escalated', reason }
  })
  return [...due, ...steps].sort((a, b) => a.at - b.at)
}
