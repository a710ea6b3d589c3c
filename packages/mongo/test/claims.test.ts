import type { AuditInput } from '@freehold/contract'
import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MongoAudit, newProcess } from '../src/audit.js'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { Cut, CutDatabase } from './cut-database.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

/** The batch of a writer of 1970. */
const LONG_AGO = '00000000-0001-7000-8000-000000000000'

let name: string
let client: MongoClient
let db: Database

const auditOn = (database: Database) => new MongoAudit(database, 'default', newProcess())
const entry = (id: string, stream: string, action = 'refund'): AuditInput => ({ id, stream, actor: 'ann', action })
const refused = (appended: Promise<unknown>) => expect(appended).rejects.toMatchObject({ code: 'conflict' })

/** What a process does when it has claimed its ids, and another comes in between. */
class Slow extends Database {
  constructor(private readonly meanwhile: () => Promise<unknown>) {
    super(() => client.db(), 'freehold_')
  }

  override async insertNew(...told: Parameters<Database['insertNew']>): Promise<number[]> {
    const taken = await super.insertNew(...told)
    if (told[0] === 'audit_ids') await this.meanwhile()
    return taken
  }
}

/** Appends, and dies after the change of that number: the first claims the ids, the third makes the head of a new stream. */
async function dies(command: number, entries: AuditInput[]): Promise<void> {
  const cut = new CutDatabase(client.db(), 'freehold_', { command, side: 'after' })
  await expect(auditOn(cut).append(entries)).rejects.toBeInstanceOf(Cut)
}

const makeOld = (id: string) => db.collection('audit_ids').updateOne({ '_id.id': id }, { $set: { batch: LONG_AGO } })

describe.skipIf(SERVER === undefined)('on a server', () => {
  beforeEach(async () => {
    name = newName()
    client = new MongoClient(databaseUrl(name), { ignoreUndefined: true })
    db = new Database(() => client.db(), 'freehold_')
    await new MongoMigrations(db, ['audit']).up()
  })

  afterEach(async () => {
    await client.close()
    await dropDatabase(name)
  })

  test('of calls at once, one is not refused for an id of another that comes to nothing', async () => {
    const audit = auditOn(db)
    await audit.append([entry('a', 'one')])
    const outcomes = await Promise.allSettled([
      audit.append([entry('b', 'one'), entry('a', 'one', 'another')]),
      audit.append([entry('b', 'two')]),
      audit.append([entry('c', 'one'), entry('c', 'two')]),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(await audit.get('b')).toMatchObject({ stream: 'two', seq: 1 })
    await audit.append([entry('c', 'three')])
  })

  test('what loses to another entry of its id while it is under way gives its other ids back', async () => {
    const meanwhile = () => auditOn(db).append([entry('a', 'one', 'another')])
    await refused(auditOn(new Slow(meanwhile)).append([entry('b', 'one'), entry('a', 'one')]))
    await auditOn(db).append([entry('b', 'two')])
    expect(await auditOn(db).verify('two')).toMatchObject({ status: 'ok', entries: 1 })
  })

  test('an id that another appended meanwhile is not given back by whom is refused', async () => {
    await auditOn(db).append([entry('a', 'one')])
    const meanwhile = () => auditOn(db).append([entry('b', 'one')])
    await refused(auditOn(new Slow(meanwhile)).append([entry('b', 'one'), entry('a', 'one', 'another')]))
    await refused(auditOn(db).append([entry('b', 'two')]))
    expect(await auditOn(db).verify('one')).toMatchObject({ status: 'ok', entries: 2 })
  })

  test('one entry that two deliver at once is one entry of a whole chain', async () => {
    const meanwhile = () => auditOn(db).append([entry('a', 'one')])
    const [appended] = await auditOn(new Slow(meanwhile)).append([entry('a', 'one')])
    expect(appended).toEqual(await auditOn(db).get('a'))
    expect(await auditOn(db).verify('one')).toMatchObject({ status: 'ok', entries: 1 })
  })

  test('an id whose writer died before it appended is free for any stream once it is dead for sure', async () => {
    await dies(1, [entry('b', 'one')])
    await refused(auditOn(db).append([entry('b', 'two')]))
    await makeOld('b')
    await auditOn(db).append([entry('b', 'two')])
    expect(await auditOn(db).get('b')).toMatchObject({ stream: 'two' })
    await refused(auditOn(db).append([entry('b', 'one')]))
  })

  test('a writer that was held up until its ids may be taken over gives up before it appends', async () => {
    const meanwhile = async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_001 })
    }
    const late = auditOn(new Slow(meanwhile)).append([entry('b', 'one')])
    await expect(late.finally(() => vi.useRealTimers())).rejects.toMatchObject({ code: 'timeout', retryable: true })
    expect(await auditOn(db).head('one')).toMatchObject({ seq: 0 })
  })

  test.each([0, 1])(
    'a writer that is held up where it looks no more moves no head (%d entries before)',
    async (before) => {
      if (before > 0) await auditOn(db).append([entry('a', 'one')])
      class Frozen extends Database {
        override collection(name: string) {
          const collection = super.collection(name)
          if (name !== 'audit_heads') return collection
          const updateOne = async (...told: Parameters<typeof collection.updateOne>) => {
            // Ids never go back in time: what is made after this one is of that hour.
            vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + (before + 1) * 3_600_000 })
            await auditOn(db).append([entry('b', 'two')])
            vi.useRealTimers()
            return collection.updateOne(...told)
          }
          return new Proxy(collection, {
            get: (target, key) => (key === 'updateOne' ? updateOne : Reflect.get(target, key)),
          })
        }
      }
      await refused(auditOn(new Frozen(() => client.db(), 'freehold_')).append([entry('b', 'one')]))
      expect(await auditOn(db).get('b')).toMatchObject({ stream: 'two' })
      await auditOn(db).append([entry('c', 'one')])
      expect(await auditOn(db).verify('one')).toMatchObject({ status: 'ok', entries: before + 1 })
      expect(await db.collection('audit_heads').countDocuments({ fenced: { $exists: true } })).toBe(0)
    },
  )

  test('an id that a head holds is not free, however long its writer is dead', async () => {
    await dies(3, [entry('b', 'one')])
    expect(await db.collection('audit').countDocuments()).toBe(0)
    await makeOld('b')
    await refused(auditOn(db).append([entry('b', 'two')]))
    expect(await auditOn(db).get('b')).toMatchObject({ stream: 'one', seq: 1 })
  })
})
