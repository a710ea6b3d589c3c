import assert from 'node:assert/strict'
import type { Run, SessionStore } from '@freehold/contract'
import { law } from '../case.js'
import {
  ascending,
  atOnce,
  connections,
  idsOf,
  laterThanBefore,
  refusalsOf,
  refused,
  successesOf,
  upTo,
  valuesOf,
} from './support.js'

const appending = [
  law('runs of a session are numbered 1, 2, 3 without a gap', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's', 't')
    const seqs: Record<string, number[]> = { s: [], t: [] }
    for (const sessionId of ['s', 't', 's', 't', 's'])
      seqs[sessionId]!.push((await sessions.appendRun({ sessionId })).seq)
    assert.deepEqual(seqs, { s: [1, 2, 3], t: [1, 2] })
    assert.equal((await sessions.get('s'))?.runs, 3)
  }),

  law('appending the same run twice is one run and gives the first back', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's')
    const run = { id: 'r', sessionId: 's', model: 'small', input: { question: 'why' } }
    const first = await sessions.appendRun(run)
    await laterThanBefore()
    const session = await sessions.get('s')
    assert.deepEqual(await sessions.appendRun(run), first)
    assert.deepEqual(idsOf(await sessions.runs()), ['r'])
    // The repeat neither counts nor takes a number.
    assert.deepEqual(await sessions.get('s'), session)
    const { seq } = await sessions.appendRun({ sessionId: 's' })
    assert.equal(seq, first.seq + 1)
  }),

  law('a run id that another session uses is refused as already_exists', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's', 't')
    const first = await sessions.appendRun({ id: 'r', sessionId: 's' })
    await refused('already_exists', sessions.appendRun({ id: 'r', sessionId: 't' }))
    assert.deepEqual(await sessions.run('r'), first)
  }),

  law('appending to a session that does not exist is not_found', async ({ storage: { sessions } }) => {
    await refused('not_found', sessions.appendRun({ id: 'r', sessionId: 'nobody' }))
    assert.deepEqual(await sessions.runs(), { items: [] })
    assert.deepEqual(await sessions.list(), { items: [] })
  }),

  law('a run takes type and owners from its session unless told', async ({ storage: { sessions } }) => {
    await sessions.save({ id: 's', type: 'team', agentId: 'a', teamId: 't', workflowId: 'w', userId: 'u' })
    const plain = await sessions.appendRun({ id: 'plain', sessionId: 's' })
    assert.deepEqual(ownersOf(plain), { type: 'team', agentId: 'a', teamId: 't', workflowId: 'w', userId: 'u' })
    assert.deepEqual(await sessions.run('plain'), plain)
    const told = await sessions.appendRun({ sessionId: 's', type: 'agent', agentId: 'a2', userId: 'u2' })
    assert.deepEqual(ownersOf(told), { type: 'agent', agentId: 'a2', teamId: 't', workflowId: 'w', userId: 'u2' })
  }),

  law('appending a run does not change the version of its session', async ({ storage: { sessions } }) => {
    const { version } = await sessions.save({ id: 's', type: 'agent' })
    await sessions.appendRun({ sessionId: 's' })
    assert.equal((await sessions.get('s'))?.version, version)
  }),

  law('simultaneous appends leave no gap and no repeat in seq', async (subject) => {
    await withSessions(subject.storage.sessions, 's')
    const outcomes = await atOnce(await connections(subject, 4), 5, ({ sessions }) =>
      sessions.appendRun({ sessionId: 's' }),
    )
    assert.deepEqual(ascending(valuesOf(outcomes).map((run) => run.seq)), upTo(20))
    const stored = await subject.storage.sessions.runs({ sessionId: 's' }, { limit: 100 })
    assert.deepEqual(ascending(stored.items.map((run) => run.seq)), upTo(20))
  }),

  law(
    'processes that append to one session leave no gap and no repeat in seq',
    async (subject) => {
      await withSessions(subject.storage.sessions, 's')
      const reports = await subject.processes(4, 'appendRuns', { sessionId: 's', runs: 10 })
      assert.deepEqual(ascending(reports.flatMap((report) => report.seqs)), upTo(40))
      const stored = await subject.storage.sessions.runs({ sessionId: 's' }, { limit: 100 })
      assert.deepEqual(ascending(stored.items.map((run) => run.seq)), upTo(40))
    },
    { needs: ['processes'] },
  ),
]

