import type { JsonObject, Shape, ShapeColumn } from '@freehold/contract'
import { expect } from 'vitest'
import type { Database, Engine } from './engines.js'
import { DEEP, EVERY_TYPE, inEveryType, MOST_COLUMNS, ODD_VALUES, shownOf } from './odd-values.js'
import { describeEngines } from './on-engines.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }

function shapeOf(columns: Record<string, ShapeColumn>): Shape {
  return { name: 'refund', schema, columns }
}

const entry = (data: JsonObject) => ({ actor: 'ada', action: 'refund', shape: 'refund', data })

const rowsOf = (database: Database, columns: string) =>
  database.prompt.query(`select ${columns} from freehold_audit_refund order by seq`)

/** What tells that a value has the type of its column: arithmetic, comparison and the date functions of the engine. */
const YEAR: Record<Engine['family'], string> = {
  sqlite: `cast(strftime('%Y', paid_at) as integer)`,
  postgres: 'extract(year from paid_at)::int',
  mysql: 'year(paid_at)',
}

/** A time to the microsecond, as ISO text. */
const ISO: Record<Engine['family'], string> = {
  sqlite: 'as_timestamp',
  postgres: `to_char(as_timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  mysql: `date_format(as_timestamp, '%Y-%m-%dT%H:%i:%s.%fZ')`,
}

/** JSON is a text where the engine has no type for it, or was turned into one. */
const JSON_TEXT: Record<Engine['family'], string> = {
  sqlite: 'as_json',
  postgres: 'as_json::text',
  mysql: 'cast(as_json as char)',
}

/** What the driver of an engine made of a row of the view with a column of every type. */
function plainOf(row: Record<string, unknown>) {
  const { as_text: text, as_integer, as_number: number, as_boolean, iso: timestamp, json } = row
  return {
    text,
    integer: as_integer === null ? null : Number(as_integer),
    number,
    boolean: as_boolean === null ? null : Boolean(as_boolean),
    timestamp,
    json: json === null ? null : JSON.parse(json as string),
  }
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
    const rows = await database.prompt.query('select seq from freehold_audit_refund where urgent')
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

  it('every entry is shown, and a value that does not fit its column is NULL', async ({ database, storage }) => {
    await storage.audit.define(shapeOf(EVERY_TYPE))
    await storage.audit.append(ODD_VALUES.map((value) => entry(inEveryType(value))))
    const columns = `seq, as_text, as_integer, as_number, as_boolean, ${ISO[family]} as iso, ${JSON_TEXT[family]} as json`
    // MySQL cannot sort rows as large as these.
    const rows = await database.prompt.query(`select ${columns} from freehold_audit_refund`)
    const inOrder = rows.toSorted((a, b) => Number(a.seq) - Number(b.seq))
    expect(inOrder.map(plainOf)).toEqual(ODD_VALUES.map(shownOf))
  })

  it('a property that is nested deep hides no other, and comes back', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ before: 'integer', after: 'text' }))
    const data = { before: 7, deep: DEEP, after: 'EUR' }
    const [{ id } = {}] = await storage.audit.append([entry(data)])
    const [row] = await rowsOf(
      database,
      'before, after'.replaceAll('before', family === 'mysql' ? '`before`' : 'before'),
    )
    expect(row).toMatchObject({ after: 'EUR' })
    expect(Number(row!.before)).toBe(7)
    expect((await storage.audit.get(id!))!.data).toEqual(data)
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok' })
  })

  it('columns that bear a reserved word or the name of a common column can be read', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ order: 'text', actor: 'text' }))
    await storage.audit.append([entry({ order: 'A-1', actor: 'bob' })])
    const quoted = family === 'mysql' ? '`order`' : '"order"'
    expect(await rowsOf(database, `${quoted} as bought, actor, actor_of_data`)).toEqual([
      { bought: 'A-1', actor: 'ada', actor_of_data: 'bob' },
    ])
  })

  it('a shape of the most columns, with the longest names, can be read', async ({ database, storage }) => {
    const columns = Object.keys(MOST_COLUMNS)
    await storage.audit.define(shapeOf(MOST_COLUMNS))
    await storage.audit.append([entry(Object.fromEntries(columns.map((column) => [column, 1_763_391_318_786])))])
    const [row] = await rowsOf(database, '*')
    expect(columns.filter((column) => (row![column] ?? null) === null)).toEqual([])
  })

  it('a shape that is defined anew shows its new columns of old entries too', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.audit.append([entry({ amount: 1, currency: 'EUR' })])
    await storage.audit.define(shapeOf({ currency: 'text' }))
    expect(await rowsOf(database, 'currency')).toEqual([{ currency: 'EUR' }])
  })

  it('a view that one tenant changes and another joins at once has the columns of the one that was not refused', async ({
    database,
    storage,
  }) => {
    const other = await database.connect({ schema: 'check' })
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const was = { ...shapeOf({ amount: 'number' }), name }
      await storage.tenant('acme').audit.define(was)
      const [changed] = await Promise.allSettled([
        storage.tenant('acme').audit.define({ ...shapeOf({ order: 'text' }), name }),
        other.tenant('other').audit.define(was),
      ])
      const column = changed.status === 'rejected' ? 'amount' : family === 'mysql' ? '`order`' : '"order"'
      expect(await database.prompt.query(`select ${column} from freehold_audit_${name}`)).toEqual([])
    }
    await other.close()
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

  it('a view that an older build made under another name stays, and hides nothing of the new one', async ({
    database: { prompt },
    storage,
  }) => {
    // What such a build leaves: the view, and a record under the plain name of the shape.
    await prompt.query('create view freehold_shape_refund as select actor from freehold_audit')
    await prompt.query(
      `insert into freehold_audit_shapes (name, tenant, columns) values ('refund', 'default', '{"amount":"number"}')`,
    )
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.audit.append([entry({ amount: 7 })])
    const rows = await prompt.query(
      'select r.amount, o.actor from freehold_audit_refund r cross join freehold_shape_refund o',
    )
    expect(rows.map(({ amount, actor }) => [Number(amount), actor])).toEqual([[7, 'ada']])
    await storage.migrations.down('audit')
    await expect(prompt.query('select actor from freehold_shape_refund')).rejects.toThrow(/freehold_shape_refund/)
  })

  it('down drops the views with their table', async ({ database, storage }) => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.migrations.down('audit')
    await expect(rowsOf(database, 'amount')).rejects.toThrow(/freehold_audit_refund/)
  })
})
