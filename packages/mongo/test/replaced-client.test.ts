import { MongoClient } from 'mongodb'
import { describe, expect, test, vi } from 'vitest'
import { connect } from '../src/connect.js'
import { Database } from '../src/database.js'
import { withLease } from '../src/lease.js'
import { LiveClient } from '../src/live-client.js'
import { createCollection, dropCollection } from '../src/schema.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

const OUTAGE = Object.assign(new Error(), { name: 'MongoServerSelectionError' })

/** A client that may be replaced at once, those that were made in its place, and which of all were ended. */
function given() {
  const made: MongoClient[] = []
  const ended: number[] = []
  const live = new LiveClient(() => {
    const client = new MongoClient('mongodb://127.0.0.1:1')
    const number = made.push(client) - 1
    vi.spyOn(client, 'close').mockImplementation(async () => void ended.push(number))
    return client
  }, 0)
  return { live, made, ended }
}

/** A command that is under way until it is told to end. */
function command() {
  let end: () => void = () => undefined
  const run = () => new Promise<void>((resolve) => (end = resolve))
  return { run, end: () => end() }
}

describe('a client that was replaced', () => {
  test('is ended at once where no command is under way on it, however often that comes', async () => {
    const { live, made, ended } = given()
    for (let n = 0; n < 60; n++) live.notice(OUTAGE)
    expect([made.length, ended]).toEqual([61, Array.from({ length: 60 }, (_, n) => n)])
    await live.close()
    expect(ended).toHaveLength(61)
  })

  test('is ended when the last of its commands has, and not by those of others', async () => {
    const { live, ended } = given()
    const [first, second, other] = [command(), command(), command()]
    const [a, b] = [live.run(first.run), live.run(second.run)]
    live.notice(OUTAGE)
    const c = live.run(other.run)
    first.end()
    other.end()
    await Promise.all([a, c])
    expect(ended).toEqual([])
    second.end()
    await b
    expect(ended).toEqual([0])
  })

  test('is ended after a command that failed, whose error is told', async () => {
    const { live, ended } = given()
    const failing = live.run(async () => {
      live.notice(OUTAGE)
      throw new Error('cut')
    })
    await expect(failing).rejects.toThrow('cut')
    expect(ended).toEqual([0])
  })

  test('is one: when the next is replaced, it is ended with what is under way on it', async () => {
    const { live, ended } = given()
    const [first, second] = [command(), command()]
    const a = live.run(first.run)
    live.notice(OUTAGE)
    const b = live.run(second.run)
    live.notice(OUTAGE)
    expect(ended).toEqual([0])
    first.end()
    second.end()
    await Promise.all([a, b])
    expect(ended).toEqual([0, 1])
    await live.close()
    expect(ended).toEqual([0, 1, 2])
  })

  test('costs nobody anything where it cannot be closed', async () => {
    const { live, made } = given()
    const busy = command()
    const run = live.run(busy.run)
    vi.spyOn(made[0]!, 'close').mockRejectedValue(new Error('closing failed'))
    live.notice(OUTAGE)
    await live.close()
    busy.end()
    await run
  })
})

describe.skipIf(SERVER === undefined)('on a server', () => {
  /** A database whose client was replaced, and the one before closed, once `replace` was called. */
  async function replaceable<T>(work: (db: Database, replace: () => Promise<void>) => Promise<T>): Promise<T> {
    const name = newName()
    const clients = [new MongoClient(databaseUrl(name)), new MongoClient(databaseUrl(name))] as const
    let [client] = clients as readonly MongoClient[]
    const replace = async () => {
      client = clients[1]
      await clients[0].close()
    }
    try {
      return await work(new Database(() => client!.db(), 'freehold_', { pool: 1 }), replace)
    } finally {
      for (const each of clients) await each.close()
      await dropDatabase(name)
    }
  }

  test('a command that waits for its turn while the client is replaced goes to the new one', async () => {
    await replaceable(async (db, replace) => {
      const busy = command()
      const first = db.send(busy.run)
      const collection = db.collection('spans')
      const second = collection.insertOne({ _id: 'a' })
      await replace()
      busy.end()
      await Promise.all([first, second])
      expect(await collection.countDocuments()).toBe(1)
    })
  })

  test('every command of a storage is known to its client', async () => {
    const name = newName()
    const run = vi.spyOn(LiveClient.prototype, 'run')
    const storage = await connect({ url: databaseUrl(name), schema: 'migrate', domains: ['sessions'] })
    for (const call of [() => storage.sessions.save({ id: 's', type: 'agent' }), () => storage.sessions.list()]) {
      run.mockClear()
      await call()
      expect(run).toHaveBeenCalled()
    }
    await storage.close()
    run.mockRestore()
    await dropDatabase(name)
  })

  test('those that change the schema are, too', async () => {
    await replaceable(async (db) => {
      const send = vi.spyOn(db, 'send')
      await createCollection(db, { name: 'spans', key: [] })
      await dropCollection(db, { name: 'spans' })
      expect(send).toHaveBeenCalledTimes(2)
    })
  })

  test('a lease is renewed when the client was replaced after it was taken', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await replaceable((db, replace) =>
      withLease(db, 'migrations', async () => {
        const end = async () => (await db.collection('leases').findOne({ _id: 'migrations' }))!.expiresAt
        await replace()
        const before = await end()
        vi.advanceTimersByTime(5_000)
        await vi.waitFor(async () => expect((await end()).getTime()).toBeGreaterThan(before.getTime()))
      }),
    ).finally(() => vi.useRealTimers())
  })
})
