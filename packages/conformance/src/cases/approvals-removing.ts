import assert from 'node:assert/strict'
import { law } from '../case.js'
import { idsOf, refused } from './support.js'
import { allTold, taken, tellAll } from './told-events.js'

const CALL = { runId: 'run', toolCallId: 'call', tool: 'refund', args: { amount: 7 } }

/** Removing approvals that are over. */
export const removingApprovalCases = [
  law(
    'removing an approval removes its history and its call may be asked for anew',
    async ({ storage: { approvals } }) => {
      for (const id of ['a', 'b']) await approvals.request({ ...CALL, id, toolCallId: id })
      await approvals.decide('a', { decision: 'approved', by: 'ann' })
      await approvals.consume('a', CALL.args)
      assert.equal(await approvals.remove('a'), true)
      assert.equal(await approvals.get('a'), null)
      assert.deepEqual(await approvals.events('a'), { items: [] })
      assert.deepEqual(idsOf(await approvals.list({ runId: 'run' })), ['b'])
      await refused('not_found', approvals.consume('a', CALL.args))
      const anew = await approvals.request({ ...CALL, id: 'a', toolCallId: 'a' })
      assert.deepEqual([anew.status, anew.version], ['pending', 1])
      assert.deepEqual(
        (await approvals.events('a')).items.map(({ type }) => type),
        ['requested'],
      )
      assert.equal((await approvals.events('b')).items.length, 1)
    },
  ),

  law('removing a pending approval is a conflict and changes nothing', async ({ storage: { approvals } }) => {
    const before = await approvals.request({ ...CALL, id: 'a' })
    await refused('conflict', approvals.remove('a'))
    assert.deepEqual(await approvals.get('a'), before)
    await approvals.request({ id: 'late', expiresAt: 1 })
    assert.equal(await approvals.remove('late'), true)
    await approvals.cancel('a', 'ann')
    assert.equal(await approvals.remove('a'), true)
    assert.deepEqual(await approvals.list(), { items: [] })
  }),

  law(
    'removing an approval is a conflict until every consumer was told of it',
    async ({ storage: { approvals, relay } }) => {
      for (const consumer of ['mail', 'chat']) await relay.register(consumer)
      for (const id of ['a', 'b']) {
        await approvals.request({ id })
        await approvals.cancel(id, 'ann')
      }
      await refused('conflict', approvals.remove('a'))
      await tellAll(relay, 'mail')
      await refused('conflict', approvals.remove('a'))
      const waiting = await taken(relay, 'chat')
      const a = waiting.find(({ approval }) => approval.id === 'a')!
      const given = { ...allTold(a), dead: [{ seq: 1, reason: 'no such chat' }] }
      await relay.settle('chat', [given])
      assert.equal((await relay.dead('chat')).items.length, 1)
      assert.equal(await approvals.remove('a'), true)
      assert.deepEqual(await relay.dead('chat'), { items: [] })
      await refused('conflict', approvals.remove('b'))
      assert.deepEqual(
        (await taken(relay, 'chat')).map(({ approval }) => approval.id),
        ['b'],
      )
      await approvals.request({ id: 'late', expiresAt: 1 })
      for (const consumer of ['mail', 'chat']) await tellAll(relay, consumer)
      await refused('conflict', approvals.remove('late'))
      await approvals.expire()
      for (const consumer of ['mail', 'chat']) await tellAll(relay, consumer)
      for (const id of ['b', 'late']) assert.equal(await approvals.remove(id), true)
    },
  ),

  law('removing an approval that does not exist is false', async ({ storage: { approvals } }) => {
    assert.equal(await approvals.remove('nobody'), false)
  }),
]
