import type { SpanInput, Storage, TraceQuery } from '@freehold/contract'
import { connect } from '@freehold/sql'
import { expect } from 'vitest'
import type { Database } from '../src/database.js'
import type { Engine, Database as Place } from './engines.js'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'
import { spanOf, traceIdOf } from './spans.js'
import { firstRows, makeFirst, poolOn, statementsOf, UPGRADED, writeAsBefore } from './upgrade.js'

const LONG = 'and so on '.repeat(300)
const TRACES = 12

/** Spans of several traces, of several owners, some of which run, and what they share. */
function told(trace: number): SpanInput[] {
  return Array.from({ length: 4 }, (_, n) => ({
    ...spanOf(traceIdOf(trace), 10 * trace + n),
    userId: `user ${n}`,
    input: [{ role: 'user', content: LONG }],
    ...(n === 3 ? { endedAt: undefined } : {}),
  })) as SpanInput[]
}

async function tellAll({ traces, sessions }: Storage): Promise<void> {
  for (let trace = 1; trace <= TRACES; trace++) await traces.write(told(trace))
  for (const id of ['s', 't']) {
    await sessions.save({ id, type: 'agent', state: { step: id }, metadata: { release: '1.4' } })
    for (const n of [1, 2, 3]) await sessions.appendRun({ id: `${id}${n}`, sessionId: id, startedAt: 1_000 * n })
  }
}

/** All that readers see. */
async function seen({ traces, sessions }: Storage) {
  const whole = []
  for (let trace = 1; trace <= TRACES; trace++) whole.push(await traces.get(traceIdOf(trace)))
  return {
    whole,
    found: await traces.find(),
    spans: await traces.spans({ userId: 'user 2' }),
    sessions: [await sessions.list(), await sessions.get('s'), await sessions.get('t')],
    runs: [await sessions.runs(), await sessions.run('s1')],
  }
}

/** A database of the first migration with rows in it, and what was seen of them. */
async function before(engine: Engine, place: Place): Promise<{ old: Database; expected: object }> {
  const source = await engine.open()
  const storage = await source.connect()
  await tellAll(storage)
  const pool = poolOn(source)
  const old = poolOn(place)
  try {
    await makeFirst(old)
    await writeAsBefore(old, await firstRows(pool))
    return { old, expected: await seen(storage) }
  } finally {
    await Promise.all([pool.close(), storage.close()])
    await source.remove()
  }
}

/** The rows that the build before makes of these spans, where there is nothing else. */
async function rowsBefore(engine: Engine, spans: readonly SpanInput[]) {
  const source = await engine.open()
  const storage = await source.connect()
  const pool = poolOn(source)
  try {
    await storage.traces.write(spans)
    return await firstRows(pool)
  } finally {
    await Promise.all([pool.close(), storage.close()])
    await source.remove()
  }
}

const idsOf = async ({ traces }: Storage, query: TraceQuery) =>
  (await traces.find(query)).items.map(({ traceId }) => traceId)

