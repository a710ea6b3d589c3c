import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { spanOf, traceIdOf } from '../../sql/test/spans.js'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoTraces } from '../src/traces.js'
import { Cut, CutDatabase } from './cut-database.js'
import { PREFIX } from './cut-stores.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'
import { FORBIDDEN, FULL, Unwritable } from './unwritable.js'

/** An announcement, or a claim of ids, of a writer of 1970. */
const LONG_AGO = '00000000-0001-7000-8000-000000000000'

let name: string
let client: MongoClient
let db: Database

const auditOn = (database: Database) => new MongoAudit(database, 'default', newProcess())
const entries = (...ids: string[]) => ids.map((id) => ({ id, actor: 'ann', action: 'refund' }))
const chained = async () => (await auditOn(db).read({ stream: 'main' })).items.map(({ id }) => id).reverse()

/** Appends after another entry, and dies after the change of that number: the second moves the head. */
async function dies(command: number, ...ids: string[]): Promise<void> {
  await auditOn(db).append(entries('first'))
  const cut = new CutDatabase(client.db(), PREFIX, { command, side: 'after' })
  await expect(auditOn(cut).append(entries(...ids))).rejects.toBeInstanceOf(Cut)
}

/** A server whose disk has no room for one of the entries: those before it are stored, and those after it unless in order. */
class NoRoom extends Database {
  constructor(private readonly id: string) {
    super(() => client.db(), PREFIX)
  }

  override async insertNew(...[collection, rows, options]: Parameters<Database['insertNew']>): Promise<number[]> {
    const place = rows.findIndex(({ _id }) => typeof _id === 'object' && _id.id === this.id)
    if (collection !== 'audit' || place < 0) return super.insertNew(collection, rows, options)
    await super.insertNew(collection, [...rows.slice(0, place), ...(options?.ordered ? [] : rows.slice(place + 1))])
    throw FULL
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    db = new Database(() => client.db(), PREFIX)
    await new MongoMigrations(db, ['traces', 'audit']).up()
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  describe.each([
    ['who may not write', FORBIDDEN],
    ['whose disk is full', FULL],
  ])('a reader %s', (_, failure) => {
    test('verifies a chain whose last writer died before its entries had documents', async () => {
      await dies(2, 'second', 'third')
      expect(await chained()).toEqual(['first'])
      const reader = auditOn(new Unwritable(client.db(), failure))
      const [head, read] = [await reader.head(), await reader.verify()]
      expect(await chained()).toEqual(['first'])
      expect([head, read]).toEqual([await auditOn(db).head(), await auditOn(db).verify()])
      expect(read).toMatchObject({ status: 'ok', entries: 3 })
    })

    test('reads the records of entries that have no documents yet', async () => {
      await dies(2, 'second', 'third')
      const reader = auditOn(new Unwritable(client.db(), failure))
      const read = [...(await reader.records()), ...(await reader.records('main', 1))]
      expect(await chained()).toEqual(['first'])
      expect(read).toEqual(await auditOn(db).records())
      expect(read.map(({ seq }) => seq)).toEqual([1, 2, 3])
    })

    test('finds the traces of writers that died, and leaves it to others to clear up', async () => {
      await new MongoTraces(db, 'default').write([spanOf(traceIdOf(1), 1)])
      await db.collection('traces').updateMany({}, { $set: { writing: [LONG_AGO] } })
      const traces = new MongoTraces(new Unwritable(client.db(), failure), 'default')
      expect((await traces.find()).items).toMatchObject([{ spans: 1 }])
      expect((await traces.get(traceIdOf(1)))?.spans).toHaveLength(1)
      expect(await db.collection('traces').findOne({})).toMatchObject({ writing: [LONG_AGO] })
    })
  })

  test('a writer hears that what others left cannot be made good, and appends nothing behind it', async () => {
    await dies(2, 'second')
    await expect(auditOn(new Unwritable(client.db(), FULL, /^audit$/)).append(entries('third'))).rejects.toBe(FULL)
    expect(await auditOn(db).head()).toMatchObject({ seq: 2 })
    await auditOn(db).append(entries('third'))
    expect(await chained()).toEqual(['first', 'second', 'third'])
  })

  test('an id that a head holds is not given away by one who cannot give its entry a document', async () => {
    await dies(2, 'second')
    await db.collection('audit_ids').updateOne({ '_id.id': 'second' }, { $set: { batch: LONG_AGO } })
    const elsewhere = entries('second').map((entry) => ({ ...entry, stream: 'other' }))
    await expect(auditOn(new Unwritable(client.db(), FULL, /^audit$/)).append(elsewhere)).rejects.toBe(FULL)
    await expect(auditOn(db).append(elsewhere)).rejects.toMatchObject({ code: 'conflict' })
    expect(await auditOn(db).get('second')).toMatchObject({ stream: 'main', seq: 2 })
  })

  test('what a full disk left of an append is no gap in the chain, for whoever reads it and whoever makes it good', async () => {
    await auditOn(db).append(entries('first'))
    await expect(auditOn(new NoRoom('third')).append(entries('second', 'third', 'fourth'))).rejects.toBe(FULL)
    expect(await chained()).toEqual(['first', 'second'])
    for (const reader of [new Unwritable(client.db(), FORBIDDEN), new NoRoom('fourth'), db])
      expect(await auditOn(reader).verify()).toMatchObject({ status: 'ok', entries: 4 })
    expect(await chained()).toEqual(['first', 'second', 'third', 'fourth'])
    await auditOn(db).append(entries('fifth'))
    expect(await auditOn(db).verify()).toMatchObject({ status: 'ok', entries: 5 })
  })

  test('an append is not undone by what its head goes on holding', async () => {
    class KeepsPending extends Database {
      override collection(name: string): ReturnType<Database['collection']> {
        const collection = super.collection(name)
        const updateOne = (...[filter, update]: Parameters<typeof collection.updateOne>) =>
          'pending' in ((update as { $set?: object }).$set ?? {}) && !('$unset' in update)
            ? Promise.reject(FULL)
            : collection.updateOne(filter, update)
        return new Proxy(collection, {
          get: (target, command) => (command === 'updateOne' ? updateOne : Reflect.get(target, command)),
        })
      }
    }
    const audit = auditOn(new KeepsPending(() => client.db(), PREFIX))
    for (const id of ['first', 'second']) expect(await audit.append(entries(id))).toMatchObject([{ id }])
    expect(await db.collection('audit_heads').findOne({})).toMatchObject({ pending: [expect.anything()] })
    expect(await auditOn(db).append(entries('third', 'fourth'))).toHaveLength(2)
    expect(await auditOn(db).verify()).toMatchObject({ status: 'ok', entries: 4 })
  })
})
