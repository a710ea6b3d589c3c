import assert from 'node:assert/strict'
import { setTimeout as after } from 'node:timers/promises'
import { law } from '../case.js'
import { laterThanBefore } from './support.js'

const LONG_AGO = 1

/** Histories. */
export const approvalEventCases = [
  law('every step of an approval leaves one event in order', async ({ storage: { approvals } }) => {
    const { id } = await approvals.request({ requestedBy: 'ann', policy: { quorum: 2 } })
    await approvals.decide(id, { decision: 'approved', by: 'bob' })
    await approvals.decide(id, { decision: 'approved', by: 'eve', reason: 'fine' })
    await approvals.decide(id, { decision: 'rejected', by: 'late' })
    const { version } = await approvals.consume(id)
    const { items } = await approvals.events(id)
    assert.deepEqual(
      items.map(({ approvalId, seq, type, by, reason }) => ({ approvalId, seq, type, by, reason })),
      [
        { approvalId: id, seq: 1, type: 'requested', by: 'ann', reason: undefined },
        { approvalId: id, seq: 2, type: 'voted', by: 'bob', reason: undefined },
        { approvalId: id, seq: 3, type: 'approved', by: 'eve', reason: 'fine' },
        { approvalId: id, seq: version, type: 'consumed', by: undefined, reason: undefined },
      ],
    )
    assert.equal(new Set(items.map((event) => event.id)).size, 4)
    assert.deepEqual(await approvals.events('nothing'), { items: [] })
  }),

  law('every ending of an approval leaves one event that tells its resolution', async ({ storage: { approvals } }) => {
    const past = { requestedBy: 'eve', expiresAt: LONG_AGO }
    await approvals.request({ ...past, id: 'overdue', policy: { onExpiry: 'rejected' } })
    await approvals.request({ ...past, id: 'swept' })
    for (const id of ['approved', 'rejected', 'cancelled']) await approvals.request({ id, requestedBy: 'eve' })
    await laterThanBefore()
    await approvals.decide('approved', { decision: 'approved', by: 'ann', reason: 'fine' })
    await approvals.decide('rejected', { decision: 'rejected', by: 'bob', reason: 'too much' })
    await approvals.cancel('cancelled', 'ann', 'changed my mind')
    // The late decision finds that it is over.
    await approvals.decide('overdue', { decision: 'approved', by: 'ann' })
    await approvals.expire()
    const endings = { approved: 'ann', rejected: 'bob', cancelled: 'ann', overdue: undefined, swept: undefined }
    for (const [id, by] of Object.entries(endings)) {
      const { status, requestedAt, resolution, version } = (await approvals.get(id))!
      const [requested, ended, ...more] = (await approvals.events(id)).items
      assert.deepEqual(more, [], id)
      assert.deepEqual([requested?.type, requested?.by, requested?.at], ['requested', 'eve', requestedAt], id)
      const { at, reason } = resolution!
      assert.deepEqual(
        { seq: ended?.seq, type: ended?.type, at: ended?.at, by: ended?.by, reason: ended?.reason },
        { seq: version, type: status, at, by: resolution?.by, reason },
        id,
      )
      if (by !== undefined) assert.deepEqual([resolution?.by, at > requestedAt], [by, true], id)
    }
    assert.equal((await approvals.get('swept'))?.status, 'expired')
  }),

  law(
    'an approval that becomes due or escalates leaves one event of each in order and stays open',
    async ({ storage: { approvals } }) => {
      const policy = { approvers: ['bob'], escalation: [{ after: 100, approvers: ['kim'] }] }
      const { requestedAt } = await approvals.request({ id: 'open', dueAt: LONG_AGO, policy })
      await approvals.request({ id: 'later', dueAt: requestedAt + 1e9 })
      await approvals.request({ id: 'over', dueAt: LONG_AGO, expiresAt: LONG_AGO })
      await approvals.request({ id: 'decided', dueAt: LONG_AGO })
      await approvals.decide('decided', { decision: 'rejected', by: 'bob' })
      const remindAll = async () => {
        while ((await approvals.remind()) > 0);
      }
      await remindAll()
      await after(150)
      await remindAll()
      await remindAll()
      const { items } = await approvals.events('open')
      assert.deepEqual(
        items.map(({ type, seq }) => [type, seq]),
        [
          ['requested', 1],
          ['due', 2],
          ['escalated', 3],
        ],
      )
      assert.ok(items[2]!.at >= requestedAt + 100 && items[1]!.at >= requestedAt, 'when they are told')
      const open = await approvals.get('open')
      assert.deepEqual([open?.status, open?.version, open?.votes], ['pending', 3, []])
      for (const [id, events] of [
        ['later', 1],
        ['over', 1],
        ['decided', 2],
      ] as const)
        assert.equal((await approvals.events(id)).items.length, events, id)
      assert.equal((await approvals.decide('open', { decision: 'approved', by: 'kim' })).won, true)
    },
  ),

  law(
    'an approval that is past its end before any sweep leaves an event of its end alone',
    async ({ storage: { approvals } }) => {
      await approvals.request({ id: 'over', dueAt: LONG_AGO, expiresAt: LONG_AGO + 1 })
      await approvals.remind()
      await approvals.expire()
      await approvals.remind()
      const { items } = await approvals.events('over')
      assert.deepEqual(
        items.map(({ type }) => type),
        ['requested', 'expired'],
      )
    },
  ),
]
