import { type Approval, type ApprovalStore, checkId, Fields, StoreError, type TenantStorage } from '@freehold/contract'
import { onAbort } from './on-abort.js'
import { Waiting } from './waiting.js'

export interface WaitOptions {
  /** Longest time to wait, in milliseconds, at least 1; without end unless told. */
  timeout?: number
  /** Ends waiting: the call rejects with the signal's reason. */
  signal?: AbortSignal
}

/** Longest time that a timer of Node takes. */
const MAX_TIME = 2 ** 31 - 1

const waitings = new WeakMap<ApprovalStore, Waiting>()

/**
 * Waits until an approval is no longer pending, and resolves to it as it is then: approved, rejected, expired, cancelled. Where the
 * database notifies (PostgreSQL), and for what this process decides, that is at once, elsewhere after a second or two. However many
 * calls wait on one storage, one statement looks for all of them. What is retryable is tried again until the time is over.
 *
 * @throws StoreError `not_found` when there is no such approval, `timeout` (retryable) when it is still pending then, `invalid` for
 * wrong options, or what the database says that will not pass by itself
 */
export async function waitFor(storage: TenantStorage, id: string, options: WaitOptions = {}): Promise<Approval> {
  const approvalId = checkId('approval', id)
  const { timeout, signal } = acceptWait(options)
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const ends: (() => void)[] = []
    const after =
      <T>(done: (value: T) => void) =>
      (value: T) => {
        for (const end of ends.splice(0)) end()
        done(value)
      }
    const fail = after(reject)
    ends.push(waitingOn(storage).add(approvalId, { resolve: after(resolve), reject: fail }))
    if (timeout !== undefined) {
      const timer = setTimeout(() => fail(late(timeout)), timeout)
      ends.push(() => clearTimeout(timer))
    }
    if (signal !== undefined) ends.push(onAbort(signal, () => fail(signal.reason)))
  })
}

/** @throws StoreError `invalid` */
export function acceptWait(options: WaitOptions): WaitOptions {
  const fields = new Fields('wait options', options, ['timeout', 'signal'])
  const timeout = fields.integer('timeout', 1, MAX_TIME)
  const signal = fields.raw('signal')
  if (signal !== undefined && !(signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  fields.done()
  return {
    ...(timeout === undefined ? {} : { timeout }),
    ...(signal === undefined ? {} : { signal: signal as AbortSignal }),
  }
}

function waitingOn({ approvals, capabilities }: TenantStorage): Waiting {
  const known = waitings.get(approvals) ?? new Waiting(approvals, capabilities.approvals.notifies)
  waitings.set(approvals, known)
  return known
}

function late(timeout: number): StoreError {
  const message = `nobody decided within ${timeout / 1_000} s; the approval is still pending: wait again, or come back to it by its id`
  return new StoreError('timeout', message, { retryable: true })
}
