import { afterEach, beforeEach, expect, test } from 'vitest'
import { SqlApprovals } from '../src/approvals.js'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import { SqlSessions } from '../src/sessions.js'
import { SqlTraces } from '../src/traces.js'
import { ENGINES, type Database as Place } from './engines.js'
import { describeOn } from './on-engines.js'

/** What a write must not send again. */
const LARGE = { text: 'the large value' }

for (const engine of ENGINES)
  describeOn(engine, () => {
    let place: Place
    let db: Database
    let other: Database
    let sent: unknown[]
    let read: unknown[]
    let traces: SqlTraces
    let approvals: SqlApprovals
    let sessions: SqlSessions

    beforeEach(async () => {
      place = await engine.open()
      const dialect = dialectOf(place.url)
      const connect = () => new Database(dialect.connect(place.url, { create: true }), dialect, 'freehold_')
      db = connect()
      other = connect()
      await new SqlMigrations(db, ['traces', 'sessions', 'approvals']).up()
      traces = new SqlTraces(db, 'default')
      approvals = new SqlApprovals(db, 'default')
      sessions = new SqlSessions(db, 'default')
      await approvals.request({ id: 'a', args: LARGE, context: LARGE })
      await sessions.save({ id: 's', type: 'agent', state: LARGE, metadata: { more: 1 } })
      sent = []
      read = []
      db.knex.on('query-response', (response: unknown) => {
        for (const row of [response].flat(2)) read.push(...Object.values(Object(row)))
      })
      db.knex.on('query', ({ bindings = [] }: { bindings?: unknown[] }) => sent.push(...bindings.flat(2)))
    })

    afterEach(async () => {
      await Promise.all([db.knex.destroy(), other.knex.destroy()])
      await place.remove()
    })

    const expectSmall = () => {
      expect(sent).not.toEqual([])
      expect(sent.filter((value) => typeof value === 'string' && value.includes(LARGE.text))).toEqual([])
    }

    test('deciding on an approval and spending it send neither arguments nor context', async () => {
      const { won } = await approvals.decide('a', { decision: 'approved', by: 'ada', resolution: { ok: true } })
      const spent = await approvals.consume('a', LARGE)
      expect([won, spent.status]).toEqual([true, 'consumed'])
      expect(await approvals.get('a')).toEqual(spent)
      expectSmall()
    })

    test('the end of a span sends no payload of its start, and reads it only where another connection began the span', async () => {
      const span = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), name: 'n', kind: 'tool' as const, startedAt: 1 }
      const detail = { tool: 'search', arguments: LARGE }
      // Behind what a preview shows.
      const input = `${'x'.repeat(300)}${LARGE.text}`
      await traces.write([{ ...span, input, attributes: { LARGE }, detail }])
      sent = []
      read = []
      const end = { ...span, endedAt: 2, status: 'ok' as const, output: 'found' }
      const large = () => read.filter((value) => typeof value === 'string' && value.includes(LARGE.text))
      expect(await traces.write([end])).toMatchObject({ written: 0, updated: 1 })
      expectSmall()
      expect(await traces.write([end])).toMatchObject({ written: 0, updated: 0 })
      expect(large()).toEqual([])
      const [stored] = (await traces.get(span.traceId))!.spans
      expect(stored).toMatchObject({ ...span, ...end, input, attributes: { LARGE }, detail })

      const foreign = { ...span, spanId: '3'.repeat(16) }
      await new SqlTraces(other, 'default').write([{ ...foreign, input, attributes: { LARGE }, detail }])
      sent = []
      read = []
      expect(await traces.write([{ ...end, spanId: foreign.spanId }])).toMatchObject({ written: 0, updated: 1 })
      expectSmall()
      expect(large()).toHaveLength(3)
    })

    test('a vote that decides nothing yet sends votes, and no arguments', async () => {
      await approvals.request({ id: 'q', args: { other: 1 }, policy: { quorum: 3 } })
      for (const by of ['ada', 'bob']) await approvals.decide('q', { decision: 'approved', by })
      expect(sent.filter((value) => value === '{"other":1}')).toHaveLength(1)
    })

    test('cancelling sends neither arguments nor context', async () => {
      const cancelled = await approvals.cancel('a', 'ada')
      expect(await approvals.get('a')).toEqual(cancelled)
      expectSmall()
    })

    test('a sweep writes what has expired in five statements, without arguments, each with its own end', async () => {
      for (const n of [1, 2, 3]) {
        const policy = n === 2 ? ({ onExpiry: 'rejected' } as const) : {}
        await approvals.request({ id: `late ${n}`, args: { n }, policy, expiresAt: 1_000 + n })
      }
      const before = await Promise.all([1, 2, 3].map((n) => approvals.get(`late ${n}`)))
      let statements = 0
      db.knex.on('query', () => statements++)
      sent.length = 0
      expect(await approvals.expire()).toBe(3)
      expect(statements).toBe(5)
      expect(sent.filter((value) => typeof value === 'string' && value.startsWith('{"n"'))).toEqual([])
      expect(await Promise.all([1, 2, 3].map((n) => approvals.get(`late ${n}`)))).toEqual(before)
      const [event] = (await approvals.events('late 2')).items.slice(-1)
      expect(event).toMatchObject({ type: 'rejected', at: before[1]!.requestedAt, seq: 2 })
    })

    test('a large value is sent as it is, and not within an array of which each quote would be escaped', async () => {
      const text = '"'.repeat(100_000)
      const arrays: unknown[] = []
      db.knex.on('query', ({ bindings = [] }: { bindings?: unknown[] }) =>
        arrays.push(...bindings.filter(Array.isArray)),
      )
      const { state } = await sessions.save({ id: 'large', type: 'agent', state: { text } })
      expect([state, arrays]).toEqual([{ text }, []])
    })

    test('saving what changed of a session sends no more than that', async () => {
      const read = (await sessions.get('s'))!
      const saved = await sessions.save({ ...read, name: 'renamed' })
      expect(await sessions.get('s')).toEqual(saved)
      expectSmall()
      expect(sent).not.toContain('{"more":1}')
    })
  })
