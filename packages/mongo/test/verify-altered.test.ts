import { inspect } from 'node:util'
import type { Storage } from '@freehold/contract'
import { type Document, ObjectId } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { givenDatabase } from './given-database.js'
import { SERVER, withDatabase } from './server.js'

const SECRET = 'the secret of Maria'
const ID = '507f1f77bcf86cd799439011'
const DATA = { amount: 1000, order: ID }

describe.skipIf(SERVER === undefined)('on a server', () => {
  let url: string
  let storage: Storage
  givenDatabase((own) => {
    ;({ url, storage } = own)
  })

  const append = (id: string) => storage.audit.append([{ id, actor: 'ada', action: 'pay', data: DATA }])
  const update = (collection: string, filter: Document, change: Document | Document[]) =>
    withDatabase(url, (db) => db.collection(`freehold_${collection}`).updateOne(filter, change))

  test.each<[string, Document]>([
    ['a time and its microseconds that only together are the same', { $inc: { time: -1, timeUs: 1000 } }],
    ['no microseconds of its time', { $unset: { timeUs: '' } }],
    ['a text for a time', { $set: { time: SECRET } }],
    [
      'its data as a text, and beside it what views show',
      { $set: { data: { '%json': JSON.stringify(DATA), amount: 1 } } },
    ],
    ['a property twice, once in other words', { $set: { data: { amount: 1, 'amo%75nt': 1000, order: ID } } }],
    ['a property as its text', { $set: { 'data.amount': { '%json': '1000' } } }],
    ['an id of the database for a text', { $set: { 'data.order': new ObjectId(ID) } }],
    ['data that are no JSON', { $set: { data: { '%json': SECRET } } }],
    ['a number that is none', { $set: { 'data.amount': NaN } }],
    ['another field', { $set: { note: 1 } }],
    ['no text that was hashed', { $unset: { hashedText: '' } }],
  ])('an entry that has %s is found', async (_, change) => {
    for (const id of ['a', 'b', 'c']) await append(id)
    const time =
      change.$inc === undefined ? undefined : { time: { $subtract: ['$time', 1] }, timeUs: { $add: ['$timeUs', 1000] } }
    await update('audit', { seq: 2 }, time === undefined ? change : [{ $set: time }])
    expect(await storage.audit.verify()).toMatchObject({ status: 'tampered', found: 'modified', seq: 2 })
  })

  test.each([0, -1, '2'])('an entry that stands at the place %j is found', async (seq) => {
    await append('a')
    await withDatabase(url, async (db) => {
      const { _id, ...entry } = (await db.collection('freehold_audit').findOne({}))!
      const others = { previousHash: 'f'.repeat(64), hash: 'e'.repeat(64) }
      const forged = { tenant: 'default', id: 'forged' } as never
      await db.collection('freehold_audit').insertOne({ _id: forged, ...entry, ...others, seq })
    })
    expect(await storage.audit.verify()).toMatchObject({ status: 'tampered', found: 'reordered', seq: 0 })
  })

  test.each<[string, Document]>([
    ['names no place', { $unset: { seq: '' } }],
    ['has a checkpoint of no place', { $set: { checkpoint: { seq: 'two', hash: 'f'.repeat(64) } } }],
    ['holds entries that are none', { $set: { pending: SECRET } }],
    ['holds entries whose text is no JSON', { $set: { pending: [{ text: SECRET, previousHash: 'a', hash: 'b' }] } }],
  ])('a head that %s is found', async (_, change) => {
    await append('a')
    await update('audit_heads', {}, change)
    expect(await storage.audit.verify()).toMatchObject({ status: 'tampered' })
  })

  test('a checkpoint without its time vouches as ever', async () => {
    await append('a')
    await storage.audit.checkpoint()
    await update('audit_heads', {}, { $unset: { 'checkpoint.at': '' } })
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 1 })
  })

  test('what cannot be read is told of reading, without a word of it', async () => {
    await append('a')
    await update('audit', {}, { $set: { data: { '%json': SECRET } } })
    const { audit } = storage
    for (const reading of [() => audit.get('a'), () => audit.read(), () => audit.read({ stream: 'main' })]) {
      const failure: unknown = await reading().catch((error: unknown) => error)
      expect(failure).toMatchObject({ name: 'StoreError', code: 'internal', retryable: false })
      expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('Maria')
    }
  })

  test('a chain of very different sizes is read whole', async () => {
    const data = { text: 'x'.repeat(3_000_000) }
    await storage.audit.append(Array.from({ length: 30 }, (_, n) => ({ actor: 'ada', action: `small ${n}` })))
    for (const action of ['one', 'two', 'three', 'four']) await storage.audit.append([{ actor: 'ada', action, data }])
    await append('a')
    expect(await storage.audit.verify()).toMatchObject({ status: 'ok', entries: 35 })
  })
})
