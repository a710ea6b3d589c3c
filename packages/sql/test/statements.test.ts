import type { TraceQuery } from '@freehold/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlAudit } from '../src/audit.js'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import { SqlSessions } from '../src/sessions.js'
import { SqlTraces } from '../src/traces.js'
import { ENGINES, type Database as Place } from './engines.js'
import { describeOn } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const batchOf = (size: number, traces: number, from = 0) =>
  Array.from({ length: size }, (_, i) => spanOf(traceIdOf(1 + (i % traces)), from + i))

for (const engine of ENGINES)
  describeOn(engine, () => {
    let place: Place
    let db: Database
    let statements: string[]

    /** The same database, as another process has it. */
    const elsewhere = async () => {
      const other = new Database(db.knex, db.dialect, 'freehold_')
      await other.makeDays([spanOf(traceIdOf(1), 0).startedAt])
      return other
    }

    beforeEach(async () => {
      place = await engine.open()
      const dialect = dialectOf(place.url)
      db = new Database(dialect.connect(place.url, { create: true }), dialect, 'freehold_')
      await new SqlMigrations(db, ['traces', 'sessions', 'audit']).up()
      // Days are made once and ahead of time: they are no part of a write.
      await db.makeDays([spanOf(traceIdOf(1), 0).startedAt])
      statements = []
      db.knex.on('query', ({ sql }: { sql: string }) => statements.push(sql))
    })

    afterEach(async () => {
      await db.knex.destroy()
      await place.remove()
    })

    test('500 new spans of new traces take four statements, BEGIN and COMMIT among them', async () => {
      await new SqlTraces(db, 'default').write(batchOf(500, 50))
      expect(statements).toHaveLength(4)
    })

    test('500 new spans of known traces take six statements', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(500, 50))
      statements.length = 0
      await traces.write(batchOf(500, 50, 500))
      expect(statements).toHaveLength(6)
    })

    test('50 new spans take as many statements as 500', async () => {
      await new SqlTraces(db, 'default').write(batchOf(50, 50))
      expect(statements).toHaveLength(4)
    })

    test('the usual batch, all new, reads no span back', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(500, 50))
      statements.length = 0
      await traces.write(batchOf(500, 50, 500))
      expect(statements.filter((sql) => /^\s*select .*freehold_spans/is.test(sql))).toEqual([])
    })

    test('a batch that was written before takes five statements and writes nothing', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(500, 50))
      statements.length = 0
      await traces.write(batchOf(500, 50))
      expect(statements).toHaveLength(5)
      expect(statements.filter((sql) => /^\s*update\b|\bdo update\b|values\(/i.test(sql))).toEqual([])
    })

    test('a batch half of which was written before counts no trace anew', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(250, 50))
      statements.length = 0
      await traces.write(batchOf(500, 50))
      expect(statements).toHaveLength(7)
    })

    test.each<[string, number, (own: SqlTraces) => Promise<SqlTraces>]>([
      ['the same process', 7, async (own) => own],
      ['another process', 8, async () => new SqlTraces(await elsewhere(), 'default')],
    ])(
      'a batch that ends spans of %s takes %i statements, whatever its size, and writes over what that changes',
      async (_, count, storeOf) => {
        const traces = new SqlTraces(db, 'default')
        const running = batchOf(500, 50).map((span) => ({ ...span, endedAt: undefined }))
        await traces.write(running)
        const teller = await storeOf(traces)
        statements.length = 0
        await teller.write(batchOf(500, 50))
        expect(statements).toHaveLength(count)
        const written = statements.filter((sql) => /^\s*insert into .freehold_spans/i.test(sql))
        const set = written.map((sql) => sql.split(/ update (?:set )?/)[1]!.match(/\w+(?=\W? = )/g))
        expect(set).toEqual([['batch', 'duration_us', 'status', 'ended_at', 'rank']])
      },
    )

    test('what another process told of spans that run is in what their own tells of their end', async () => {
      const [own, other] = [new SqlTraces(db, 'default'), new SqlTraces(await elsewhere(), 'default')]
      const spans = batchOf(20, 4)
      await own.write(spans.map((span) => ({ ...span, endedAt: undefined })))
      await other.write(
        spans.map((span) => ({ ...span, endedAt: undefined, userId: 'maria', scope: { name: 'other' } })),
      )
      expect(await own.write(spans)).toMatchObject({ updated: 20 })
      const found = await Promise.all([1, 2, 3, 4].map(async (n) => (await other.get(traceIdOf(n)))!.spans))
      const told = found.flat().map(({ status, userId, scope }) => [status, userId, scope?.name].join())
      expect(new Set(told)).toEqual(new Set(['ok,maria,other']))
    })

    test('ends of spans come with new ones of the same trace and of others', async () => {
      const traces = new SqlTraces(db, 'default')
      const [first, second, third, fourth] = batchOf(40, 4).map((span, i) => ({
        ...span,
        traceId: traceIdOf(1 + (i % 4)),
      }))
      const start = (span: typeof first) => ({ ...span!, endedAt: undefined })
      await traces.write([start(first), second!, start(third)])
      const again = await traces.write([first!, { ...first!, spanId: 'f'.repeat(16) }, second!, start(third), fourth!])
      expect(again).toEqual({ written: 2, updated: 1, duplicates: 2, rejected: [] })
      const spans = await Promise.all([1, 2, 3, 4].map(async (n) => (await traces.get(traceIdOf(n)))!.spans))
      expect(spans.map((all) => all.map(({ status }) => status))).toEqual([['ok', 'ok'], ['ok'], ['running'], ['ok']])
    })

    test('a trace is one statement, and one more for what its spans share', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(20, 2))
      const input = 'x'.repeat(1000)
      await traces.write(batchOf(20, 1, 100).map((span) => ({ ...span, traceId: traceIdOf(9), input })))
      for (const [trace, spans, count] of [
        [1, 10, 1],
        [9, 20, 2],
      ] as const) {
        statements.length = 0
        expect((await traces.get(traceIdOf(trace)))!.spans).toHaveLength(spans)
        expect(statements).toHaveLength(count)
        statements.length = 0
        expect((await traces.outline(traceIdOf(trace)))!.spans).toHaveLength(spans)
        expect(statements).toHaveLength(1)
      }
    })

    test('a page of traces is one statement that reads no span', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(100, 50))
      statements.length = 0
      await traces.find({}, { limit: 20 })
      expect(statements).toHaveLength(1)
      expect(statements[0]).not.toMatch(/freehold_spans/)
    })

    test('appending the 50th run to a session that nobody else appends to takes four statements, and touches no other run', async () => {
      const sessions = new SqlSessions(db, 'default')
      await sessions.save({ id: 's', type: 'agent' })
      const append = async (on: SqlSessions) => {
        statements = []
        await on.appendRun({ sessionId: 's' })
        return statements.length
      }
      expect(await append(sessions)).toBe(5)
      expect(await append(sessions)).toBe(5)
      expect(await append(sessions)).toBe(4)
      const third = [...statements]
      for (let i = 0; i < 46; i++) await append(sessions)
      expect(await append(sessions)).toBe(4)
      expect(statements).toEqual(third)
      await append(new SqlSessions(db, 'default'))
      // What the first attempt began and took back is done again, with the session locked.
      expect(await append(sessions)).toBe(8)
      expect((await sessions.appendRun({ sessionId: 's' })).seq).toBe(53)
    })

    test('500 runs that are appended together take five statements', async () => {
      const sessions = new SqlSessions(db, 'default')
      await sessions.save({ id: 's', type: 'agent' })
      statements = []
      await sessions.appendRuns(Array.from({ length: 500 }, () => ({ sessionId: 's' })))
      expect(statements).toHaveLength(5)
    })

    test('a list that has an index of its own order is one statement, another one more for counting, and of nothing none', async () => {
      const traces = new SqlTraces(db, 'default')
      await traces.write(batchOf(100, 50))
      const asked = async (query: TraceQuery) => {
        statements = []
        await traces.find(query)
        return statements.length
      }
      expect(await asked({ userId: 'nobody' })).toBe(1)
      expect(await asked({ status: 'running' })).toBe(1)
      expect(await asked({ tool: 'nobody' })).toBe(1)
      expect(await asked({ userId: 'nobody', status: 'error' })).toBe(1)
      expect(await asked({ namePrefix: spanOf(traceIdOf(1), 0).name.slice(0, 2) })).toBe(2)
    })

    test('an append to a stream that nobody else appends to takes four statements', async () => {
      const writer = () => new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db))
      const entry = { actor: 'ada', action: 'looked' }
      const audit = writer()
      const append = async (on: SqlAudit) => {
        statements = []
        await on.append([entry])
        return statements.length
      }
      await append(audit)
      expect(await append(audit)).toBe(5)
      expect(await append(audit)).toBe(4)
      await writer().append([entry])
      // What the first attempt began and took back is done again, with the head locked.
      expect(await append(audit)).toBe(8)
      expect(await append(audit)).toBe(5)
      expect(await append(audit)).toBe(4)
      expect(await audit.verify()).toMatchObject({ status: 'ok', entries: 7 })
    })
  })
