import assert from 'node:assert/strict'
import type { Run, SessionStore } from '@freehold/contract'
import { law } from '../case.js'
import { ascending, atOnce, connections, refused, upTo, valuesOf } from './support.js'

/** Appending several runs at once. */
export const togetherCases = [
  law(
    'runs that are appended together are numbered in their order behind those that are there',
    async ({ storage }) => {
      const { sessions } = storage
      await sessions.save({ id: 's', type: 'team', userId: 'u' })
      await sessions.appendRun({ id: 'first', sessionId: 's' })
      const inputs = ['c', 'a', 'b'].map((id) => ({
        id,
        sessionId: 's',
        input: { of: id },
        startedAt: 1_750_000_000_000,
      }))
      const appended = await sessions.appendRuns(inputs)
      assert.deepEqual(placesOf(appended), { c: 2, a: 3, b: 4 })
      for (const [i, run] of appended.entries()) {
        assert.deepEqual(run, { ...inputs[i], type: 'team', userId: 'u', status: 'pending', seq: i + 2 })
        assert.deepEqual(await sessions.run(run.id), run)
      }
      const { version, runs } = (await sessions.get('s'))!
      assert.deepEqual({ version, runs }, { version: 1, runs: 4 })
      assert.equal((await sessions.appendRun({ sessionId: 's' })).seq, 5)
      assert.deepEqual(await sessions.appendRuns([]), [])
      const [one] = await sessions.appendRuns([{ id: 'one', sessionId: 's' }])
      assert.equal(one?.seq, 6)
      assert.deepEqual(await sessions.appendRun({ id: 'one', sessionId: 's' }), one)
    },
  ),

  law('of runs that are appended together all are there or none', async ({ storage: { sessions } }) => {
    await withSessions(sessions, 's', 't')
    await sessions.appendRun({ id: 'theirs', sessionId: 't' })
    const before = [await sessions.get('s'), await sessions.runs()]
    const [one, two] = ['one', 'two'].map((id) => ({ id, sessionId: 's' }))
    await refused('invalid', sessions.appendRuns([one!, { ...two, status: 'lost' } as never]))
    await refused('already_exists', sessions.appendRuns([one!, { id: 'theirs', sessionId: 's' }, two!]))
    await refused('not_found', sessions.appendRuns([{ id: 'one', sessionId: 'nobody' }]))
    assert.deepEqual([await sessions.get('s'), await sessions.runs()], before)
    const appended = await sessions.appendRuns([one!, two!])
    assert.deepEqual(placesOf(appended), { one: 1, two: 2 })
  }),

  law('runs that are appended together again are given back as they were and count once', async ({ storage }) => {
    const { sessions } = storage
    await withSessions(sessions, 's')
    const inputs = ['a', 'b', 'c'].map((id) => ({ id, sessionId: 's', model: `model ${id}` }))
    const appended = await sessions.appendRuns(inputs)
    assert.deepEqual(await sessions.appendRuns(inputs), appended)
    const others = [{ id: 'd', sessionId: 's' }, ...inputs, { id: 'd', sessionId: 's', model: 'other' }]
    const again = await sessions.appendRuns(others)
    assert.deepEqual(again.slice(1, 4), appended)
    assert.deepEqual(again[4], again[0])
    assert.deepEqual(again[0], await sessions.run('d'))
    assert.deepEqual(placesOf(again), { a: 1, b: 2, c: 3, d: 4 })
    assert.equal((await sessions.get('s'))?.runs, 4)
  }),

  law('runs of two sessions, or more than a thousand, are refused and none is appended', async ({ storage }) => {
    const { sessions } = storage
    await withSessions(sessions, 's', 't')
    const runs = Array.from({ length: 1001 }, (_, i) => ({ id: `run ${i}`, sessionId: 's' }))
    const { problems } = await refused('invalid', sessions.appendRuns([runs[0]!, { id: 'other', sessionId: 't' }]))
    assert.deepEqual(
      problems.map(({ field }) => field),
      ['runs[1].sessionId'],
    )
    await refused('invalid', sessions.appendRuns(runs))
    await refused('invalid', sessions.appendRuns({} as never))
    assert.deepEqual(await sessions.runs(), { items: [] })
    const appended = await sessions.appendRuns(runs.slice(1))
    assert.deepEqual(
      appended.map(({ seq }) => seq),
      upTo(1000),
    )
    assert.equal((await sessions.get('s'))?.runs, 1000)
  }),

  law('simultaneous appends of many leave no gap, and what is appended together stays together', async (subject) => {
    await withSessions(subject.storage.sessions, 's')
    const outcomes = await atOnce(await connections(subject, 4), 3, async ({ sessions }) => {
      const together = await sessions.appendRuns(Array.from({ length: 5 }, () => ({ sessionId: 's' })))
      const alone = await sessions.appendRun({ sessionId: 's' })
      return [together.map(({ seq }) => seq), [alone.seq]]
    })
    const calls = valuesOf(outcomes).flat()
    for (const seqs of calls)
      assert.deepEqual(
        seqs,
        seqs.map((_, i) => seqs[0]! + i),
      )
    assert.deepEqual(ascending(calls.flat()), upTo(72))
    const stored = await subject.storage.sessions.runs({ sessionId: 's' }, { limit: 100 })
    assert.deepEqual(ascending(stored.items.map(({ seq }) => seq)), upTo(72))
    assert.equal((await subject.storage.sessions.get('s'))?.runs, 72)
  }),
]

async function withSessions(sessions: SessionStore, ...ids: string[]): Promise<void> {
  for (const id of ids) await sessions.save({ id, type: 'agent' })
}

function placesOf(runs: readonly Run[]): Record<string, number> {
  return Object.fromEntries(runs.map(({ id, seq }) => [id, seq]))
}
