import assert from 'node:assert/strict'
import { law } from '../case.js'
import { laterThanBefore, refused } from './support.js'
import { allTold, taken, tellAll, typesOf } from './told-events.js'

/** Who is told, and since when. */
export const consumerCases = [
  law(
    'registering a consumer again changes nothing and from elsewhere is a conflict',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('late')
      await approvals.request({ id: 'a' })
      await laterThanBefore()
      await relay.register('late')
      await relay.register('late', { from: 'now' })
      await refused('conflict', relay.register('late', { from: 'start' }))
      assert.deepEqual(typesOf(await taken(relay, 'late')), { a: ['requested'] })
    },
  ),

  law(
    'a consumer from the start is told of what happened before it registered and one from now is not',
    async ({ storage: { approvals, relay, tenant } }) => {
      await relay.register('early')
      for (const id of ['before', 'over']) await approvals.request({ id })
      for (const id of ['one', 'two', 'three']) await tenant(id).approvals.request({ id: `of ${id}` })
      await approvals.cancel('over', 'ann')
      await tellAll(relay, 'early')
      await approvals.decide('before', { decision: 'approved', by: 'bob' })
      await laterThanBefore()
      await relay.register('whole', { from: 'start' })
      await relay.register('late')
      await laterThanBefore()
      await approvals.request({ id: 'after' })
      await approvals.consume('before')
      const [requested, spent] = [['requested'], ['requested', 'approved', 'consumed']]
      const theirs = { 'of one': requested, 'of two': requested, 'of three': requested }
      const all = { before: spent, over: ['requested', 'cancelled'], after: requested, ...theirs }
      assert.deepEqual(typesOf(await taken(relay, 'late')), { before: ['consumed'], after: requested })
      assert.deepEqual(typesOf(await taken(relay, 'early')), { before: ['approved', 'consumed'], after: requested })
      assert.deepEqual(typesOf(await tellAll(relay, 'whole')), all)
    },
  ),

  law('each consumer is told on its own', async ({ storage: { approvals, relay } }) => {
    for (const consumer of ['mail', 'chat']) await relay.register(consumer)
    await approvals.request({ id: 'a' })
    const told = { a: ['requested'] }
    assert.deepEqual(typesOf(await tellAll(relay, 'mail')), told)
    assert.deepEqual(typesOf(await taken(relay, 'chat')), told)
    assert.deepEqual(await taken(relay, 'mail'), [])
  }),

  law('taking for a consumer that is not registered is not_found', async ({ storage: { relay } }) => {
    await relay.register('there')
    await refused('not_found', relay.take('gone', 'teller'))
    await refused('not_found', relay.settle('gone', []))
    await refused('not_found', relay.state('gone'))
    await refused('not_found', relay.dead('gone'))
    await relay.release('gone', 'teller')
  }),

  law(
    'a consumer that is unregistered is not known any more and begins anew when it registers again',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail', { from: 'start' })
      for (const id of ['told', 'dead', 'waiting']) await approvals.request({ id })
      for (const one of await taken(relay, 'mail')) {
        const dead = [{ seq: 1, reason: 'nobody is there' }]
        if (one.approval.id === 'told') await relay.settle('mail', [allTold(one)])
        if (one.approval.id === 'dead') await relay.settle('mail', [{ ...allTold(one), dead }])
      }
      await relay.unregister('mail')
      await refused('not_found', relay.state('mail'))
      await relay.unregister('mail')
      await laterThanBefore()
      await relay.register('mail')
      await approvals.request({ id: 'after' })
      assert.deepEqual(typesOf(await taken(relay, 'mail')), { after: ['requested'] })
      assert.equal((await relay.state('mail')).dead, 0)
    },
  ),

  law('dead letters are of their consumer and listed newest first', async ({ storage: { approvals, relay } }) => {
    for (const consumer of ['mail', 'chat']) await relay.register(consumer)
    for (const id of ['a', 'b']) await approvals.request({ id })
    const die = async (consumer: string, id: string) => {
      const one = (await taken(relay, consumer)).find(({ approval }) => approval.id === id)!
      await relay.settle(consumer, [{ ...allTold(one), dead: [{ seq: 1, reason: `${consumer} is full` }] }])
      await laterThanBefore()
    }
    for (const id of ['b', 'a']) await die('mail', id)
    await die('chat', 'b')
    const idsOf = async (consumer: string) => (await relay.dead(consumer)).items.map(({ approvalId }) => approvalId)
    assert.deepEqual(await idsOf('mail'), ['a', 'b'])
    assert.deepEqual(await idsOf('chat'), ['b'])
  }),

  law(
    'a sweep of the relay marks what has expired and notes what is due in all tenants',
    async ({ storage: { relay, tenant } }) => {
      await relay.register('chat', { from: 'start' })
      for (const id of ['one', 'two']) {
        await tenant(id).approvals.request({ id: 'over', expiresAt: 1 })
        await tenant(id).approvals.request({ id: 'due', dueAt: 1 })
        await tenant(id).approvals.request({ id: 'open' })
      }
      let changed = 0
      for (let last = 1; last > 0; changed += last) last = await relay.sweep()
      assert.equal(changed, 4)
      const deliveries = await taken(relay, 'chat')
      const told = { over: ['requested', 'expired'], due: ['requested', 'due'], open: ['requested'] }
      for (const id of ['one', 'two']) assert.deepEqual(typesOf(deliveries.filter((each) => each.tenant === id)), told)
    },
  ),
]
