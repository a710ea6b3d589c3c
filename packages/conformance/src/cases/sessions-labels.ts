import assert from 'node:assert/strict'
import type { Labels, RunQuery, SessionQuery, SessionStore } from '@freehold/contract'
import { law } from '../case.js'
import { agent } from './session.js'
import { idsOf, laterThanBefore, refused } from './support.js'

const NOON = 1_750_000_000_000

const BAD: readonly object[] = [
  { labels: { environment: 'x'.repeat(101) } },
  { labels: { '1st': 'x' } },
  { labels: { environment: null } },
  { labels: Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`label.${n}`, n])) },
]

/** Labels of sessions and runs, and what is found by them. */
export const sessionLabelCases = [
  law(
    'sessions are found by the labels they have now and all of them must match',
    async ({ storage: { sessions } }) => {
      await sessions.save(agent('one', { labels: { environment: 'prod', tier: 1 }, userId: 'ann' }))
      await laterThanBefore()
      await sessions.save(agent('two', { labels: { environment: 'prod', constructor: true } }))
      await sessions.save(agent('none'))
      assert.deepEqual(await sessionsWith(sessions, { environment: 'prod' }), ['two', 'one'])
      assert.deepEqual(await sessionsWith(sessions, { environment: 'prod', tier: '1' }), ['one'])
      assert.deepEqual(await sessionsWith(sessions, { environment: 'prod' }, { userId: 'ann' }), ['one'])
      assert.deepEqual(await sessionsWith(sessions, { environment: 'Prod' }), [])
      const { items } = await sessions.list({ labels: { tier: 1 } })
      assert.deepEqual(items[0]?.labels, { environment: 'prod', tier: 1 })
      // Another field leaves them, and what is given of them is all.
      await sessions.save(agent('one', { name: 'named' }))
      await sessions.save(agent('two', { labels: { environment: 'dev' } }))
      assert.deepEqual(await sessionsWith(sessions, { environment: 'prod' }), ['one'])
      assert.deepEqual(await sessionsWith(sessions, { environment: 'dev' }), ['two'])
      assert.deepEqual(await sessionsWith(sessions, { constructor: true }), [])
      await sessions.save(agent('one', { labels: null }))
      assert.deepEqual(await sessionsWith(sessions, { tier: 1 }), [])
      assert.equal((await sessions.get('one'))?.labels, undefined)
      for (const labels of BAD) await refused('invalid', sessions.save({ ...agent('three'), ...labels }))
    },
  ),

  law('runs are found by the labels they have now and all of them must match', async ({ storage: { sessions } }) => {
    for (const id of ['s', 't']) await sessions.save(agent(id))
    await sessions.appendRun({ id: 'one', sessionId: 's', startedAt: NOON, labels: { release: '1.4', beta: true } })
    await sessions.appendRuns([
      { id: 'two', sessionId: 't', startedAt: NOON + 1, labels: { release: 1.4 }, model: 'small' },
      { id: 'three', sessionId: 't', startedAt: NOON + 2 },
    ])
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }), ['two', 'one'])
    assert.deepEqual(await runsWith(sessions, { release: 1.4, beta: 'true' }), ['one'])
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }, { sessionId: 't' }), ['two'])
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }, { model: 'small' }), ['two'])
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }, { to: NOON + 1 }), ['one'])
    const { items } = await sessions.runs({ labels: { beta: true } })
    assert.deepEqual(items[0]?.labels, { release: '1.4', beta: true })
    // A run that began later than was told stands where it began.
    await sessions.updateRun('one', { startedAt: NOON + 5, status: 'running' })
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }), ['one', 'two'])
    await sessions.updateRun('one', { labels: { release: '1.5' } })
    await sessions.updateRun('three', { labels: { release: '1.4' } })
    assert.deepEqual(await runsWith(sessions, { release: '1.4' }), ['three', 'two'])
    assert.deepEqual(await runsWith(sessions, { release: '1.5' }), ['one'])
    assert.deepEqual(await runsWith(sessions, { beta: true }), [])
    await sessions.updateRun('one', { labels: null })
    assert.deepEqual(await runsWith(sessions, { release: '1.5' }), [])
    for (const labels of BAD) {
      await refused('invalid', sessions.appendRun({ sessionId: 's', ...labels }))
      await refused('invalid', sessions.updateRun('one', labels))
    }
  }),

  law(
    'a session that is made anew after it was removed is found by no label that it or its runs had',
    async ({ storage: { sessions } }) => {
      const made = async (labels: Labels | undefined) => {
        await sessions.save(agent('s', { labels }))
        await sessions.appendRun({ id: 'r', sessionId: 's', labels })
      }
      await made({ environment: 'prod', gone: true })
      await sessions.remove('s')
      await made(undefined)
      for (const labels of [{ environment: 'prod' }, { gone: true }]) {
        assert.deepEqual(await sessionsWith(sessions, labels), [])
        assert.deepEqual(await runsWith(sessions, labels), [])
      }
    },
  ),
]

async function sessionsWith(sessions: SessionStore, labels: Labels, more: SessionQuery = {}): Promise<string[]> {
  return idsOf(await sessions.list({ ...more, labels }))
}

async function runsWith(sessions: SessionStore, labels: Labels, more: RunQuery = {}): Promise<string[]> {
  return idsOf(await sessions.runs({ ...more, labels }))
}
