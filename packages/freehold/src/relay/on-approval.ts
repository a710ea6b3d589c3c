import type { ConsumerState, Delivery, Settlement, Storage } from '@freehold/contract'
import { tell } from '@freehold/recorder'
import { reasonOf } from '../reason-of.js'
import { type ApprovalNotice, noticeOf } from './notice.js'
import { type AcceptedOnApproval, acceptOnApproval, type OnApprovalOptions } from './on-approval-options.js'
import { type Answer, send } from './webhook.js'
import { RelayWorker, type Time } from './worker.js'

/** First time until something is tried again, which doubles, and the longest, in milliseconds. */
const [FIRST, LONGEST] = [1_000, 10_800_000]
/** Approvals that are told of at the same time. */
const AT_ONCE = 10

export interface Told {
  /** Resolves when the name is known to the database: what happens from then on is told, and maybe some of what happened just before. */
  readonly ready: Promise<void>
  /** How much waits to be told, and how much is given up. */
  state(): Promise<ConsumerState>
  /** Waits for what is on its way. What was not told is told by the next process. */
  close(): Promise<void>
}

/**
 * Tells a webhook or a function of what happens to the approvals of all tenants: at least once, in order for each approval, whatever
 * becomes of the process that decided. Any number of processes may call it with one name: one of them tells, and another goes on when
 * it dies. What fails is tried again, later each time; what never succeeds, or is answered with a status that says so, is kept as a dead
 * letter (`storage.relay.dead(name)`), and what comes after it is told.
 *
 * @throws StoreError `invalid` for wrong options. Later errors go to `onError`.
 */
export function onApproval(storage: Storage, options: OnApprovalOptions): Told {
  const accepted = acceptOnApproval(options)
  const { name, from, interval, onError } = accepted
  const deliver = (deliveries: readonly Delivery[], time: Time) => tellAll(accepted, deliveries, time)
  const worker = new RelayWorker(storage.relay, { consumer: name, from, deliver, interval, onError })
  return { ready: worker.ready, state: () => storage.relay.state(name), close: () => worker.close() }
}

/** What there is time for: after that another process may take what is left. */
async function tellAll(options: AcceptedOnApproval, deliveries: readonly Delivery[], time: Time) {
  const left = [...deliveries]
  const settlements: Settlement[] = []
  const teller = async () => {
    for (let next = left.shift(); next !== undefined && isTime(options, time); next = left.shift())
      settlements.push(await tellOf(options, next, time))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, teller))
  return settlements
}

function isTime({ timeout }: AcceptedOnApproval, { until, signal }: Time): boolean {
  return performance.now() + timeout < until && !signal.aborted
}

async function tellOf(
  options: AcceptedOnApproval,
  { tenant, approval, events, attempts }: Delivery,
  time: Time,
): Promise<Settlement> {
  const { id: approvalId, requestedAt } = approval
  const settled: Settlement = { tenant, approvalId, requestedAt, seq: events[0]!.seq - 1 }
  const dead: { seq: number; reason: string }[] = []
  let tried = attempts
  for (const [i, event] of events.entries()) {
    if (i > 0 && !isTime(options, time)) break
    if (options.events.has(event.type)) {
      const answer = await tellOne(options, noticeOf(tenant, approval, event))
      tried += 1
      if (!answer.told) {
        const again = answer.again && tried < options.tries
        tell(options.onError, new Error(messageOf(options, answer, again)))
        const retryIn = answer.after ?? Math.min(LONGEST, FIRST * 2 ** (tried - 1))
        if (again) return { ...settled, dead, failure: { reason: answer.reason, retryIn } }
        dead.push({ seq: event.seq, reason: answer.reason })
      }
      tried = 0
    }
    settled.seq = event.seq
  }
  return { ...settled, dead }
}

async function tellOne(options: AcceptedOnApproval, notice: ApprovalNotice): Promise<Answer> {
  const { target, call, timeout } = options
  if (target !== undefined) return send(target, notice.id, JSON.stringify(notice))
  const signal = AbortSignal.timeout(timeout)
  try {
    // One that does not heed the signal is left to itself, and told again.
    await Promise.race([call!(structuredClone(notice), signal), once(signal)])
    return { told: true }
  } catch (error) {
    return { told: false, again: true, reason: reasonOf(error) }
  }
}

async function once(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  throw signal.reason
}

function messageOf({ name }: AcceptedOnApproval, { reason }: { reason: string }, again: boolean): string {
  const next = again ? 'it is tried again' : 'it is a dead letter, which storage.relay.dead lists'
  return `${name} was not told of an approval (${reason}); ${next}`
}
