import assert from 'node:assert/strict'
import { law } from '../case.js'
import { upTo } from './support.js'
import { allTold, taken, tellAll, typesOf } from './told-events.js'

const LONG_AGO = 1

/** What is told, to whom, and how often. */
export const takingCases = [
  law('every event of an approval is told to a consumer in order', async ({ storage: { approvals, relay } }) => {
    await relay.register('audit')
    await approvals.request({ id: 'spent', dueAt: LONG_AGO, policy: { quorum: 2 } })
    await approvals.remind()
    for (const by of ['ann', 'bob'])
      await approvals.decide('spent', { decision: 'approved', by, reason: `${by} says so` })
    await approvals.consume('spent')
    for (const id of ['swept', 'late']) await approvals.request({ id, expiresAt: LONG_AGO })
    await approvals.decide('late', { decision: 'approved', by: 'ann' })
    await approvals.expire()
    await approvals.request({ id: 'cancelled' })
    await approvals.cancel('cancelled', 'ann', 'not needed')
    await approvals.request({ id: 'many', policy: { quorum: 1000 } })
    for (const n of upTo(105)) await approvals.decide('many', { decision: 'approved', by: `voter ${n}` })
    const deliveries = await taken(relay, 'audit')
    const ids = ['cancelled', 'late', 'many', 'spent', 'swept']
    assert.deepEqual(deliveries.map(({ approval }) => approval.id).sort(), ids)
    for (const { approval, events } of deliveries) {
      const { items } = await approvals.events(approval.id, { limit: 1000 })
      assert.deepEqual(events, items.slice(0, 100), approval.id)
      assert.deepEqual(approval, await approvals.get(approval.id))
    }
    await relay.settle('audit', deliveries.map(allTold))
    await approvals.complete('spent', { outcome: 'failed', reason: 'no money' })
    const next = await tellAll(relay, 'audit')
    const seqs = next.map(({ approval, events }) => [approval.id, events.map(({ seq }) => seq)])
    assert.deepEqual(
      new Map(seqs as [string, number[]][]),
      new Map([
        ['many', upTo(106).slice(100)],
        ['spent', [6]],
      ]),
    )
  }),

  law('what was taken and not settled is told again', async ({ storage: { approvals, relay } }) => {
    await relay.register('mail')
    await approvals.request({ id: 'a' })
    await approvals.decide('a', { decision: 'approved', by: 'ann' })
    const first = await taken(relay, 'mail')
    for (const _ of upTo(3)) assert.deepEqual(await taken(relay, 'mail'), first)
    await relay.settle('mail', [{ ...allTold(first[0]!), seq: 1 }])
    assert.deepEqual(typesOf(await taken(relay, 'mail')), { a: ['approved'] })
  }),

  law(
    'of large approvals as many are taken as are not too much at once and the others next',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail')
      const args = 'x'.repeat(6_000_000)
      const [small, large] = [upTo(3).map((n) => `small ${n}`), upTo(5).map((n) => `large ${n}`)]
      for (const id of small) await approvals.request({ id })
      for (const id of large) await approvals.request({ id, args })
      const told: string[] = []
      for (let deliveries = await taken(relay, 'mail'); deliveries.length > 0; ) {
        const most = deliveries.filter(({ approval }) => approval.args !== undefined).length
        assert.ok(most <= 2, `${most} approvals of 6 MB at once`)
        told.push(...deliveries.map(({ approval }) => approval.id))
        await relay.settle('mail', deliveries.map(allTold))
        deliveries = await taken(relay, 'mail')
      }
      assert.deepEqual(told.sort(), [...small, ...large].sort())
    },
  ),

  law('what happens between taking and settling is told next', async ({ storage: { approvals, relay } }) => {
    await relay.register('mail')
    await approvals.request({ id: 'a' })
    const deliveries = await taken(relay, 'mail')
    await approvals.decide('a', { decision: 'approved', by: 'ann' })
    await relay.settle('mail', deliveries.map(allTold))
    assert.deepEqual(typesOf(await taken(relay, 'mail')), { a: ['approved'] })
    await approvals.consume('a')
    assert.deepEqual(typesOf(await taken(relay, 'mail')), { a: ['approved', 'consumed'] })
  }),

  law('telling is of all tenants and says of which', async ({ storage: { relay, tenant } }) => {
    await relay.register('mail')
    const tenants = ['one', 'two']
    for (const id of tenants) await tenant(id).approvals.request({ id: 'same', tool: id })
    await tenant('two').approvals.request({ id: 'another' })
    const told = (await taken(relay, 'mail')).map((one) => [one.tenant, one.approval.id, one.approval.tool])
    assert.deepEqual(told.sort(), [
      ['one', 'same', 'one'],
      ['two', 'another', undefined],
      ['two', 'same', 'two'],
    ])
    await relay.settle('mail', [{ tenant: 'two', approvalId: 'same', seq: 1 }])
    const left = (await taken(relay, 'mail')).map((one) => [one.tenant, one.approval.id])
    assert.deepEqual(left.sort(), [
      ['one', 'same'],
      ['two', 'another'],
    ])
  }),

  law(
    'while one holder has a consumer another gets nothing until it is given back',
    async ({ storage: { approvals, relay } }) => {
      for (const consumer of ['mail', 'chat']) await relay.register(consumer)
      await approvals.request({ id: 'a' })
      await taken(relay, 'mail', 'one')
      assert.equal(await relay.take('mail', 'two'), null)
      await relay.release('mail', 'two')
      assert.equal(await relay.take('mail', 'two'), null)
      await taken(relay, 'mail', 'one')
      await taken(relay, 'chat', 'two')
      await relay.release('mail', 'one')
      await taken(relay, 'mail', 'two')
      assert.equal(await relay.take('mail', 'one'), null)
    },
  ),

  law(
    'processes that decide and take at once miss no event and tell each approval in order',
    async (subject) => {
      const { relay } = subject.storage
      await relay.register('audit')
      const each = 10
      const reports = await subject.processes(4, 'relay', { consumer: 'audit', approvals: each })
      const rest = await tellAll(relay, 'audit')
      const lists = [...reports.map(({ told }) => told), rest.map(toldOf)]
      const all = reports.flatMap((_, worker) => upTo(each).map((n) => `${worker}-${n}`))
      for (const id of all) {
        const seqs = lists.map((told) => told.filter((one) => one.id === id).flatMap((one) => one.seqs))
        for (const one of seqs)
          assert.deepEqual(
            one,
            one.toSorted((a, b) => a - b),
            `${id} is told out of order`,
          )
        assert.deepEqual([...new Set(seqs.flat())].sort(), [1, 2, 3], `events of ${id}`)
      }
    },
    { needs: ['processes'] },
  ),
]

function toldOf({ approval, events }: Awaited<ReturnType<typeof taken>>[number]) {
  return { id: approval.id, seqs: events.map(({ seq }) => seq) }
}
