import assert from 'node:assert/strict'
import type { Session, SessionInput, SessionQuery } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { runCases } from './sessions-runs.js'
import { runListCases } from './sessions-runs-reading.js'
import { atOnce, connections, idsOf, laterThanBefore, refusalsOf, refused, successesOf } from './support.js'

const WHOLE: SessionInput = {
  id: 's',
  type: 'team',
  agentId: 'a',
  teamId: 't',
  workflowId: 'w',
  userId: 'u',
  name: 'Refund of order 7',
  summary: 'wants the money back',
  state: { step: 2 },
  metadata: { channel: ['mail'] },
}

const saving = [
  law('saving a session that is new creates it at version 1', async ({ storage: { sessions } }) => {
    const { createdAt, updatedAt, ...saved } = await sessions.save(WHOLE)
    assert.deepEqual(saved, { ...WHOLE, version: 1, runs: 0 })
    assert.deepEqual(await sessions.get('s'), { ...saved, createdAt, updatedAt })
  }),

  law('saving changes the fields that are given and leaves the others', async ({ storage: { sessions } }) => {
    const { updatedAt, ...before } = await sessions.save(WHOLE)
    const changed = await sessions.save({ id: 's', type: 'team', name: 'renamed', state: { step: 3 } })
    assert.deepEqual(changed, {
      ...before,
      name: 'renamed',
      state: { step: 3 },
      version: before.version + 1,
      updatedAt: changed.updatedAt,
    })
    assert.deepEqual(await sessions.get('s'), changed)
  }),

  law('null clears a field of a session', async ({ storage: { sessions } }) => {
    await sessions.save(WHOLE)
    await sessions.save({ id: 's', type: 'team', name: null, summary: null, state: null, metadata: null })
    const fields = Object.keys((await sessions.get('s')) ?? {})
    assert.deepEqual(
      ['id', 'userId', 'name', 'summary', 'state', 'metadata'].filter((field) => fields.includes(field)),
      ['id', 'userId'],
    )
  }),

  law('saving what is already stored changes nothing, not even the version', async ({ storage: { sessions } }) => {
    const before = await sessions.save(WHOLE)
    await laterThanBefore()
    assert.deepEqual(await sessions.save(WHOLE), before)
    assert.deepEqual(await sessions.get('s'), before)
  }),

  law(
    'a session with repaired values can be saved as it was read and keeps its marks',
    async ({ storage: { sessions } }) => {
      const saved = await sessions.save(agent('s', { state: { note: 'a\0b' }, metadata: { source: 'c\0d' } }))
      const again = await sessions.save({ ...saved, state: { note: 'clean' } })
      assert.deepEqual(await sessions.save(again), again)
      assert.deepEqual(
        again.repairs?.map((repair) => repair.field),
        ['metadata.source'],
      )
    },
  ),

  law('a change based on a version that moved is a conflict and changes nothing', async ({ storage: { sessions } }) => {
    const first = await sessions.save(agent('s', { name: 'first' }))
    await sessions.save(agent('s', { name: 'second' }))
    const third = await sessions.save(agent('s', { name: 'third' }))
    await refused('conflict', sessions.save(agent('s', { name: 'late' }), { ifVersion: first.version }))
    assert.deepEqual(await sessions.get('s'), third)
  }),

  law(
    'a session that was read can be saved and carries the version it is based on',
    async ({ storage: { sessions } }) => {
      await sessions.save(agent('s', { state: { step: 1 } }))
      const read = (await sessions.get('s')) as Session
      const moved = await sessions.save({ ...read, state: { step: 2 } })
      assert.deepEqual(moved.state, { step: 2 })
      await refused('conflict', sessions.save({ ...read, state: { step: 3 } }))
      assert.deepEqual(await sessions.get('s'), moved)
    },
  ),

  law('saving with version 0 creates and never overwrites', async ({ storage: { sessions } }) => {
    const created = await sessions.save(agent('s', { name: 'first' }), { ifVersion: 0 })
    await refused('conflict', sessions.save(agent('s', { name: 'second' }), { ifVersion: 0 }))
    assert.deepEqual(await sessions.get('s'), created)
  }),

  law(
    'a session of another type or owner is a conflict and is never overwritten',
    async ({ storage: { sessions } }) => {
      const before = await sessions.save(WHOLE)
      const takeovers: Partial<SessionInput>[] = [
        { type: 'agent' },
        { agentId: 'b' },
        { teamId: 'b' },
        { workflowId: 'b' },
        { userId: 'b' },
      ]
      for (const takeover of takeovers)
        await refused('conflict', sessions.save({ id: 's', type: 'team', name: 'mine', ...takeover }))
      assert.deepEqual(await sessions.get('s'), before)
    },
  ),

  law('of simultaneous changes based on one version exactly one succeeds', async (subject) => {
    const { version } = await subject.storage.sessions.save(agent('s', { state: { by: -1 } }))
    const outcomes = await atOnce(await connections(subject, 4), 4, ({ sessions }, by) =>
      sessions.save(agent('s', { state: { by } }), { ifVersion: version }),
    )
    assert.deepEqual(refusalsOf(outcomes), Array(15).fill('conflict'))
    assert.deepEqual(await subject.storage.sessions.get('s'), successesOf(outcomes)[0])
  }),
]

