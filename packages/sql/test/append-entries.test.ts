import { type Storage, StoreError } from '@freehold/contract'
import { expect } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlAudit } from '../src/audit.js'
import { Database } from '../src/database.js'
import { SQLITE } from './engines.js'
import { LateDatabase, withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'

const auditOn = (db: Database) => new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db))
const entryOf = (n: number) => ({ id: `e${n}`, actor: 'ada', action: 'a' })
/** In the order of their chain. */
const idsOf = async ({ audit }: Storage) => (await audit.read({ stream: 'main' })).items.map(({ id }) => id).reverse()

/** A database that is away: whatever is asked of it fails like this. */
class AwayDatabase extends Database {
  asked = 0
  failure: unknown

  override transaction(): Promise<never> {
    this.asked += 1
    return Promise.reject(this.failure)
  }
}

describeEngines((it) => {
  it('an append of no entries is none', async ({ database, storage }) => {
    expect(await storage.audit.append([])).toEqual([])
    expect(await database.prompt.query('select stream from freehold_audit_heads')).toEqual([])
  })

  it('an append whose ids others take one by one is stored once', async ({ database, storage }) => {
    const entries = [1, 2, 3, 4, 5].map(entryOf)
    const appended = await withDatabase(database, LateDatabase, (db) => {
      db.before = entries.slice(0, 4).map((entry) => () => storage.audit.append([entry]))
      return auditOn(db).append(entries)
    })
    expect(appended.map(({ id, seq }) => [id, seq])).toEqual(entries.map(({ id }, i) => [id, i + 1]))
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 5 })
  })

  it('an append whose ids others do not stop to take is a timeout, and may be done again', async ({
    database,
    storage,
  }) => {
    const entries = [1, 2, 3, 4, 5, 6].map(entryOf)
    const others = entries.slice(0, 5)
    const appended = withDatabase(database, LateDatabase, (db) => {
      db.before = others.map((entry) => () => storage.audit.append([entry]))
      return auditOn(db).append(entries)
    })
    await expect(appended).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
      message: 'others kept appending the same ids; try again',
    })
    expect(await idsOf(storage)).toEqual(others.map(({ id }) => id))
    await storage.audit.append(entries)
    expect(await idsOf(storage)).toEqual(entries.map(({ id }) => id))
  })
})

describeEngines(
  (it) => {
    it.for([
      ['is unavailable', new StoreError('unavailable', 'the server is gone')],
      ['is stuck', new StoreError('timeout', 'no connection became free')],
      ['has a full disk', Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })],
    ] as const)(
      'appends that waited together for a database that %s fail together, and none is tried alone',
      async ([, failure], { database, storage }) => {
        await storage.audit.append([entryOf(0)])
        const { asked, appended } = await withDatabase(database, AwayDatabase, async (db) => {
          db.failure = failure
          const audit = auditOn(db)
          const appended = await Promise.allSettled([1, 2, 3].map((n) => audit.append([entryOf(n)])))
          return { asked: db.asked, appended }
        })
        expect(appended).toEqual([1, 2, 3].map(() => ({ status: 'rejected', reason: failure })))
        expect(asked).toBe(1)
      },
    )
  },
  [SQLITE],
)
