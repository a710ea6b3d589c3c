import type { SpanInput, Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { SqlSessions } from '../src/sessions.js'
import { SqlTraces } from '../src/traces.js'
import type { Database as Place } from './engines.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'
import { poolOn } from './upgrade.js'

const TABLES = ['trace_labels', 'session_labels', 'run_labels']
const LABELS = { environment: 'prod', release: '1.4' }

/** Spans of some traces, each with labels. */
const labelled = (traces: number, labels: object = LABELS, n = 0) =>
  Array.from({ length: traces }, (_, trace) => ({ ...spanOf(traceIdOf(trace + 1), n), labels })) as SpanInput[]

async function tellAll({ traces, sessions }: Storage): Promise<void> {
  await traces.write(labelled(3))
  for (const id of ['s', 't']) {
    await sessions.save({ id, type: 'agent', labels: LABELS })
    await sessions.appendRuns([1, 2].map((n) => ({ id: `${id}${n}`, sessionId: id, labels: LABELS })))
  }
}

async function rowsOf({ prompt }: Place): Promise<number[]> {
  const counts: number[] = []
  for (const table of TABLES) counts.push((await prompt.query(`select name from freehold_${table}`)).length)
  return counts
}

/** The statements of a call on stores of their own. */
async function statementsOf(
  place: Place,
  call: (stores: { traces: SqlTraces; sessions: SqlSessions }) => Promise<unknown>,
) {
  const db = poolOn(place)
  await db.makeDays([spanOf('', 0).startedAt])
  const statements: string[] = []
  db.knex.on('query', ({ sql }: { sql: string }) => statements.push(sql))
  try {
    await call({ traces: new SqlTraces(db, 'default'), sessions: new SqlSessions(db, 'default') })
  } finally {
    await db.close()
  }
  return statements.filter((sql) => /labels/.test(sql) && !/freehold_(traces|spans|sessions|runs)\b/.test(sql))
}

describeEngines((it) => {
  it('what has no labels writes and asks nothing of them', async ({ database, storage }) => {
    await storage.sessions.save({ id: 's', type: 'agent' })
    const asked = await statementsOf(database, async ({ traces, sessions }) => {
      const spans = Array.from({ length: 20 }, (_, n) => spanOf(traceIdOf(1 + (n % 2)), n))
      await traces.write(spans.map((span) => ({ ...span, endedAt: undefined })) as SpanInput[])
      await traces.write(spans)
      await sessions.save({ id: 's', type: 'agent', name: 'named' })
      await sessions.appendRun({ id: 'r', sessionId: 's' })
      await sessions.updateRun('r', { startedAt: 1_000, output: 'x' })
    })
    expect(asked).toEqual([])
  })

  it('labels of a batch are written in one statement, and those that are the same not at all', async ({ database }) => {
    const storage = await database.connect()
    await storage.close()
    expect(await statementsOf(database, ({ traces }) => traces.write(labelled(100)))).toHaveLength(1)
    const again = await statementsOf(database, ({ traces }) => traces.write(labelled(100, LABELS, 1)))
    expect(again).toEqual([])
  })

  it('what is removed leaves no row of a label', async ({ database, storage }) => {
    await tellAll(storage)
    expect(await rowsOf(database)).toEqual([6, 4, 8])
    await storage.traces.remove(traceIdOf(1))
    await storage.sessions.remove('s')
    expect(await rowsOf(database)).toEqual([4, 2, 4])
    for (const domain of ['traces', 'sessions'] as const)
      await storage.retention.purge(domain, { before: Date.now() + 1 })
    expect(await rowsOf(database)).toEqual([0, 0, 0])
  })

  it('a label that changes is one row that changes, and one that is no more goes', async ({ database, storage }) => {
    const { sessions } = storage
    await tellAll(storage)
    await sessions.save({ id: 's', type: 'agent', labels: { environment: 'dev' } })
    await sessions.updateRun('s1', { labels: { environment: 'dev', tier: 1 } })
    await sessions.updateRun('s2', { labels: null })
    await storage.traces.write([{ ...labelled(1, { release: '1.3' })[0]!, spanId: 'a'.repeat(16), startedAt: 1e12 }])
    expect(await rowsOf(database)).toEqual([6, 3, 6])
    const values = await database.prompt.query(
      "select value from freehold_trace_labels where name = 'release' order by value",
    )
    expect(values.map(({ value }) => value)).toEqual(['1.3', '1.4', '1.4'])
  })

  it('people read labels of spans as JSON, from a view', async ({ database, storage }) => {
    await storage.traces.write([...labelled(1), spanOf(traceIdOf(2), 9)])
    const rows = await database.prompt.query('select labels from freehold_whole_spans order by trace_id')
    const read = rows.map(({ labels }) => (typeof labels === 'string' ? JSON.parse(labels) : labels))
    expect(read).toEqual([LABELS, null])
  })
})