const removing = [
  law('removing a session removes its runs', async ({ storage: { sessions } }) => {
    for (const id of ['s', 't']) {
      await sessions.save(agent(id))
      await sessions.appendRun({ id: `${id}1`, sessionId: id })
      await sessions.appendRun({ id: `${id}2`, sessionId: id })
    }
    assert.equal(await sessions.remove('s'), true)
    assert.deepEqual(idsOf(await sessions.list()), ['t'])
    assert.deepEqual(idsOf(await sessions.runs()).sort(), ['t1', 't2'])
  }),

  law('removing a session that does not exist is false', async ({ storage: { sessions } }) => {
    assert.equal(await sessions.remove('nobody'), false)
  }),
]

const reading = [
  law('a session that does not exist is null', async ({ storage: { sessions } }) => {
    await sessions.save(agent('somebody'))
    assert.equal(await sessions.get('nobody'), null)
  }),

  law('sessions are listed newest first without state and metadata', async ({ storage: { sessions } }) => {
    const saved: Session[] = []
    for (const id of ['b', 'c', 'a']) {
      saved.push(await sessions.save({ ...WHOLE, id }))
      await laterThanBefore()
    }
    const shown = saved.map(({ state, metadata, ...summary }) => summary)
    assert.deepEqual(await sessions.list(), { items: shown.reverse() })
  }),

  law('every filter of sessions narrows the list and filters combine', async ({ storage: { sessions } }) => {
    const { createdAt: first } = await sessions.save({ ...WHOLE, id: 'one' })
    await laterThanBefore()
    const { createdAt: last } = await sessions.save({
      id: 'two',
      type: 'agent',
      agentId: 'a2',
      teamId: 't2',
      workflowId: 'w2',
      userId: 'u2',
    })
    const found = async (query: SessionQuery) => idsOf(await sessions.list(query)).sort()
    const narrow: SessionQuery[] = [
      { type: 'team' },
      { agentId: 'a' },
      { teamId: 't' },
      { workflowId: 'w' },
      { userId: 'u' },
      { to: last },
      { type: 'team', userId: 'u', from: first },
    ]
    for (const query of narrow) assert.deepEqual(await found(query), ['one'], JSON.stringify(query))
    assert.deepEqual(await found({ from: last }), ['two'])
    assert.deepEqual(await found({ from: first }), ['one', 'two'])
    assert.deepEqual(await found({ agentId: 'a', userId: 'u2' }), [])
  }),
]

/** Sessions and their runs. */
export const sessionCases: Chapter = {
  name: 'sessions',
  cases: [...saving, ...runCases, ...removing, ...reading, ...runListCases],
}

function agent(id: string, more: Partial<SessionInput> = {}): SessionInput {
  return { id, type: 'agent', ...more }
}
