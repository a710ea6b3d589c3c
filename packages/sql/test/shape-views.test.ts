import type { JsonObject, Shape, ShapeColumn } from '@freehold/contract'
import { expect } from 'vitest'
import type { Database, Engine } from './engines.js'
import { describeEngines } from './on-engines.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }

function shapeOf(columns: Record<string, ShapeColumn>): Shape {
  return { name: 'refund', schema, columns }
}

const entry = (data: JsonObject) => ({ actor: 'ada', action: 'refund', shape: 'refund', data })

const rowsOf = (database: Database, columns: string) =>
  database.prompt.query(`select ${columns} from freehold_shape_refund order by seq`)

/** What tells that a value has the type of its column: arithmetic, comparison and the date functions of the engine. */
const YEAR: Record<Engine['family'], string> = {
  sqlite: `cast(strftime('%Y', paid_at) as integer)`,
  postgres: 'extract(year from paid_at)::int',
  mysql: 'year(paid_at)',
}

describeEngines((it, { family }) => {
  it('a shape is readable through a view named after it', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ currency: 'text' }))
    await storage.audit.append([entry({ currency: 'EUR' })])
    expect(await rowsOf(database, 'actor, currency')).toEqual([{ actor: 'ada', currency: 'EUR' }])
  })

  it('an integer is one that can be added', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ amountCents: 'integer' }))
    await storage.audit.append([entry({ amountCents: 1250 }), entry({ amountCents: 2 ** 53 - 1 })])
    const rows = await rowsOf(database, 'amount_cents + 1 as more')
    expect(rows.map(({ more }) => Number(more))).toEqual([1251, 2 ** 53])
  })

  it('a number is one that can be added', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ rate: 'number' }))
    await storage.audit.append([entry({ rate: 0.25 })])
    const [row] = await rowsOf(database, 'rate + 1 as more')
    expect(Number(row!.more)).toBe(1.25)
  })

  it('a boolean can be asked for', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ urgent: 'boolean' }))
    await storage.audit.append([entry({ urgent: true }), entry({ urgent: false })])
    const rows = await database.prompt.query('select seq from freehold_shape_refund where urgent')
    expect(rows.map(({ seq }) => Number(seq))).toEqual([1])
  })

  it('a timestamp is a time of the engine', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ paidAt: 'timestamp' }))
    await storage.audit.append([entry({ paidAt: 1_763_391_318_786.123 })])
    const [row] = await rowsOf(database, `${YEAR[family]} as year`)
    expect(Number(row!.year)).toBe(2025)
  })

  it('json is read whole', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ parts: 'json' }))
    await storage.audit.append([entry({ parts: [1, { a: 'b' }] })])
    const [{ parts } = {}] = await rowsOf(database, 'parts')
    expect(typeof parts === 'string' ? JSON.parse(parts) : parts).toEqual([1, { a: 'b' }])
  })

  it('a property that is missing or null is NULL', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ currency: 'text', amount: 'number' }))
    await storage.audit.append([entry({}), entry({ currency: null, amount: null })])
    const none = { currency: null, amount: null }
    expect(await rowsOf(database, 'currency, amount')).toEqual([none, none])
  })

  for (const [type, value] of [
    ['integer', 'many'],
    ['number', 'much'],
    ['boolean', 'maybe'],
    ['timestamp', 'soon'],
  ] as const)
    it(`a text in a column of type ${type} is NULL and breaks no other row`, async ({ database, storage }) => {
      await storage.audit.define(shapeOf({ held: type }))
      await storage.audit.append([entry({ held: value }), entry({ held: type === 'boolean' ? true : 1 })])
      const rows = await rowsOf(database, 'held')
      expect(rows.map(({ held }) => held === null)).toEqual([true, false])
    })

  for (const [type, kept, values] of [
    ['integer', 7, [1e300, -1e300, 1.5, 9_007_199_254_740_992]],
    ['timestamp', 7, [1e300, -5, 1_795_305_600_123_456_000]],
    ['number', 1e300, ['7', true]],
    ['boolean', true, ['yes', 1]],
  ] as const)
    it(`what is no ${type} is NULL in a column of it and breaks no other row`, async ({ database, storage }) => {
      await storage.audit.define(shapeOf({ held: type }))
      await storage.audit.append([kept, ...values].map((held) => entry({ held })))
      const rows = await rowsOf(database, 'held')
      expect(rows.map(({ held }) => held !== null)).toEqual([true, ...values.map(() => false)])
    })

  it('a number in a column of type boolean is NULL', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ held: 'boolean' }))
    await storage.audit.append([entry({ held: 7 })])
    expect(await rowsOf(database, 'held')).toEqual([{ held: null }])
  })

  it('columns that bear a reserved word or the name of a common column can be read', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ order: 'text', actor: 'text' }))
    await storage.audit.append([entry({ order: 'A-1', actor: 'bob' })])
    const quoted = family === 'mysql' ? '`order`' : '"order"'
    expect(await rowsOf(database, `${quoted} as bought, actor, actor_of_data`)).toEqual([
      { bought: 'A-1', actor: 'ada', actor_of_data: 'bob' },
    ])
  })

  it('a shape that is defined anew shows its new columns of old entries too', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.audit.append([entry({ amount: 1, currency: 'EUR' })])
    await storage.audit.define(shapeOf({ currency: 'text' }))
    expect(await rowsOf(database, 'currency')).toEqual([{ currency: 'EUR' }])
  })

  it('two tenants may share a shape, and the one who defined it first gives it no other columns', async ({
    database,
    storage,
  }) => {
    await storage.tenant('acme').audit.define(shapeOf({ amount: 'number' }))
    await storage.tenant('other').audit.define(shapeOf({ amount: 'number' }))
    const changed = storage.tenant('acme').audit.define(shapeOf({ other: 'text' }))
    await expect(changed).rejects.toMatchObject({ code: 'conflict' })
    expect(await rowsOf(database, 'amount')).toEqual([])
  })

  it('two tenants may share a shape, and the one who defined it second gives it no other columns', async ({
    storage,
  }) => {
    await storage.tenant('acme').audit.define(shapeOf({ amount: 'number' }))
    await storage.tenant('other').audit.define(shapeOf({ amount: 'number' }))
    const changed = storage.tenant('other').audit.define(shapeOf({ other: 'text' }))
    await expect(changed).rejects.toMatchObject({ code: 'conflict' })
  })

  it('a tenant that shares a shape defines it again as it was when it starts again', async ({ database, storage }) => {
    await storage.tenant('acme').audit.define(shapeOf({ amount: 'number' }))
    await storage.tenant('other').audit.define(shapeOf({ amount: 'number' }))
    const changed = storage.tenant('acme').audit.define(shapeOf({ amount: 'text' }))
    await expect(changed).rejects.toMatchObject({ code: 'conflict' })
    const restarted = await database.connect()
    await restarted.tenant('other').audit.define(shapeOf({ amount: 'number' }))
    await restarted.close()
  })

  it('down drops the views with their table', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.migrations.down('audit')
    await expect(rowsOf(database, 'amount')).rejects.toThrow(/freehold_shape_refund/)
  })
})
