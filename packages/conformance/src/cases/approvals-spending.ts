import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import type { ApprovalInput, ApprovalStore } from '@freehold/contract'
import { law } from '../case.js'
import { atOnce, connections, idsOf, refused, successesOf } from './support.js'

const ARGS = { lines: [{ count: 2, sku: 'x' }], order: 7 }

const consuming = [
  law('an approved approval is consumed once and the second time is a conflict', async ({ storage: { approvals } }) => {
    await approved(approvals, { id: 'a', args: ARGS })
    const consumed = await approvals.consume('a', ARGS)
    assert.equal(consumed.status, 'consumed')
    await refused('conflict', approvals.consume('a', ARGS))
    assert.deepEqual(await approvals.get('a'), consumed)
  }),

  law('consuming with other arguments than were shown is a conflict and leaves it unspent', async (subject) => {
    const { approvals } = subject.storage
    await approved(approvals, { id: 'a', args: ARGS })
    await refused('conflict', approvals.consume('a', { ...ARGS, order: 8 }))
    await refused('conflict', approvals.consume('a'))
    assert.equal((await approvals.consume('a', ARGS)).status, 'consumed')
  }),

  law('consuming with the same arguments in another key order works', async ({ storage: { approvals } }) => {
    await approved(approvals, { id: 'a', args: ARGS })
    const consumed = await approvals.consume('a', { order: 7, lines: [{ sku: 'x', count: 2 }] })
    assert.equal(consumed.status, 'consumed')
  }),

  law(
    'an approval that binds some fields is spent with others worded anew and never with another value of a bound one',
    async ({ storage: { approvals } }) => {
      await approved(approvals, { id: 'a', args: { ...ARGS, why: 'broken', by: 'mail' }, bind: ['order', 'lines'] })
      for (const other of [{ ...ARGS, order: 8 }, { order: 7 }, { lines: ARGS.lines, why: 'broken' }, {}, [], 'order'])
        await refused('conflict', approvals.consume('a', other))
      await refused('conflict', approvals.consume('a'))
      const consumed = await approvals.consume('a', { ...ARGS, why: 'it does not work', more: true })
      assert.deepEqual([consumed.status, consumed.args], ['consumed', { ...ARGS, why: 'broken', by: 'mail' }])
    },
  ),

  law(
    'an approval of type audit is spent without a decision and never after a rejection',
    async ({ storage: { approvals } }) => {
      for (const id of ['open', 'rejected', 'cancelled']) await approvals.request({ id, type: 'audit', args: ARGS })
      await approvals.decide('rejected', { decision: 'rejected', by: 'bob' })
      await approvals.cancel('cancelled', 'bob')
      await refused('conflict', approvals.consume('open', 'other'))
      assert.equal((await approvals.consume('open', ARGS)).status, 'consumed')
      for (const id of ['open', 'rejected', 'cancelled']) await refused('conflict', approvals.consume(id, ARGS))
      assert.deepEqual(idsOf(await approvals.list({ status: 'consumed' })), ['open'])
    },
  ),

  law('consuming what is not approved is a conflict', async ({ storage: { approvals } }) => {
    for (const id of ['pending', 'rejected', 'cancelled']) await approvals.request({ id })
    await approvals.request({ id: 'expired', expiresAt: 1 })
    await approvals.decide('rejected', { decision: 'rejected', by: 'bob' })
    await approvals.cancel('cancelled', 'bob')
    for (const id of ['pending', 'rejected', 'cancelled', 'expired']) {
      await refused('conflict', approvals.consume(id))
      assert.equal((await approvals.list({ status: 'consumed' })).items.length, 0, id)
    }
  }),

  law('an approval granted in time stays approved and can be spent after its end', async (subject) => {
    const { approvals } = subject.storage
    const id = await grantedInTime(approvals)
    await approvals.expire()
    assert.equal((await approvals.get(id))?.status, 'approved')
    assert.deepEqual(idsOf(await approvals.list({ status: 'approved' })), [id])
    const consumed = await approvals.consume(id)
    assert.deepEqual([consumed.status, consumed.resolution?.by], ['consumed', 'bob'])
  }),

  law('consuming an approval that does not exist is not_found', async ({ storage: { approvals } }) => {
    await refused('not_found', approvals.consume('nothing'))
  }),

  law('of simultaneous consumers exactly one succeeds', async (subject) => {
    await approved(subject.storage.approvals, { id: 'a', args: ARGS })
    const outcomes = await atOnce(await connections(subject, 4), 4, ({ approvals }) => approvals.consume('a', ARGS))
    assert.equal(successesOf(outcomes).length, 1)
  }),
]

const cancelling = [
  law('cancelling a pending approval makes it cancelled and a second time gives it back', async (subject) => {
    const { approvals } = subject.storage
    await approvals.request({ id: 'a' })
    const cancelled = await approvals.cancel('a', 'ann', 'no longer needed')
    assert.equal(cancelled.status, 'cancelled')
    assert.equal(cancelled.resolution?.by, 'ann')
    assert.equal(cancelled.resolution.reason, 'no longer needed')
    assert.deepEqual(await approvals.cancel('a', 'bob', 'again'), cancelled)
    assert.deepEqual(await approvals.get('a'), cancelled)
  }),

  law('cancelling what is already resolved is a conflict', async ({ storage: { approvals } }) => {
    for (const decision of ['approved', 'rejected'] as const) {
      await approvals.request({ id: decision })
      const { approval } = await approvals.decide(decision, { decision, by: 'bob' })
      await refused('conflict', approvals.cancel(decision, 'ann'))
      assert.deepEqual(await approvals.get(decision), approval)
    }
    const spent = await approvals.consume('approved')
    await approvals.request({ id: 'expired', expiresAt: 1 })
    for (const id of ['approved', 'expired']) await refused('conflict', approvals.cancel(id, 'ann'))
    assert.deepEqual(await approvals.get('approved'), spent)
    assert.deepEqual(idsOf(await approvals.list({ status: 'expired' })), ['expired'])
  }),

  law('cancelling an approval that does not exist is not_found', async ({ storage: { approvals } }) => {
    await refused('not_found', approvals.cancel('nothing', 'ann'))
  }),
]

/** Consuming and cancelling. */
export const spendingCases = [...consuming, ...cancelling]

/** The id of an approval that was granted before its end, which has passed since. A slow store is given more time. */
async function grantedInTime(approvals: ApprovalStore): Promise<string> {
  for (const [i, time] of [100, 1_000, 10_000].entries()) {
    const { requestedAt } = await approvals.request({ id: `clock ${i}` })
    await approvals.request({ id: `a${i}`, expiresAt: requestedAt + time })
    const { won } = await approvals.decide(`a${i}`, { decision: 'approved', by: 'bob' })
    if (!won) continue
    await after(time + 50)
    return `a${i}`
  }
  return assert.fail('no decision came in time')
}

async function approved(approvals: ApprovalStore, input: ApprovalInput & { id: string }): Promise<void> {
  await approvals.request(input)
  await approvals.decide(input.id, { decision: 'approved', by: 'bob' })
}
