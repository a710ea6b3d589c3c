import assert from 'node:assert/strict'
import type { Run, RunInput, RunQuery } from '@freehold/contract'
import { law } from '../case.js'
import { idsOf } from './support.js'

const NOON = 1_750_000_000_000

const WHOLE: RunInput = {
  sessionId: 's',
  parentRunId: 'p',
  type: 'team',
  agentId: 'a',
  teamId: 't',
  workflowId: 'w',
  userId: 'u',
  provider: 'acme',
  model: 'small',
  status: 'error',
  error: 'ran out of money',
  usage: { promptTokens: 12, cost: 0.002 },
  traceId: '0af7651916cd43dd8448eb211c80319c',
  startedAt: NOON,
  endedAt: NOON + 900,
  input: 'why',
  output: { answer: null },
  messages: ['why'],
  metadata: { try: 1 },
}

/** Reading runs. */
export const runListCases = [
  law('a run that does not exist is null', async ({ storage: { sessions } }) => {
    await sessions.save({ id: 's', type: 'agent' })
    await sessions.appendRun({ id: 'somebody', sessionId: 's' })
    assert.equal(await sessions.run('nobody'), null)
  }),

  law(
    'runs are listed newest first without input, output, messages and metadata',
    async ({ storage: { sessions } }) => {
      await sessions.save({ id: 's', type: 'agent' })
      const appended: Run[] = []
      for (const [id, startedAt] of [
        ['c', NOON],
        ['a', NOON + 2],
        ['b', NOON + 2],
        ['d', NOON + 1],
      ] as const)
        appended.push(await sessions.appendRun({ ...WHOLE, id, startedAt }))
      const [c, a, b, d] = appended.map(({ input, output, messages, metadata, ...summary }) => summary)
      assert.deepEqual(await sessions.runs(), { items: [b, a, d, c] })
    },
  ),

  law('runs of one session are listed by seq downwards', async ({ storage: { sessions } }) => {
    for (const id of ['s', 't']) await sessions.save({ id, type: 'agent' })
    await sessions.appendRun({ id: 'first', sessionId: 's', startedAt: NOON + 2 })
    await sessions.appendRun({ id: 'second', sessionId: 's', startedAt: NOON })
    await sessions.appendRun({ id: 'elsewhere', sessionId: 't', startedAt: NOON })
    await sessions.appendRun({ id: 'third', sessionId: 's', startedAt: NOON + 1 })
    assert.deepEqual(idsOf(await sessions.runs({ sessionId: 's' })), ['third', 'second', 'first'])
  }),

  law('every filter of runs narrows the list and filters combine', async ({ storage: { sessions } }) => {
    for (const id of ['s', 's2']) await sessions.save({ id, type: 'agent' })
    await sessions.appendRun({ ...WHOLE, id: 'one' })
    await sessions.appendRun({
      id: 'two',
      sessionId: 's2',
      parentRunId: 'p2',
      type: 'agent',
      agentId: 'a2',
      teamId: 't2',
      workflowId: 'w2',
      userId: 'u2',
      model: 'large',
      status: 'running',
      traceId: '1bf7651916cd43dd8448eb211c80319c',
      startedAt: NOON + 1,
    })
    const found = async (query: RunQuery) => idsOf(await sessions.runs(query)).sort()
    const narrow: RunQuery[] = [
      { sessionId: 's' },
      { parentRunId: 'p' },
      { type: 'team' },
      { agentId: 'a' },
      { teamId: 't' },
      { workflowId: 'w' },
      { userId: 'u' },
      { model: 'small' },
      { status: 'error' },
      { traceId: '0af7651916cd43dd8448eb211c80319c' },
      { to: NOON + 1 },
      { sessionId: 's', userId: 'u', status: 'error', from: NOON },
    ]
    for (const query of narrow) assert.deepEqual(await found(query), ['one'], JSON.stringify(query))
    assert.deepEqual(await found({ from: NOON + 1 }), ['two'])
    assert.deepEqual(await found({ from: NOON }), ['one', 'two'])
    assert.deepEqual(await found({ to: 0 }), [])
    assert.deepEqual(await found({ userId: 'u', model: 'large' }), [])
    assert.deepEqual(await found({ sessionId: 's', status: 'running' }), [])
  }),
]