const updating = [
  law('updating a run changes the fields that are given and leaves the others', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's')
    const before = await sessions.appendRun({
      id: 'r',
      sessionId: 's',
      status: 'running',
      provider: 'acme',
      model: 'small',
      error: 'timed out once',
      input: { question: 'why' },
      messages: [{ role: 'user', content: 'why' }],
      metadata: { try: 1 },
      startedAt: 1_750_000_000_000,
    })
    const updated = await sessions.updateRun('r', {
      status: 'completed',
      model: 'large',
      error: null,
      output: { answer: 'because' },
      usage: { promptTokens: 12, completionTokens: 3, cost: 0.002 },
      endedAt: 1_750_000_000_900,
    })
    const { error, ...kept } = before
    assert.deepEqual(updated, {
      ...kept,
      status: 'completed',
      model: 'large',
      output: { answer: 'because' },
      usage: { promptTokens: 12, completionTokens: 3, cost: 0.002 },
      endedAt: 1_750_000_000_900,
    })
    assert.deepEqual(await sessions.run('r'), updated)
  }),

  law('null clears a field of a run', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's')
    const fields = {
      provider: 'acme',
      model: 'small',
      error: 'timed out',
      usage: { cost: 1 },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      endedAt: 1_750_000_000_900,
      input: 1,
      output: 2,
      messages: [3],
      metadata: { try: 1 },
    }
    const plain = { id: 'r', sessionId: 's', startedAt: 1_750_000_000_000 }
    await sessions.appendRun({ ...plain, ...fields })
    const nothing = Object.fromEntries(Object.keys(fields).map((field) => [field, null]))
    const cleared = { ...plain, type: 'agent', status: 'pending', seq: 1 }
    assert.deepEqual(await sessions.updateRun('r', nothing), cleared)
    assert.deepEqual(await sessions.run('r'), cleared)
  }),

  law('a run that waited is given its start when it begins', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's')
    const waiting = await sessions.appendRun({ id: 'r', sessionId: 's', startedAt: 1_750_000_000_000 })
    await sessions.appendRun({ id: 'later', sessionId: 's', startedAt: 1_750_000_000_500 })
    const begun = { status: 'running', startedAt: 1_750_000_000_900.25 } as const
    assert.deepEqual(await sessions.updateRun('r', begun, { ifStatus: 'pending' }), { ...waiting, ...begun })
    assert.deepEqual(idsOf(await sessions.runs()), ['r', 'later'])
    assert.deepEqual(idsOf(await sessions.runs({ to: 1_750_000_000_900 })), ['later'])
    await refused('invalid', sessions.updateRun('r', { startedAt: null } as never))
  }),

  law('a run with repaired values can be given them back as read and keeps its marks', async ({ storage }) => {
    const { sessions } = storage
    await withSessions(sessions, 's')
    await sessions.appendRun({ id: 'r', sessionId: 's', input: 'a\0b', output: 'plain', metadata: { note: 'c\0d' } })
    const { input } = (await sessions.run('r'))!
    const again = await sessions.updateRun('r', { input, metadata: { note: 'clean' }, output: 'e\0f' })
    assert.deepEqual(
      again.repairs?.map((repair) => repair.field),
      ['input', 'output'],
    )
    assert.deepEqual(await sessions.run('r'), again)
    // What is stored already, and was given otherwise, is marked all the same.
    await sessions.appendRun({ id: 'q', sessionId: 's', input: 'a\ufffdb' })
    const marked = await sessions.updateRun('q', { input: 'a\0b' })
    assert.deepEqual(
      marked.repairs?.map((repair) => repair.field),
      ['input'],
    )
  }),

  law('updating a run that does not exist is not_found', async ({ storage: { sessions } }) => {
    await refused('not_found', sessions.updateRun('nobody', { status: 'completed' }))
    assert.deepEqual(await sessions.runs(), { items: [] })
  }),

  law('updating a run that is not in the expected status is a conflict and changes nothing', async (subject) => {
    const { sessions } = subject.storage
    await withSessions(sessions, 's')
    const running = await sessions.appendRun({ id: 'r', sessionId: 's', status: 'running' })
    await refused('conflict', sessions.updateRun('r', { status: 'completed' }, { ifStatus: 'paused' }))
    assert.deepEqual(await sessions.run('r'), running)
    const completed = await sessions.updateRun('r', { status: 'completed' }, { ifStatus: 'running' })
    assert.equal(completed.status, 'completed')
  }),

  law('of simultaneous updates from one status exactly one succeeds', async (subject) => {
    await withSessions(subject.storage.sessions, 's')
    await subject.storage.sessions.appendRun({ id: 'r', sessionId: 's', status: 'paused' })
    const outcomes = await atOnce(await connections(subject, 4), 4, ({ sessions }, by) =>
      sessions.updateRun('r', { status: 'completed', output: { by } }, { ifStatus: 'paused' }),
    )
    assert.deepEqual(refusalsOf(outcomes), Array(15).fill('conflict'))
    assert.deepEqual(await subject.storage.sessions.run('r'), successesOf(outcomes)[0])
  }),

  law('simultaneous updates of different fields of a run all count', async (subject) => {
    await withSessions(subject.storage.sessions, 's')
    const before = await subject.storage.sessions.appendRun({ id: 'r', sessionId: 's' })
    const changes = { provider: 'acme', model: 'small', error: 'timed out', output: { answer: 42 } }
    const each = Object.entries(changes).map(([field, value]) => ({ [field]: value }))
    valuesOf(await atOnce(await connections(subject, 4), 1, ({ sessions }, n) => sessions.updateRun('r', each[n]!)))
    assert.deepEqual(await subject.storage.sessions.run('r'), { ...before, ...changes })
  }),
]

/** Writing runs. */
export const runCases = [...appending, ...updating]

async function withSessions(sessions: SessionStore, ...ids: string[]): Promise<void> {
  for (const id of ids) await sessions.save({ id, type: 'agent' })
}

function ownersOf({ type, agentId, teamId, workflowId, userId }: Run) {
  return { type, agentId, teamId, workflowId, userId }
}
