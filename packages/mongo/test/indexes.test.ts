import { DOMAINS, type Storage } from '@freehold/contract'
import { connect } from '@freehold/mongo'
import type { Collection, Db } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { MongoMigrations } from '../src/migrate.js'
import { MIGRATIONS } from '../src/migrations/index.js'
import { PREFIX } from './cut-stores.js'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

const AUDIT = 'freehold_audit'

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const inside = <T>(work: (db: Db) => Promise<T>) => withDatabase(url, work)
  const dropIndex = (collection: string, index: string) => inside((db) => db.collection(collection).dropIndex(index))
  const indexesOf = (collection: string) => inside((db) => db.collection(collection).indexes())
  /** Opens it as another process, which is all that is asked. */
  const opening = async (schema: 'check' | 'migrate' = 'check') => (await connect({ url, schema })).close()

  const unique = Object.values(MIGRATIONS).flatMap((migrations) =>
    migrations.flatMap(({ collections }) =>
      collections.flatMap(({ name, indexes = [] }) =>
        indexes.filter((index) => index.unique).map((index) => [`freehold_${name}`, index.name] as const),
      ),
    ),
  )
  for (const [collection, index] of unique)
    test(`without ${index} of ${collection} it does not open, which migrations.up() mends`, async () => {
      const before = await indexesOf(collection)
      await dropIndex(collection, index)
      await expect(opening()).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(
          `^the unique index ${index} of ${collection} was made, and is gone; .* migrations\\.up\\(\\)$`,
        ),
      })
      const planned = (await storage.migrations.plan()).filter((command) => command.includes(collection))
      expect(planned).toEqual([expect.stringMatching(RegExp(`createIndex.*"name":"${index}","unique":true`))])
      expect(await storage.migrations.up()).toEqual([])
      await opening()
      expect(new Set(await indexesOf(collection))).toEqual(new Set(before))
      expect(await storage.migrations.plan()).toEqual([])
    })

  test('an index that is gone and holds no promise keeps nobody out, and comes back with those who migrate', async () => {
    const before = await indexesOf('freehold_runs')
    await dropIndex('freehold_runs', 'by_user')
    await opening()
    await opening('migrate')
    expect(new Set(await indexesOf('freehold_runs'))).toEqual(new Set(before))
  })

  test('a unique index over the same fields is taken for ours, whatever its name, and a plain one is not', async () => {
    const key = { '_id.tenant': 1, stream: 1, seq: 1 } as const
    await dropIndex(AUDIT, 'by_place')
    await inside((db) => db.collection(AUDIT).createIndex(key, { name: 'by_place' }))
    await expect(opening()).rejects.toThrow(/by_place of freehold_audit was made, and is gone/)
    await expect(storage.migrations.up()).rejects.toMatchObject({
      code: 'unsupported',
      message: `${AUDIT} has another index in the place of one of ours (by_place); drop it, and migrate`,
    })
    await dropIndex(AUDIT, 'by_place')
    await inside((db) => db.collection(AUDIT).createIndex(key, { name: 'mine', unique: true }))
    await opening('migrate')
    expect((await indexesOf(AUDIT)).map(({ name }) => name)).not.toContain('by_place')
  })

  test.each([
    ['of other documents', { partialFilterExpression: { tool: { $exists: true } } }],
    ['of all documents', {}],
  ])('a unique index over the same fields, but %s, is not', async (_, options) => {
    const approvals = 'freehold_approvals'
    const { key } = (await indexesOf(approvals)).find(({ name }) => name === 'by_call')!
    await dropIndex(approvals, 'by_call')
    await inside((db) => db.collection(approvals).createIndex(key, { name: 'mine', unique: true, ...options }))
    await expect(opening()).rejects.toThrow(/by_call of freehold_approvals was made, and is gone/)
  })

  test('documents that came twice while a unique index was gone are told, and none is shown', async () => {
    await storage.audit.append([{ id: 'e', actor: 'ada', action: 'secret' }])
    await dropIndex(AUDIT, 'by_place')
    await dropIndex(AUDIT, 'by_predecessor')
    await inside(async (db) => {
      const entry = await db.collection(AUDIT).findOne({})
      await db.collection(AUDIT).insertOne({ ...entry, _id: { tenant: 'default', id: 'fork' } as never })
    })
    await expect(opening('migrate')).rejects.toMatchObject({
      code: 'unsupported',
      message: `${AUDIT} has documents twice that its unique indexes (by_place, by_predecessor) let be there once; remove the ones that are too many, or restore it from a copy, and migrate`,
    })
    await inside((db) => db.collection(AUDIT).deleteOne({ '_id.id': 'fork' }))
    await opening('migrate')
  })

  test('who may not ask for collections and indexes opens what is there, and migrates nothing', async () => {
    const refuse = () => Promise.reject(Object.assign(new Error('not allowed'), { name: 'MongoServerError', code: 13 }))
    await dropIndex(AUDIT, 'by_place')
    await inside(async (db) => {
      const refusing = <T extends Db | Collection>(target: T, refused: Readonly<Record<string, unknown>>): T =>
        new Proxy(target, {
          get: (_, name) => refused[String(name)] ?? (Reflect.get(target, name) as () => void).bind(target),
        })
      const collection = (name: string) => refusing(db.collection(name), { indexes: refuse, createIndexes: refuse })
      for (const refused of [{ listCollections: () => ({ toArray: refuse }) }, { collection }]) {
        const own = refusing(db, { createCollection: refuse, ...refused })
        const migrations = new MongoMigrations(new Database(() => own, PREFIX), DOMAINS)
        expect(await migrations.up()).toEqual([])
        expect(await migrations.plan()).toEqual([])
        await migrations.check()
      }
    })
  })
})
