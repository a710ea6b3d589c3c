import { urlOf } from '@freehold/databases/engines'
import { toStandardJsonSchema } from '@valibot/to-json-schema'
import { type } from 'arktype'
import { MongoClient } from 'mongodb'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { mysqlPrompt, type Prompt, postgresPrompt, sqlitePrompt } from '../../sql/test/prompts.js'
import { defineShape, type Storage, withShapes } from '../src/index.js'
import { afterwards, type Opened, onServer, onSqlite } from './support/storages.js'

const WRONG_ROWS =
  'does not fit the shape access, which shows a whole number up to 2^53 - 1 either way there; see its schema'
const entry = { actor: 'ada', action: 'booked' }
const PAID = Date.UTC(2026, 1, 28, 23, 30)
const BOOKINGS = [
  { account: '4711', cents: 1_250, paidAt: PAID },
  { account: '4711', cents: 750, paidAt: PAID + 3_600_000 },
  { account: '0815', cents: 99, paidAt: PAID },
]

const sox = defineShape('sox', z.object({ account: z.string(), cents: z.int(), paidAt: z.number() }), {
  columns: { paidAt: 'timestamp' },
})
const grown = defineShape(
  'sox',
  z.object({ account: z.string(), cents: z.int(), paidAt: z.number(), note: z.string().optional() }),
  {
    columns: { paidAt: 'timestamp' },
  },
)

/** Shapes of the same fields, by each library. */
const LIBRARIES = {
  zod: defineShape('access', z.object({ user: z.string(), rows: z.int() })),
  valibot: defineShape(
    'access',
    toStandardJsonSchema(v.object({ user: v.string(), rows: v.pipe(v.number(), v.integer()) })),
  ),
  arktype: defineShape('access', type({ user: 'string', rows: 'number.integer' })),
}

interface Engine {
  name: string
  open(): Promise<Opened>
  prompt(url: string): Prompt
  /** Money by month, in the engine's own words. */
  months: string
}

const MYSQL_MONTHS = `select account, date_format(paid_at, '%Y-%m') as month, round(sum(cents) / 100, 2) as total
  from freehold_audit_sox group by account, month order by account, month`

const SQL: Engine[] = [
  {
    name: 'SQLite',
    open: onSqlite,
    prompt: (url) => sqlitePrompt(url.slice('sqlite:'.length)),
    months: `select account, strftime('%Y-%m', paid_at) as month, round(sum(cents) / 100.0, 2) as total
      from freehold_audit_sox group by account, month order by account, month`,
  },
  {
    name: 'PostgreSQL',
    open: () => onServer('postgres'),
    prompt: postgresPrompt,
    months: `select account, to_char(date_trunc('month', paid_at at time zone 'UTC'), 'YYYY-MM') as month,
      round(sum(cents) / 100, 2)::float8 as total from freehold_audit_sox group by account, month order by account, month`,
  },
  { name: 'MySQL', open: () => onServer('mysql'), prompt: mysqlPrompt, months: MYSQL_MONTHS },
  { name: 'MariaDB', open: () => onServer('mariadb'), prompt: mysqlPrompt, months: MYSQL_MONTHS },
]

const TOTALS = [
  { account: '0815', month: '2026-02', total: 0.99 },
  { account: '4711', month: '2026-02', total: 12.5 },
  { account: '4711', month: '2026-03', total: 7.5 },
]

async function book(storage: Storage): Promise<void> {
  const audit = await withShapes(storage.audit, [sox])
  await audit.append(BOOKINGS.map((data) => ({ ...entry, shape: 'sox' as const, data })))
}

const MISSING = (name: string) => {
  const engine = { PostgreSQL: 'postgres', MySQL: 'mysql', MariaDB: 'mariadb' }[name]
  return engine !== undefined && urlOf(engine as 'postgres') === undefined
}

