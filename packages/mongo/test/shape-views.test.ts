import { type Json, type JsonObject, type Shape, type Storage, toIso } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import { type Document, MongoClient, MongoServerError } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { DEEP, EVERY_TYPE, inEveryType, MOST_COLUMNS, ODD_VALUES, shownOf } from '../../sql/test/odd-values.js'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }
const shapeOf = (columns: Shape['columns']): Shape => ({ name: 'refund', schema, columns })
const entry = (data: JsonObject) => ({ actor: 'ada', action: 'refund', shape: 'refund', data })

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const rows = (pipeline: Document[] = []) =>
    withDatabase(url, (db) =>
      db
        .collection('freehold_audit_refund')
        .aggregate([{ $sort: { seq: 1 } }, ...pipeline])
        .toArray(),
    )

  test('a shape is readable as plain typed columns through a view named after it', async () => {
    await storage.audit.define(shapeOf({ amountCents: 'integer', price: 'number', urgent: 'boolean' }))
    await storage.audit.append([entry({ amountCents: 1250, price: 12, urgent: true })])
    const types = { $map: { input: ['$amount_cents', '$price', '$urgent'], in: { $type: '$$this' } } }
    const [row] = await rows([{ $addFields: { types } }])
    expect(row).toMatchObject({ amount_cents: 1250, price: 12, urgent: true, types: ['long', 'double', 'bool'] })
  })

  test('a view shows what every entry has, and null where it has nothing', async () => {
    await storage.audit.define(shapeOf({ currency: 'text' }))
    await storage.audit.append([{ ...entry({}), id: 'a', time: 1_763_391_318_786.123 }])
    expect(await rows()).toEqual([
      {
        tenant: 'default',
        stream: 'main',
        seq: 1,
        id: 'a',
        time: new Date(1_763_391_318_786),
        time_us: 123,
        actor: 'ada',
        action: 'refund',
        target: null,
        outcome: null,
        reason: null,
        currency: null,
      },
    ])
  })

  test('a column that would bear the name of a common one stands beside it', async () => {
    await storage.audit.define(shapeOf({ actor: 'text', timeUs: 'integer' }))
    await storage.audit.append([entry({ actor: 'bob', timeUs: 7 })])
    expect(await rows()).toMatchObject([{ actor: 'ada', actor_of_data: 'bob', time_us_of_data: 7 }])
  })

  test('every entry is shown, and a value that does not fit its column is null', async () => {
    await storage.audit.define(shapeOf(EVERY_TYPE))
    await storage.audit.append(ODD_VALUES.map((value) => entry(inEveryType(value))))
    const shown = (await rows()).map((row) => ({
      text: row.as_text,
      integer: row.as_integer,
      number: row.as_number,
      boolean: row.as_boolean,
      timestamp: timeOf(row.as_timestamp, row.as_timestamp_us),
      json: row.as_json,
    }))
    expect(shown).toEqual(ODD_VALUES.map((value) => ({ ...shownOf(value), json: jsonOf(value) })))
    const { items } = await storage.audit.read({ stream: 'main' }, { limit: ODD_VALUES.length })
    expect(items.map(({ data }) => data!.asJson).toReversed()).toEqual(ODD_VALUES)
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok' })
  })

  test('a shape of the most columns, with the longest names, can be read', async () => {
    const columns = Object.keys(MOST_COLUMNS)
    await storage.audit.define(shapeOf(MOST_COLUMNS))
    await storage.audit.append([entry(Object.fromEntries(columns.map((column) => [column, 1_763_391_318_786])))])
    const [row] = await rows()
    expect(columns.filter((column) => (row![column] ?? null) === null)).toEqual([])
  })

  test('a property that is large, deep or of odd keys hides no other, and comes back', async () => {
    await storage.audit.define(shapeOf({ before: 'integer', after: 'json' }))
    const dense = Array.from({ length: 300_000 }, (_, n) => n % 10)
    const data = {
      before: 7,
      DEEP,
      dense,
      'a.b': { _bsontype: 'Code' },
      $c: 1,
      '': 2,
      '%json': '3',
      after: { 'd.e': 1 },
    }
    const [{ id } = {}] = await storage.audit.append([entry(data)])
    expect(await rows()).toMatchObject([{ before: 7, after: { 'd.e': 1 } }])
    expect((await storage.audit.get(id!))!.data).toEqual(data)
  })

  test('a shape that one tenant uses gets other columns from it', async () => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.audit.append([entry({ currency: 'EUR' })])
    await storage.audit.define(shapeOf({ currency: 'text' }))
    expect(await rows([{ $project: { currency: 1, amount: 1 } }])).toEqual([{ currency: 'EUR' }])
  })

  test('a shape whose view is there is defined by a user who may only write documents', async () => {
    await storage.tenant('acme').audit.define(shapeOf({ amount: 'number' }))
    await asWriter(url, (audit) => audit.define(shapeOf({ amount: 'number' })))
    const changed = storage.tenant('acme').audit.define(shapeOf({ amount: 'text' }))
    await expect(changed).rejects.toMatchObject({ code: 'conflict' })
  })

  test('a shape whose view is not there is refused to such a user, who hears who must make it', async () => {
    const defining = asWriter(url, (audit) => audit.define(shapeOf({ amount: 'number' })))
    await expect(defining).rejects.toMatchObject({
      code: 'unsupported',
      retryable: false,
      message: expect.stringMatching(/shape refund .* as the user who migrates/),
    })
    await storage.audit.define(shapeOf({ amount: 'text' }))
  })

  test('a view that one tenant changes and another joins at once has the columns of the one that was not refused', async () => {
    const other = await connect({ url })
    for (const name of ['one', 'two', 'three', 'four', 'five']) {
      const was = { ...shapeOf({ amount: 'number' }), name }
      await storage.tenant('acme').audit.define(was)
      const [changed] = await Promise.allSettled([
        storage.tenant('acme').audit.define({ ...shapeOf({ order: 'text' }), name }),
        other.tenant('other').audit.define(was),
      ])
      const [view] = await withDatabase(url, (db) => db.listCollections({ name: `freehold_audit_${name}` }).toArray())
      expect(JSON.stringify(view)).toContain(`$data.${changed.status === 'rejected' ? 'amount' : 'order'}`)
    }
    await other.close()
  })

  test('a collection that is in the place of a view is told by its name', async () => {
    await withDatabase(url, (db) => db.createCollection('freehold_audit_refund'))
    await expect(storage.audit.define(shapeOf({ amount: 'number' }))).rejects.toMatchObject({
      code: 'unsupported',
      message: 'freehold_audit_refund is there already, and is no view; rename it, or give another prefix',
    })
  })

  test('a view that an older build made under another name stays, and hides nothing of the new one', async () => {
    // What such a build leaves: the view, and a record under the plain name of the shape.
    const old = () => withDatabase(url, (db) => db.collection('freehold_shape_refund').find().toArray())
    await withDatabase(url, async (db) => {
      await db.createCollection('freehold_shape_refund', { viewOn: 'freehold_audit', pipeline: [] })
      const id = { name: 'refund', tenant: 'default' } as never
      await db.collection('freehold_audit_shapes').insertOne({ _id: id, columns: '{"amount":"number"}' })
    })
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.audit.append([entry({ amount: 7 })])
    expect([await rows(), await old()]).toMatchObject([[{ amount: 7 }], [{ actor: 'ada' }]])
    await storage.migrations.down('audit')
    const left = await withDatabase(url, (db) => db.listCollections({ name: 'freehold_shape_refund' }).toArray())
    expect(left).toEqual([])
  })

  test('down drops the views with their collection', async () => {
    await storage.audit.define(shapeOf({ amount: 'number' }))
    await storage.migrations.down('audit')
    const left = await withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray())
    expect(left.filter(({ name }) => /audit|shape/.test(name))).toEqual([])
  })
})

/** Does something as a user whose role lets them write documents only: commands that change a schema are refused. */
async function asWriter(url: string, work: (audit: MongoAudit) => Promise<void>): Promise<void> {
  const client = new MongoClient(url, { ignoreUndefined: true })
  const refuse = () => Promise.reject(new MongoServerError({ message: 'not authorized on db', code: 13 }))
  const db = new Proxy(client.db(), {
    get(target, name) {
      if (name === 'createCollection' || name === 'command') return refuse
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  try {
    await work(new MongoAudit(new Database(() => db, 'freehold_'), 'other', newProcess()))
  } finally {
    await client.close()
  }
}

function timeOf(date: Date | null, micros: number | null): string | null {
  return date === null ? null : toIso(date.getTime() + micros! / 1000)
}

/** What has many values, or keys that the driver takes for those of its own types, is shown as its JSON text. */
function jsonOf(value: Json | undefined): Json {
  const text = JSON.stringify(value) ?? 'null'
  const asText = /"(_bsontype|\$ref)":/.test(text) || /^\{"%json":/.test(text) || text.length > 40_000
  return asText && typeof value === 'object' ? text : (value ?? null)
}
