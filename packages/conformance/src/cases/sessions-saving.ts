import assert from 'node:assert/strict'
import type { Session, SessionInput } from '@freehold/contract'
import { law } from '../case.js'
import { agent, WHOLE_SESSION } from './session.js'
import { atOnce, connections, laterThanBefore, refusalsOf, refused, successesOf, valuesOf } from './support.js'

/** Saving. */
export const savingCases = [
  law('saving a session that is new creates it at version 1', async ({ storage: { sessions } }) => {
    const { createdAt, updatedAt, ...saved } = await sessions.save(WHOLE_SESSION)
    assert.deepEqual(saved, { ...WHOLE_SESSION, version: 1, runs: 0 })
    assert.deepEqual(await sessions.get('s'), { ...saved, createdAt, updatedAt })
  }),

  law('saving changes the fields that are given and leaves the others', async ({ storage: { sessions } }) => {
    const { updatedAt, ...before } = await sessions.save(WHOLE_SESSION)
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
    await sessions.save(WHOLE_SESSION)
    await sessions.save({ id: 's', type: 'team', name: null, summary: null, state: null, metadata: null })
    const fields = Object.keys((await sessions.get('s')) ?? {})
    assert.deepEqual(
      ['id', 'userId', 'name', 'summary', 'state', 'metadata'].filter((field) => fields.includes(field)),
      ['id', 'userId'],
    )
  }),

  law('saving what is already stored changes nothing, not even the version', async ({ storage: { sessions } }) => {
    const before = await sessions.save(WHOLE_SESSION)
    await laterThanBefore()
    assert.deepEqual(await sessions.save(WHOLE_SESSION), before)
    assert.deepEqual(await sessions.get('s'), before)
    // Neither the order of keys nor null for what is absent is a change.
    const ordered = await sessions.save(agent('t', { state: { a: 1, b: { c: 1, d: 2 } } }))
    const again = await sessions.save(agent('t', { summary: null, state: { b: { d: 2, c: 1 }, a: 1 } }))
    assert.deepEqual(again, ordered)
    assert.deepEqual(await sessions.get('t'), ordered)
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
      // What is stored already, and was given otherwise, is marked all the same.
      const plain = await sessions.save(agent('t', { name: 'a\ufffdb' }))
      const marked = await sessions.save(agent('t', { name: 'a\0b' }))
      assert.deepEqual([marked.version, marked.repairs?.map((repair) => repair.field)], [plain.version + 1, ['name']])
      assert.deepEqual(await sessions.save(agent('t', { name: 'a\0b' })), marked)
    },
  ),

  law('a change based on a version that moved is a conflict and changes nothing', async ({ storage: { sessions } }) => {
    const first = await sessions.save(agent('s', { name: 'first' }))
    await sessions.save(agent('s', { name: 'second' }))
    const third = await sessions.save(agent('s', { name: 'third' }))
    const changes: Partial<SessionInput>[] = [
      { name: 'late' },
      { summary: 'late' },
      { state: { late: true } },
      { metadata: { late: true } },
      { userId: 'late' },
      { name: null },
      // The option wins over what the session carries.
      { name: 'late', version: third.version },
    ]
    for (const change of changes)
      await refused('conflict', sessions.save(agent('s', change), { ifVersion: first.version }))
    assert.deepEqual(await sessions.get('s'), third)
    const fourth = await sessions.save(agent('s', { name: 'fourth', version: first.version }), {
      ifVersion: third.version,
    })
    assert.equal(fourth.name, 'fourth')
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
      const before = await sessions.save(WHOLE_SESSION)
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

  law('an owner that was unknown can be added later', async ({ storage: { sessions } }) => {
    await sessions.save(agent('s', { userId: 'u' }))
    const owned = await sessions.save(agent('s', { agentId: 'a', teamId: 't', workflowId: 'w' }))
    const { agentId, teamId, workflowId, userId } = owned
    assert.deepEqual([agentId, teamId, workflowId, userId], ['a', 't', 'w', 'u'])
    assert.deepEqual(await sessions.get('s'), owned)
    await refused('conflict', sessions.save(agent('s', { agentId: 'b' })))
  }),

  law(
    'updatedAt moves with every change and every appended run and createdAt never',
    async ({ storage: { sessions } }) => {
      let before = await sessions.save(agent('s'))
      const steps = [
        () => sessions.save(agent('s', { name: 'renamed' })),
        () => sessions.appendRun({ id: 'r', sessionId: 's' }),
        () => sessions.save(agent('s', { name: null })),
      ]
      for (const step of steps) {
        await laterThanBefore()
        await step()
        const after = (await sessions.get('s'))!
        assert.ok(after.updatedAt > before.updatedAt, `${before.updatedAt}, then ${after.updatedAt}`)
        assert.equal(after.createdAt, before.createdAt)
        before = after
      }
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

  law('simultaneous changes of different fields all count', async (subject) => {
    const { version } = await subject.storage.sessions.save(agent('s'))
    const changes = { name: 'named', summary: 'summed up', state: { step: 1 }, metadata: { channel: 'mail' } }
    const each = Object.entries(changes).map(([field, value]) => agent('s', { [field]: value }))
    valuesOf(await atOnce(await connections(subject, 4), 1, ({ sessions }, n) => sessions.save(each[n]!)))
    const { name, summary, state, metadata, version: last } = (await subject.storage.sessions.get('s'))!
    assert.deepEqual({ name, summary, state, metadata }, changes)
    assert.equal(last, version + 4)
  }),
]
