import { type Shape, type Storage, StoreError } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import { type CommandStartedEvent, type Db, MongoClient, type MongoServerError } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoTraces } from '../src/traces.js'
import { Cut, CutDatabase } from './cut-database.js'
import type { Stores } from './cut-scenarios.js'
import { PREFIX, storesOn } from './cut-stores.js'
import { databaseUrl, dropDatabase, newName, SERVER, withDatabase } from './server.js'
import { spanOf, traceIdOf } from './spans.js'

const SHAPE: Shape = {
  name: 'refund',
  schema: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
  columns: { amount: 'number' },
}
/** What an application may do, with documents. */
const OF_DOCUMENTS = ['aggregate', 'delete', 'find', 'findAndModify', 'getMore', 'hello', 'insert', 'update']
const FORBIDDEN = Object.assign(new Error('not authorized'), { name: 'MongoServerError', code: 13 })

/** All that an application does with its stores. */
async function live({ traces, sessions, approvals, audit }: Stores): Promise<void> {
  await traces.write([spanOf(traceIdOf(1), 1), spanOf(traceIdOf(1), 2)])
  await traces.write([{ ...spanOf(traceIdOf(1), 2), status: 'error' }])
  await Promise.all([traces.find(), traces.get(traceIdOf(1)), traces.spans(), traces.toolStats()])
  await sessions.save({ id: 's', type: 'agent' })
  await sessions.save({ id: 's', type: 'agent', name: 'renamed' })
  const run = await sessions.appendRun({ sessionId: 's' })
  await sessions.updateRun(run.id, { status: 'completed' })
  await Promise.all([sessions.list(), sessions.get('s'), sessions.runs(), sessions.run(run.id)])
  await sessions.remove('s')
  await approvals.request({ id: 'a' })
  await approvals.decide('a', { decision: 'approved', by: 'ann' })
  await approvals.consume('a')
  await approvals.request({ id: 'b' })
  await approvals.cancel('b', 'ann')
  await approvals.request({ id: 'c', expiresAt: 1 })
  await approvals.expire()
  await Promise.all([approvals.list(), approvals.get('a'), approvals.events('a'), approvals.queue(), approvals.count()])
  await audit.define(SHAPE)
  await audit.append([{ id: 'e', actor: 'ann', action: 'refund', shape: 'refund', data: { amount: 1 } }])
  const differs = audit.append([
    { actor: 'ann', action: 'refund' },
    { id: 'e', actor: 'bob', action: 'refund' },
  ])
  await differs.catch((error: unknown) => {
    if (!StoreError.is(error, 'conflict')) throw error
  })
  await audit.checkpoint()
  await Promise.all([audit.read(), audit.get('e'), audit.head()])
  expect(await audit.verify()).toMatchObject({ status: 'ok' })
}

/** One who may only read. */
class Reader extends Database {
  constructor(own: Db) {
    super(() => own, PREFIX)
  }

  override collection(name: string): ReturnType<Database['collection']> {
    return new Proxy(super.collection(name), {
      get: (target, command) =>
        /^(bulkWrite|delete|insert|update|findOneAnd)/.test(String(command))
          ? () => Promise.reject(FORBIDDEN)
          : Reflect.get(target, command),
    })
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  let name: string
  let url: string
  let owner: Storage

  beforeEach(async () => {
    name = newName()
    url = databaseUrl(name)
    owner = await connect({ url, schema: 'migrate' })
    await owner.audit.define(SHAPE)
  })

  afterEach(async () => {
    await owner.close()
    await dropDatabase(name)
  })

  test('an application works with documents only, in collections that its owner made', async () => {
    const collections = () => withDatabase(url, (db) => db.listCollections({}, { nameOnly: true }).toArray())
    const before = (await collections()).map((one) => one.name).sort()
    const client = new MongoClient(url, { monitorCommands: true, ignoreUndefined: true })
    const sent: CommandStartedEvent[] = []
    client.on('commandStarted', (event) => sent.push(event))
    await live(storesOn(new Database(() => client.db(), PREFIX), 'default'))
    await client.close()
    const commands = new Set(sent.map(({ commandName }) => commandName).filter((one) => one !== 'endSessions'))
    expect([...commands].filter((one) => !OF_DOCUMENTS.includes(one))).toEqual([])
    expect((await collections()).map((one) => one.name).sort()).toEqual(before)
  })

  test('an application lives as a user with rights for documents only', async ({ skip }) => {
    const actions = ['find', 'insert', 'update', 'remove']
    const made = await withDatabase(url, async (db) => {
      const privileges = [{ resource: { db: name, collection: '' }, actions }]
      await db.command({ createRole: 'documents', privileges, roles: [] })
      await db.command({ createUser: 'application', pwd: 'secret', roles: ['documents'] })
    }).catch((error: MongoServerError) => error)
    if (made !== undefined) {
      console.warn(
        `MongoDB: not run as a user with rights for documents only: the server has no users (${made.codeName})`,
      )
      return skip()
    }
    const own = new URL(url)
    own.username = 'application'
    own.password = 'secret'
    own.searchParams.set('authSource', name)
    const application = await connect({ url: own.href })
    await live(application)
    await application.close()
    await withDatabase(url, (db) => db.command({ dropAllUsersFromDatabase: 1 }))
    await withDatabase(url, (db) => db.command({ dropAllRolesFromDatabase: 1 }))
  })

  test('an auditor who may only read verifies a chain whose last writer died before its entries had documents', async () => {
    await owner.audit.append([{ actor: 'ann', action: 'one' }])
    const [whole, auditor] = await withDatabase(url, async (db) => {
      const cut = new CutDatabase(db, PREFIX, { command: 4, side: 'after' })
      const dying = new MongoAudit(cut, 'default', newProcess()).append([{ actor: 'ann', action: 'two' }])
      await expect(dying).rejects.toBeInstanceOf(Cut)
      expect(await db.collection('freehold_audit').countDocuments()).toBe(1)
      const read = await new MongoAudit(new Reader(db), 'default', newProcess()).verify()
      return [await owner.audit.verify(), read]
    })
    expect(auditor).toEqual(whole)
    expect(auditor).toMatchObject({ status: 'ok', entries: 2 })
  })

  test('a reader finds the traces of writers that died, and leaves it to others to clear up', async () => {
    await owner.traces.write([spanOf(traceIdOf(1), 1)])
    await withDatabase(url, async (db) => {
      const writing = ['00000000-0001-7000-8000-000000000000']
      await db.collection('freehold_traces').updateMany({}, { $set: { writing } })
      const traces = new MongoTraces(new Reader(db), 'default')
      expect((await traces.find()).items).toMatchObject([{ spans: 1 }])
      expect((await traces.get(traceIdOf(1)))?.spans).toHaveLength(1)
      expect(await db.collection('freehold_traces').findOne({})).toMatchObject({ writing })
    })
  })
})
