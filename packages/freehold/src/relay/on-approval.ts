import type { ConsumerState, Delivery, Settlement, Storage } from '@freehold/contract'
import { type ApprovalNotice, noticeOf } from './notice.js'
import { type AcceptedOnApproval, acceptOnApproval, type OnApprovalOptions } from './on-approval-options.js'
import { type Answer, send } from './webhook.js'
import { RelayWorker } from './worker.js'

/** First time until something is tried again, which doubles, and the longest, in milliseconds. */
const [FIRST, LONGEST] = [1_000, 10_800_000]

export interface Told {
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
  const deliver = (deliveries: readonly Delivery[], signal: AbortSignal) =>
    Promise.all(deliveries.map((delivery) => tell(accepted, delivery, signal)))
  const worker = new RelayWorker(storage.relay, { consumer: name, from, deliver, interval, onError })
  return { state: () => storage.relay.state(name), close: () => worker.close() }
}

async function tell(options: AcceptedOnApproval, delivery: Delivery, signal: AbortSignal): Promise<Settlement> {
  const { tenant, approval, events, attempts } = delivery
  const settled: Settlement = { tenant, approvalId: approval.id, seq: events[0]!.seq - 1 }
  const dead: { seq: number; reason: string }[] = []
  let tried = attempts
  for (const event of events) {
    if (options.events.has(event.type)) {
      const answer = await tellOne(options, noticeOf(tenant, approval, event), signal)
      tried += 1
      if (!answer.told) {
        const again = answer.again && tried < options.tries
        options.onError(new Error(messageOf(options, answer, again)))
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

async function tellOne(options: AcceptedOnApproval, notice: ApprovalNotice, signal: AbortSignal): Promise<Answer> {
  const { target, call, timeout } = options
  if (target !== undefined) return send(target, notice.id, JSON.stringify(notice), signal)
  try {
    await call!(notice, AbortSignal.any([signal, AbortSignal.timeout(timeout)]))
    return { told: true }
  } catch (error) {
    return { told: false, again: true, reason: error instanceof Error ? `${error.name}: ${error.message}` : 'threw' }
  }
}

function messageOf({ name, tries }: AcceptedOnApproval, { reason }: { reason: string }, again: boolean): string {
  const next = again ? 'it is tried again' : `it is a dead letter: see storage.relay.dead, at most ${tries} tries`
  return `${name} was not told of an approval (${reason}); ${next}`
}
