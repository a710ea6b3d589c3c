import assert from 'node:assert/strict'
import { law } from '../case.js'
import { laterThanBefore, refused } from './support.js'
import { allTold, failed, taken, tellAll, typesOf } from './told-events.js'

const AN_HOUR = 3_600_000

/** What becomes of telling. */
export const settlingCases = [
  law('settling less than was settled before takes nothing back', async ({ storage: { approvals, relay } }) => {
    await relay.register('mail')
    await approvals.request({ id: 'a' })
    await approvals.decide('a', { decision: 'approved', by: 'ann' })
    const [first] = await taken(relay, 'mail')
    await relay.settle('mail', [allTold(first!)])
    await relay.settle('mail', [{ ...allTold(first!), seq: 1 }])
    await relay.settle('mail', [{ tenant: 'nobody', approvalId: 'never', seq: 7 }])
    assert.deepEqual(await taken(relay, 'mail'), [])
    await approvals.consume('a')
    assert.deepEqual(typesOf(await taken(relay, 'mail')), { a: ['consumed'] })
  }),

  law(
    'settling late what was told of an approval that was removed leaves the one that has its id now as it is',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail')
      await approvals.request({ id: 'a' })
      await approvals.cancel('a', 'ann')
      const [former] = await taken(relay, 'mail')
      await relay.settle('mail', [allTold(former!)])
      await approvals.remove('a')
      await laterThanBefore()
      await approvals.request({ id: 'a' })
      const now = await taken(relay, 'mail')
      const late = { ...allTold(former!), seq: 1 }
      for (const result of [failed(former!, AN_HOUR), late, { ...late, dead: [{ seq: 1, reason: 'full' }] }])
        await relay.settle('mail', [{ ...result, requestedAt: late.requestedAt! }])
      assert.deepEqual(await taken(relay, 'mail'), now)
      assert.deepEqual((await relay.dead('mail')).items, [])
      await relay.settle('mail', now.map(allTold))
      assert.deepEqual(await taken(relay, 'mail'), [])
    },
  ),

  law(
    'a failure is tried again when its time has come and not before and what comes after it waits',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail')
      for (const id of ['a', 'b']) await approvals.request({ id })
      const deliveries = await taken(relay, 'mail')
      assert.deepEqual(
        deliveries.map(({ attempts, failingSince }) => [attempts, failingSince]),
        [
          [0, undefined],
          [0, undefined],
        ],
      )
      const a = deliveries.find(({ approval }) => approval.id === 'a')!
      await relay.settle('mail', [failed(a, AN_HOUR)])
      assert.deepEqual(typesOf(await tellAll(relay, 'mail')), { b: ['requested'] })
      await approvals.decide('a', { decision: 'approved', by: 'ann' })
      assert.deepEqual(await taken(relay, 'mail'), [])
      await relay.settle('mail', [failed(a, 1)])
      await laterThanBefore()
      const [again] = await taken(relay, 'mail')
      assert.deepEqual(typesOf([again!]), { a: ['requested', 'approved'] })
      assert.equal(again!.attempts, 2)
      assert.ok(again!.failingSince! >= a.approval.requestedAt, 'since when it fails')
      await relay.settle('mail', [{ ...allTold(again!), seq: 1 }])
      const [better] = await taken(relay, 'mail')
      assert.deepEqual([better?.attempts, better?.failingSince], [0, undefined])
    },
  ),

  law('a dead letter is kept with its reason and holds up nothing', async ({ storage: { approvals, relay } }) => {
    await relay.register('mail')
    await approvals.request({ id: 'a' })
    await approvals.decide('a', { decision: 'approved', by: 'ann' })
    const [one] = await taken(relay, 'mail')
    const { tenant } = one!
    const reason = 'x'.repeat(2000)
    await relay.settle('mail', [{ tenant, approvalId: 'a', seq: 1, dead: [{ seq: 1, reason }] }])
    assert.deepEqual(typesOf(await taken(relay, 'mail')), { a: ['approved'] })
    const { items } = await relay.dead('mail')
    const [letter] = items
    assert.deepEqual(items, [{ tenant, approvalId: 'a', seq: 1, reason: reason.slice(0, 1000), at: letter!.at }])
    assert.ok(letter!.at >= one!.approval.requestedAt, 'when it died')
  }),

  law('failures are counted anew after an event that was told', async ({ storage: { approvals, relay } }) => {
    await relay.register('mail')
    await approvals.request({ id: 'a' })
    await approvals.cancel('a', 'ann')
    for (const attempts of [1, 2]) {
      await relay.settle('mail', [failed((await taken(relay, 'mail'))[0]!, 0)])
      assert.equal((await taken(relay, 'mail'))[0]?.attempts, attempts)
    }
    const [one] = await taken(relay, 'mail')
    // The first was told after all, and the second was not.
    await relay.settle('mail', [{ ...failed(one!, 0), seq: 1 }])
    const [next] = await taken(relay, 'mail')
    assert.deepEqual([typesOf([next!]), next?.attempts], [{ a: ['cancelled'] }, 1])
    assert.ok(next!.failingSince! >= one!.failingSince!, 'since when it fails')
  }),

  law(
    'settling the same approval twice in one call, or a dead letter after what was told, is refused as invalid',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail')
      await approvals.request({ id: 'a' })
      const [one] = await taken(relay, 'mail')
      const told = allTold(one!)
      await refused('invalid', relay.settle('mail', [told, told]))
      await refused('invalid', relay.settle('mail', [{ ...told, seq: 0, dead: [{ seq: 1, reason: 'full' }] }]))
      assert.deepEqual(await taken(relay, 'mail'), [one])
    },
  ),

  law(
    'the state of a consumer tells how many approvals wait and fail, since when, and how many letters are dead',
    async ({ storage: { approvals, relay } }) => {
      await relay.register('mail')
      assert.deepEqual(await relay.state('mail'), { waiting: 0, failing: 0, dead: 0 })
      const requested = []
      for (const id of ['a', 'b', 'c', 'd']) requested.push(await approvals.request({ id }))
      const [a, b, c] = (await taken(relay, 'mail')).sort((one, other) =>
        one.approval.id < other.approval.id ? -1 : 1,
      )
      const before = await relay.state('mail')
      assert.ok(before.oldest! >= requested[0]!.requestedAt, 'since when something waits')
      assert.deepEqual({ ...before, oldest: 0 }, { waiting: 4, oldest: 0, failing: 0, dead: 0 })
      await relay.settle('mail', [
        failed(a!, AN_HOUR),
        { ...allTold(b!), dead: [{ seq: 1, reason: 'full' }] },
        allTold(c!),
      ])
      const after = await relay.state('mail')
      assert.deepEqual({ ...after, oldest: 0 }, { waiting: 2, oldest: 0, failing: 1, dead: 1 })
      await relay.settle('mail', [allTold(a!)])
      await tellAll(relay, 'mail')
      assert.deepEqual(await relay.state('mail'), { waiting: 0, failing: 0, dead: 1 })
    },
  ),
]
