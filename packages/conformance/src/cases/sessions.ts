import assert from 'node:assert/strict'
import type { Session, SessionQuery } from '@freehold/contract'
import { type Chapter, law } from '../case.js'
import { agent, WHOLE_SESSION } from './session.js'
import { sessionLabelCases } from './sessions-labels.js'
import { runCases } from './sessions-runs.js'
import { runListCases } from './sessions-runs-reading.js'
import { togetherCases } from './sessions-runs-together.js'
import { savingCases } from './sessions-saving.js'
import { idsOf, laterThanBefore } from './support.js'

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
      saved.push(await sessions.save({ ...WHOLE_SESSION, id }))
      await laterThanBefore()
    }
    const shown = saved.map(({ state, metadata, ...summary }) => summary)
    assert.deepEqual(await sessions.list(), { items: shown.reverse() })
  }),

  law('every filter of sessions narrows the list and filters combine', async ({ storage: { sessions } }) => {
    const { createdAt: first } = await sessions.save({ ...WHOLE_SESSION, id: 'one' })
    await laterThanBefore()
    const { createdAt: last } = await sessions.save({
      id: 'two',
      type: 'agent',
      agentId: 'a2',
      teamId: 't2',
      workflowId: 'w2',
      userId: 'u2',
    })
    // A time is that of the creation, whatever happens to a session later.
    await laterThanBefore()
    await sessions.save({ ...WHOLE_SESSION, id: 'one', name: 'changed' })
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
    assert.deepEqual(await found({ to: 0 }), [])
    assert.deepEqual(await found({ agentId: 'a', userId: 'u2' }), [])
  }),
]

/** Sessions and their runs. */
export const sessionCases: Chapter = {
  name: 'sessions',
  cases: [
    ...savingCases,
    ...runCases,
    ...togetherCases,
    ...removing,
    ...reading,
    ...runListCases,
    ...sessionLabelCases,
  ],
}
