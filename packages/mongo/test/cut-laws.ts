import assert from 'node:assert/strict'
import { traceIdOf } from '../../sql/test/spans.js'
import type { Stores } from './cut-scenarios.js'
import { range } from './cut-scenarios.js'

/** All that can be read, without what differs from run to run: times of the store, ids and hashes made by it. */
export async function viewOf({ traces, sessions, approvals, audit }: Stores): Promise<unknown> {
  const seen = {
    traces: [await traces.find(), await traces.get(traceIdOf(1)), await traces.get(traceIdOf(2)), await traces.spans()],
    sessions: [await sessions.list(), await sessions.get('s'), await sessions.runs(), await sessions.run('second')],
    approvals: [await approvals.list(), await approvals.get('a'), await approvals.events('a'), await approvals.queue()],
    audit: await Promise.all(['main', 'second'].map((stream) => audit.read({ stream }))),
    chains: [await audit.head(), await audit.head('second'), await audit.verify(), await audit.verify('second')],
  }
  return JSON.parse(JSON.stringify(seen, (key, value) => (isMade(key, value) ? 'made' : value)))
}

function isMade(key: string, value: unknown): boolean {
  if (
    /^(createdAt|updatedAt|requestedAt|at|time|oldest)$/.test(key) ||
    (key === 'startedAt' && Number(value) > 1.77e12)
  )
    return true
  return typeof value === 'string' && (/^[0-9a-f]{64}$/.test(value) || /^[0-9a-f-]{36}$/.test(value))
}

/** What every reader must find at any time, whatever became of the writers. */
export async function lawsHold({ traces, sessions, approvals, audit }: Stores): Promise<void> {
  // The list comes first: nothing that is read after it can have mended it.
  const listed = (await traces.find()).items
  const spans = (await traces.spans()).items
  assert.deepEqual(idsOf(listed), idsOf(spans))
  for (const summary of listed) assert.deepEqual(summary, (await traces.get(summary.traceId))?.summary)
  const named = (await traces.find({ model: 'gpt-5', kind: 'llm' })).items
  assert.deepEqual(named, listed)
  const all = (await sessions.runs()).items
  for (const { id, runs } of (await sessions.list()).items) {
    const { items } = await sessions.runs({ sessionId: id })
    assert.deepEqual(
      items.map(({ seq }) => seq),
      range(runs, 1).reverse(),
    )
    assert.equal(all.filter((run) => run.sessionId === id).length, runs)
    // What is appended together is there together.
    const together = all.filter((run) => ['second', 'third'].includes(run.id))
    if (all.some((run) => run.id === 'third')) assert.equal(together.length, 2)
  }
  const known = (await sessions.list()).items.map(({ id }) => id)
  assert.deepEqual(
    all.filter((run) => !known.includes(run.sessionId)),
    [],
  )
  for (const { id } of (await approvals.list()).items) {
    const { version, status } = (await approvals.get(id))!
    const { items } = await approvals.events(id)
    if (items.at(-1)?.type !== 'requested') assert.equal(items.length, version, `${id} is ${status}`)
  }
  for (const stream of ['main', 'second']) {
    const verified = await audit.verify(stream)
    assert.equal(verified.status, 'ok', JSON.stringify(verified))
    assert.equal((await audit.read({ stream })).items.length, (await audit.head(stream)).seq)
  }
}

function idsOf(items: readonly { traceId: string }[]): string[] {
  return [...new Set(items.map(({ traceId }) => traceId))].sort()
}