for (const { name, open, prompt, months } of SQL)
  describe.skipIf(MISSING(name))(`an audit table of your own, on ${name}`, () => {
    const query = async (url: string, sql: string) => {
      const own = prompt(url)
      return own.query(sql)
    }

    it('is asked with the date and number functions of the engine', async () => {
      const { storage, url } = await open()
      await book(storage)
      const rows = await query(url, months)
      expect(rows.map(({ account, month, total }) => ({ account, month, total: Number(total) }))).toEqual(TOTALS)
    })

    it('shows a field that was added, of entries before it as NULL, and changes none of them', async () => {
      const { storage, url } = await open()
      await book(storage)
      const before = await storage.audit.head()
      const audit = await withShapes(storage.audit, [grown])
      expect(await storage.audit.head()).toEqual(before)
      await audit.append([{ ...entry, shape: 'sox', data: { ...BOOKINGS[0]!, note: 'late' } }])
      const rows = await query(url, 'select note from freehold_audit_sox order by seq')
      expect(rows.map(({ note }) => note)).toEqual([null, null, null, 'late'])
      expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 4 })
    })
  })

describe.skipIf(urlOf('mongodb') === undefined)('an audit table of your own, on MongoDB', () => {
  const aggregate = async (url: string, pipeline: object[]) => {
    const client = new MongoClient(url)
    afterwards(() => client.close())
    return client.db().collection('freehold_audit_sox').aggregate(pipeline).toArray()
  }

  it('is asked with the date and number functions of the engine', async () => {
    const { storage, url } = await onServer('mongodb')
    await book(storage)
    const month = { $dateToString: { date: '$paid_at', format: '%Y-%m' } }
    const rows = await aggregate(url, [
      { $group: { _id: { account: '$account', month }, cents: { $sum: '$cents' } } },
      { $project: { _id: 0, account: '$_id.account', month: '$_id.month', total: { $divide: ['$cents', 100] } } },
      { $sort: { account: 1, month: 1 } },
    ])
    expect(rows).toEqual(TOTALS)
  })

  it('shows a field that was added, of entries before it as null, and changes none of them', async () => {
    const { storage, url } = await onServer('mongodb')
    await book(storage)
    const audit = await withShapes(storage.audit, [grown])
    await audit.append([{ ...entry, shape: 'sox', data: { ...BOOKINGS[0]!, note: 'late' } }])
    const rows = await aggregate(url, [{ $sort: { seq: 1 } }])
    expect(rows.map(({ note }) => note)).toEqual([null, null, null, 'late'])
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 4 })
  })
})

describe('shapes of an audit', () => {
  it.each(Object.entries(LIBRARIES))(
    'refuse what does not fit a schema of %s, by its path',
    async (_library, shape) => {
      const { storage } = await onSqlite()
      const audit = await withShapes(storage.audit, [shape])
      await audit.append([{ ...entry, shape: 'access', data: { user: 'ada', rows: 1 } }])
      const wrong = audit.append([{ ...entry, shape: 'access', data: { user: 'ada', rows: 'secret' as never } }])
      await expect(wrong).rejects.toMatchObject({
        code: 'invalid',
        problems: [{ field: 'entries[0].data.rows', message: WRONG_ROWS }],
      })
      expect((await audit.read({ shape: 'access' })).items.map(({ data }) => data)).toEqual([{ user: 'ada', rows: 1 }])
    },
  )

  it('of one name are refused, and none is defined', async () => {
    const { storage } = await onSqlite()
    const both = withShapes(storage.audit, [sox, grown])
    await expect(both).rejects.toMatchObject({ code: 'invalid', problems: [{ field: 'shapes[1]' }] })
    const append = storage.audit.append([{ ...entry, shape: 'sox', data: BOOKINGS[0]! }])
    await expect(append).rejects.toMatchObject({ problems: [{ field: 'entries[0].shape' }] })
  })

  it('are those of the tenant whose audit it is', async () => {
    const { storage } = await onSqlite()
    const audit = await withShapes(storage.tenant('acme').audit, [sox])
    await audit.append([{ ...entry, shape: 'sox', data: BOOKINGS[0]! }])
    expect((await storage.tenant('acme').audit.read({ shape: 'sox' })).items).toHaveLength(1)
    expect((await storage.audit.read({ shape: 'sox' })).items).toEqual([])
  })
})
