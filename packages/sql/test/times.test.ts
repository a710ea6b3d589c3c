import { expect, test } from 'vitest'
import type { Row } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'
import { type Database, type Engine, SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

// Half an hour off every full hour, for the client here and, where a database has a zone, for the server below.
process.env.TZ = 'Asia/Kolkata'

const TRACE = traceIdOf(1)
const HOUR = 3_600_000

/** The start of a trace as text, by the functions of the engine. */
const TEXT: Record<Engine['family'], string> = {
  sqlite: `replace(replace(started_at, 'T', ' '), 'Z', '')`,
  postgres: `to_char(started_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')`,
  mysql: `date_format(started_at, '%Y-%m-%d %H:%i:%s.%f')`,
}

const YEAR_AND_HOUR: Record<Engine['family'], string> = {
  sqlite: `strftime('%Y %H', started_at)`,
  postgres: `to_char(started_at at time zone 'UTC', 'YYYY HH24')`,
  mysql: `date_format(started_at, '%Y %H')`,
}

async function storedAs({ prompt }: Database, expression: string): Promise<unknown> {
  const [row] = await prompt.query(`select ${expression} as value from freehold_traces`)
  return row!.value
}

test.each([
  '2026-11-23 01:36:18.12+09',
  '2026-11-23 01:36:18-05',
  '2026-11-23 01:36:18+05:30',
  '23.11.2026 01:36:18 UTC',
])('a time of PostgreSQL that comes as %s is refused, and never shifted', (text) => {
  expect(() => dialectOf('postgres://db/agents').fromTime(text)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('set timezone = UTC') }),
  )
})

describeEngines((it, { family }) => {
  /** The database lives in a zone of its own for everybody who connects from now on. */
  const zoned = async (database: Database) => {
    const name = new URL(database.url).pathname.slice(1)
    const statements = SERVERS.find((server) => server.family === family)?.kind.zone(name, 'Asia/Kolkata') ?? []
    for (const statement of statements) await database.prompt.query(statement)
    return database.connect()
  }

  it('a time is stored in UTC with its microseconds', async ({ database }) => {
    const storage = await zoned(database)
    await storage.traces.write([spanOf(TRACE, 0)])
    await storage.close()
    expect(await storedAs(database, TEXT[family])).toBe('2025-11-17 14:55:18.786123')
  })

  it('a time is read back as it was written, to the microsecond', async ({ database }) => {
    const storage = await zoned(database)
    await storage.traces.write([spanOf(TRACE, 0)])
    const trace = await storage.traces.get(TRACE)
    await storage.close()
    expect(trace?.spans[0]?.startedAt).toBe(1_763_391_318_786.123)
  })

  it('a window from and to a microsecond finds what lies in it', async ({ database }) => {
    const storage = await zoned(database)
    await storage.traces.write([spanOf(TRACE, 0)])
    const at = 1_763_391_318_786.123
    const found = await storage.traces.find({ from: at, to: at + 0.001 })
    const before = await storage.traces.find({ to: at })
    await storage.close()
    expect([found.items.length, before.items.length]).toEqual([1, 0])
  })

  it("the engine's own date functions understand it", async ({ database }) => {
    const storage = await zoned(database)
    await storage.traces.write([spanOf(TRACE, 0)])
    await storage.close()
    expect(await storedAs(database, YEAR_AND_HOUR[family])).toBe('2025 14')
  })

  it('the time of a statement is one, however long it takes', async ({ database }) => {
    const dialect = dialectOf(database.url)
    const knex = dialect.connect(database.url, { create: true })
    const now = dialect.nowOfStatement
    const work = { postgres: 'pg_sleep(0.02)::text', mysql: 'sleep(0.02)', sqlite: 'hex(randomblob(4000000))' }[family]
    const row: Row = await knex.select(knex.raw(`${now} as first, ${work} as work, ${now} as last`)).first()
    await knex.destroy()
    expect(row.last).toEqual(row.first)
  })

  it("the database's clock is read in UTC", async ({ database }) => {
    const storage = await zoned(database)
    const { requestedAt } = await storage.approvals.request({})
    await storage.close()
    expect(Math.abs(requestedAt - Date.now())).toBeLessThan(HOUR)
  })

  it.skipIf(family === 'sqlite')('the column is of the type that the engine has for times', async ({ database }) => {
    await (await database.connect()).close()
    const [type] = await database.prompt.query(
      `select data_type as name, datetime_precision as digits from information_schema.columns
       where table_name = 'freehold_traces' and column_name = 'started_at'
         and table_schema = ${family === 'postgres' ? 'current_schema()' : 'database()'}`,
    )
    const name = family === 'postgres' ? 'timestamp with time zone' : 'datetime'
    expect({ name: type!.name, digits: Number(type!.digits) }).toEqual({ name, digits: 6 })
  })
})
