import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MongoSessions } from '../src/sessions.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

const NOW = 1_750_000_000_000

let name: string
let client: MongoClient
let sessions: MongoSessions

/** A process in which another comes in between what a save read and what it writes. */
class Slow extends Database {
  constructor(private readonly meanwhile: () => Promise<unknown>) {
    super(() => client.db(), 'freehold_')
  }

  override collection(name: string): ReturnType<Database['collection']> {
    const collection = super.collection(name)
    const updateOne = async (...told: Parameters<typeof collection.updateOne>) => {
      await this.meanwhile()
      return collection.updateOne(...told)
    }
    return new Proxy(collection, {
      get: (target, command) => (command === 'updateOne' ? updateOne : Reflect.get(target, command)),
    })
  }
}

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: NOW })
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    const db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['sessions']).up()
    sessions = new MongoSessions(db, 'default')
    await sessions.save({ id: 's', type: 'agent', state: { step: 1 } })
  })

  afterEach(async () => {
    vi.useRealTimers()
    await client.close()
    await dropDatabase(name)
  })

  test('the time of a session does not go back when a run is appended while it is saved', async () => {
    vi.setSystemTime(NOW + 1_000)
    const append = async () => {
      vi.setSystemTime(NOW + 2_000)
      await sessions.appendRun({ sessionId: 's' })
    }
    const saved = await new MongoSessions(new Slow(append), 'default').save({
      id: 's',
      type: 'agent',
      state: { step: 2 },
    })
    expect(saved).toMatchObject({ state: { step: 2 }, runs: 0, updatedAt: NOW + 1_000 })
    expect(await sessions.get('s')).toMatchObject({ state: { step: 2 }, runs: 1, version: 2, updatedAt: NOW + 2_000 })
  })

  test('the time of a session moves on when it is saved, also within the millisecond of a save before', async () => {
    for (const [step, now] of [
      [2, NOW + 1_000],
      [3, NOW + 1_000],
      [4, NOW + 3_000],
    ] as const) {
      vi.setSystemTime(now)
      const saved = await sessions.save({ id: 's', type: 'agent', state: { step } })
      expect([saved, await sessions.get('s')]).toEqual([
        expect.objectContaining({ state: { step }, updatedAt: now }),
        saved,
      ])
    }
  })

  test('the time of a session stays where the clock of whoever saves it is behind', async () => {
    vi.setSystemTime(NOW - 5_000)
    expect(await sessions.save({ id: 's', type: 'agent', state: { step: 2 } })).toMatchObject({ updatedAt: NOW })
    expect(await sessions.get('s')).toMatchObject({ state: { step: 2 }, updatedAt: NOW })
  })
})
