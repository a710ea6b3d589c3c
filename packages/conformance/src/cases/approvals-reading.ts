import assert from 'node:assert/strict'
import type { Approval, ApprovalInput, ApprovalQuery } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf, laterThanBefore } from './support.js'

const LONG_AGO = 1
const FAR_AHEAD = 5_000_000_000_000

const WHOLE = {
  type: 'audit',
  pauseType: 'user_input',
  runId: 'r',
  sessionId: 's',
  stepId: 'p',
  tool: 'refund',
  agentId: 'g',
  teamId: 't',
  workflowId: 'w',
  args: { order: 7 },
  requestedBy: 'ann',
  policy: { quorum: 2 },
  context: { why: ['broken'] },
  dueAt: FAR_AHEAD,
  expiresAt: FAR_AHEAD,
} as const satisfies ApprovalInput

const expiring = [
  law('a sweep marks what has expired and nothing else', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'past', expiresAt: LONG_AGO })
    await approvals.request({ id: 'ahead', expiresAt: FAR_AHEAD })
    await approvals.request({ id: 'endless' })
    await approvals.request({ id: 'rejecting', expiresAt: LONG_AGO, policy: { onExpiry: 'rejected' } })
    assert.equal(await approvals.expire(), 2)
    assert.equal(await approvals.expire(), 0)
    const marks = async (id: string) => (await approvals.events(id)).items.map((event) => event.type)
    assert.deepEqual(await marks('past'), ['requested', 'expired'])
    assert.deepEqual(await marks('rejecting'), ['requested', 'rejected'])
    assert.equal((await approvals.get('past'))?.status, 'expired')
    assert.equal((await approvals.get('rejecting'))?.status, 'rejected')
    for (const id of ['ahead', 'endless']) assert.equal((await approvals.get(id))?.status, 'pending')
  }),

  law('an approval that does not exist is null', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'nothing else' })
    assert.equal(await approvals.get('nothing'), null)
  }),

  law('an approval that has expired reads as expired before any sweep', async ({ storage: { approvals } }) => {
    const asked = await approvals.request({ id: 'past', expiresAt: LONG_AGO })
    assert.equal(asked.status, 'expired')
    assert.deepEqual(await approvals.get('past'), asked)
    assert.deepEqual(await approvals.request({ id: 'past', expiresAt: LONG_AGO }), asked)
    await approvals.request({ id: 'rejecting', expiresAt: LONG_AGO, policy: { onExpiry: 'rejected' } })
    assert.equal((await approvals.get('rejecting'))?.status, 'rejected')
    const listed = (await approvals.list()).items.map(({ id, status }) => [id, status])
    assert.deepEqual(Object.fromEntries(listed), { past: 'expired', rejecting: 'rejected' })
  }),
]

const listing = [
  law('approvals are listed newest first without arguments and context', async ({ storage: { approvals } }) => {
    const requested: Approval[] = []
    for (const id of ['b', 'c', 'a']) {
      requested.push(await approvals.request({ ...WHOLE, id, toolCallId: id }))
      await laterThanBefore()
    }
    const shown = requested.map(({ args, argsHash, policy, votes, context, ...summary }) => summary)
    assert.deepEqual(await approvals.list(), { items: shown.reverse() })
  }),

  law('every filter of approvals narrows the list and filters combine', async ({ storage: { approvals } }) => {
    const { requestedAt: first } = await approvals.request({ ...WHOLE, id: 'one', toolCallId: 'c' })
    await laterThanBefore()
    const { requestedAt: last } = await approvals.request({
      id: 'two',
      runId: 'r2',
      sessionId: 's2',
      stepId: 'p2',
      toolCallId: 'c2',
      tool: 'mail',
      agentId: 'g2',
      teamId: 't2',
      workflowId: 'w2',
      requestedBy: 'bob',
    })
    await approvals.cancel('two', 'bob')
    const found = async (query: ApprovalQuery) => idsOf(await approvals.list(query)).sort()
    const narrow: ApprovalQuery[] = [
      { type: 'audit' },
      { pauseType: 'user_input' },
      { status: 'pending' },
      { runId: 'r' },
      { sessionId: 's' },
      { stepId: 'p' },
      { toolCallId: 'c' },
      { tool: 'refund' },
      { agentId: 'g' },
      { teamId: 't' },
      { workflowId: 'w' },
      { requestedBy: 'ann' },
      { to: last },
      { tool: 'refund', status: 'pending', from: first },
    ]
    for (const query of narrow) assert.deepEqual(await found(query), ['one'], JSON.stringify(query))
    assert.deepEqual(await found({ from: last }), ['two'])
    assert.deepEqual(await found({ from: first }), ['one', 'two'])
    assert.deepEqual(await found({ to: 0 }), [])
    assert.deepEqual(await found({ tool: 'refund', requestedBy: 'bob' }), [])
  }),

  law('an expired approval is in no list of pending ones', async ({ storage: { approvals } }) => {
    await approvals.request({ id: 'past', expiresAt: LONG_AGO })
    await approvals.request({ id: 'rejecting', expiresAt: LONG_AGO, policy: { onExpiry: 'rejected' } })
    await approvals.request({ id: 'waiting', expiresAt: FAR_AHEAD })
    assert.deepEqual(idsOf(await approvals.list({ status: 'pending' })), ['waiting'])
    assert.deepEqual(idsOf(await approvals.list({ status: 'expired' })), ['past'])
    assert.deepEqual(idsOf(await approvals.list({ status: 'rejected' })), ['rejecting'])
  }),

  law('the count of approvals is the length of their list', async ({ storage: { approvals } }) => {
    // More than a page, so that counting a page is not enough.
    for (let i = 0; i < 60; i++) await approvals.request({ tool: i % 3 === 0 ? 'mail' : 'refund' })
    await approvals.request({ tool: 'mail', expiresAt: LONG_AGO })
    assert.equal(await approvals.count(), 61)
    assert.equal(await approvals.count({ tool: 'mail' }), 21)
    assert.equal(await approvals.count({ tool: 'mail', status: 'pending' }), 20)
  }),

  law('the queue shows depth and oldest in all and by tool', async ({ storage: { approvals } }) => {
    assert.deepEqual(await approvals.queue(), { depth: 0, byTool: [] })
    const oldest: Record<string, number> = {}
    for (const tool of ['mail', undefined, 'refund', 'refund']) {
      const { requestedAt } = await approvals.request({ tool })
      oldest[tool ?? ''] ??= requestedAt
      await laterThanBefore()
    }
    // An empty name is no name.
    await approvals.request({ tool: '' })
    await approvals.request({ tool: 'mail', type: 'audit' })
    await approvals.request({ tool: 'mail', expiresAt: LONG_AGO })
    const { id } = await approvals.request({ tool: 'mail' })
    await approvals.cancel(id, 'ann')
    assert.deepEqual(await approvals.queue(), {
      depth: 5,
      oldest: oldest.mail,
      byTool: [
        { tool: '', depth: 2, oldest: oldest[''] },
        { tool: 'refund', depth: 2, oldest: oldest.refund },
        { tool: 'mail', depth: 1, oldest: oldest.mail },
      ],
    })
  }),
]

/** Expiry, lists and queues. */
export const approvalReadingCases = [...expiring, ...listing]