describeEngines((it, engine) => {
  it('a schema of the build before is refused with the remedy, and brought up to date with all that is in it', async ({
    database,
  }) => {
    const { old, expected } = await before(engine, database)
    await old.close()
    const { code, message } = await refusal(connect({ url: database.url, schema: 'check' }))
    expect([code, message]).toEqual(['unsupported', expect.stringMatching(/older than this build; .*migrations\.up/)])
    const storage = await database.connect()
    const after = await seen(storage)
    const again = await storage.traces.write(told(1))
    const status = await storage.migrations.status()
    await storage.close()
    expect(after).toEqual(expected)
    expect([again.written, again.updated, again.duplicates]).toEqual([0, 0, 4])
    expect(status.every(({ state }) => state === 'applied')).toBe(true)
  })

  it('what was stored before is given labels and found by them', async ({ database }) => {
    const { old } = await before(engine, database)
    await old.close()
    const storage = await database.connect()
    const { traces, sessions } = storage
    await traces.write([{ ...told(2)[1]!, labels: { environment: 'prod' } }, ...told(20)] as SpanInput[])
    await sessions.save({ id: 's', type: 'agent', labels: { tier: 1 } })
    await sessions.updateRun('t2', { labels: { release: '1.4' } })
    const found = [
      await idsOf(storage, { labels: { environment: 'prod' } }),
      (await sessions.list({ labels: { tier: '1' } })).items.map(({ id }) => id),
      (await sessions.runs({ labels: { release: 1.4 } })).items.map(({ id }) => id),
    ]
    const [listed] = (await traces.find({ labels: { environment: 'prod' } })).items
    const whole = await traces.get(traceIdOf(2))
    await storage.close()
    expect(found).toEqual([[traceIdOf(2)], ['s'], ['t2']])
    expect(listed).toEqual(whole?.summary)
  })

  it('processes of the build before write while it is brought up to date, and nothing is lost', async ({
    database,
  }) => {
    const { old } = await before(engine, database)
    const more = await rowsBefore(engine, Array.from({ length: 30 }, (_, n) => told(100 + n)).flat())
    const tables = [...more].flatMap(([table, rows]) => rows.map((row) => new Map([[table, [row]]])))
    const writing = (async () => {
      for (const one of tables) await writeAsBefore(old, one)
    })()
    const storage = await database.connect()
    await writing
    await old.close()
    const found = await storage.traces.find({}, { limit: 1000 })
    const whole = await storage.traces.get(traceIdOf(129))
    await storage.close()
    expect(found.items).toHaveLength(TRACES + 30)
    expect(whole?.spans).toHaveLength(4)
  })

  it('what a process of the build before writes leaves labels, and lists in their order', async ({
    database,
    storage,
  }) => {
    const { traces } = storage
    const at = (trace: number, n: number, labels?: object) => ({ ...spanOf(traceIdOf(trace), n), labels }) as SpanInput
    await traces.write([at(1, 50, { environment: 'prod' }), at(2, 40, { environment: 'prod' })])
    // Of a span that began long before, of which the build before knew no label.
    const rows = await rowsBefore(engine, [at(1, 50), at(1, 5)])
    const old = poolOn(database)
    await writeAsBefore(old, rows)
    await old.close()
    const query = { labels: { environment: 'prod' } }
    const found = await idsOf(storage, query)
    const first = await traces.find(query, { limit: 1 })
    const next = await traces.find(query, { limit: 1, after: first.next })
    const since = await idsOf(storage, { ...query, from: spanOf('', 20).startedAt })
    const whole = await traces.get(traceIdOf(1))
    await traces.write([at(1, 60, { environment: 'dev', release: 2 })])
    const later = await idsOf(storage, { labels: { release: 2, environment: 'prod' } })
    expect(found).toEqual([traceIdOf(2), traceIdOf(1)])
    expect([...first.items, ...next.items].map(({ traceId }) => traceId)).toEqual(found)
    expect(since).toEqual([traceIdOf(2)])
    expect(whole?.summary).toMatchObject({ labels: { environment: 'prod' }, spans: 2 })
    expect(later).toEqual([traceIdOf(1)])
  })

  it('a migration that stopped after any of its statements is gone on with', async ({ database }) => {
    const { old, expected } = await before(engine, database)
    for (const domain of UPGRADED) {
      const { later } = await statementsOf(old, domain)
      for (const statement of later.slice(0, Math.ceil(later.length / 2))) await old.knex.raw(statement)
    }
    await old.close()
    const storage = await database.connect()
    const after = await seen(storage)
    await storage.close()
    expect(after).toEqual(expected)
  })

  it('going down and up again leaves nothing and works', async ({ database }) => {
    const { old } = await before(engine, database)
    await old.close()
    const storage = await database.connect()
    await storage.traces.write([{ ...told(1)[0]!, labels: { environment: 'prod' } }])
    for (const domain of UPGRADED) await storage.migrations.down(domain)
    for (const domain of UPGRADED) await storage.migrations.up(domain)
    const gone = await idsOf(storage, { labels: { environment: 'prod' } })
    await storage.traces.write([{ ...told(1)[0]!, labels: { environment: 'prod' } }])
    const found = await idsOf(storage, { labels: { environment: 'prod' } })
    await storage.close()
    expect([gone, found]).toEqual([[], [traceIdOf(1)]])
  })
})
