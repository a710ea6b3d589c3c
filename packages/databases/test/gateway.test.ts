import { type Document, MongoServerError } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { urlOf } from '../src/engines.js'
import { givenCollections } from './collections.js'

/** What the stores need of a MongoDB, checked on whatever server the run has. */
describe.skipIf(urlOf('mongodb') === undefined)('a server that speaks the protocol of MongoDB', () => {
  const { client, db, collectionOf } = givenCollections()

  it('stops an ordered insert at a duplicate', async () => {
    const collection = await collectionOf()
    const insert = collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 1 }, { _id: 3 }] as Document[])
    await expect(insert).rejects.toMatchObject({ code: 11000 })
    expect(await collection.countDocuments()).toBe(2)
  })

  it('goes on with an unordered insert after a duplicate', async () => {
    const collection = await collectionOf([{ _id: 1 }])
    const insert = collection.insertMany([{ _id: 1 }, { _id: 2 }, { _id: 2 }, { _id: 3 }] as Document[], {
      ordered: false,
    })
    await expect(insert).rejects.toMatchObject({ code: 11000, writeErrors: [{ index: 0 }, { index: 2 }] })
    expect(await collection.countDocuments()).toBe(3)
  })

  it('says which key an insert repeats', async () => {
    const collection = await collectionOf([{ _id: 1, k: 5 }])
    await collection.createIndex({ k: 1 }, { unique: true })
    const error = await collection.insertOne({ k: 5 }).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(MongoServerError)
    expect(error).toMatchObject({ code: 11000, keyPattern: { k: 1 }, keyValue: { k: 5 } })
  })

  it('says which index an update runs into', async () => {
    const collection = await collectionOf([
      { _id: 1, k: 'a' },
      { _id: 2, k: 'b' },
    ])
    await collection.createIndex({ k: 1 }, { unique: true })
    const update = collection.updateOne({ _id: 2 } as Document, { $set: { k: 'a' } })
    await expect(update).rejects.toMatchObject({ code: 11000, keyPattern: { k: 1 } })
  })

  it('holds a partial unique index to its filter', async () => {
    const collection = await collectionOf()
    await collection.createIndex({ k: 1 }, { unique: true, partialFilterExpression: { active: true } })
    await collection.insertMany([
      { k: 1, active: false },
      { k: 1, active: false },
      { k: 1, active: true },
    ])
    await expect(collection.insertOne({ k: 1, active: true })).rejects.toMatchObject({ code: 11000 })
  })

  it('refuses to build a unique index on duplicates', async () => {
    const collection = await collectionOf([{ k: 1 }, { k: 1 }])
    await expect(collection.createIndex({ k: 1 }, { unique: true })).rejects.toMatchObject({ code: 11000 })
  })

  it('refuses an index of the same name and other options', async () => {
    const collection = await collectionOf([{ k: 1 }])
    await collection.createIndex({ k: 1 }, { name: 'x' })
    const again = collection.createIndex({ k: 1 }, { name: 'x', unique: true })
    expect([85, 86]).toContain(await again.catch((error: MongoServerError) => error.code))
  })

  it('changes a document only while it is as expected', async () => {
    const collection = await collectionOf([{ _id: 1, version: 1 }])
    const change = () =>
      collection.findOneAndUpdate(
        { _id: 1, version: 1 } as Document,
        { $set: { version: 2 } },
        { returnDocument: 'after' },
      )
    expect(await change()).toEqual({ _id: 1, version: 2 })
    expect(await change()).toBeNull()
  })

  it('updates with a pipeline, by its own clock', async () => {
    const collection = await collectionOf([{ _id: 1, a: 1, b: 2 }])
    await collection.updateOne({ _id: 1 } as Document, [
      { $set: { sum: { $add: ['$a', '$b'] }, at: '$$NOW' } },
      { $unset: 'b' },
    ])
    const found = await collection.findOne()
    expect(found).toEqual({ _id: 1, a: 1, sum: 3, at: expect.any(Date) })
    expect(Math.abs(found!.at.getTime() - Date.now())).toBeLessThan(60_000)
  })

  it('does many kinds of writes in one', async () => {
    const collection = await collectionOf([{ _id: 1, a: 1 }])
    const filterOf = (_id: number) => ({ _id }) as Document
    const result = await collection.bulkWrite([
      { updateOne: { filter: filterOf(1), update: { $set: { a: 2 }, $setOnInsert: { z: 1 } }, upsert: true } },
      { updateOne: { filter: filterOf(2), update: { $set: { a: 3 }, $setOnInsert: { z: 1 } }, upsert: true } },
      { replaceOne: { filter: filterOf(3), replacement: { q: 1 }, upsert: true } },
      { deleteOne: { filter: filterOf(1) } },
      { insertOne: { document: { _id: 9 } as Document } },
      { updateMany: { filter: {}, update: { $inc: { n: 1 } } } },
    ])
    expect(result).toMatchObject({ upsertedCount: 2, matchedCount: 4, deletedCount: 1, insertedCount: 1 })
    expect(await collection.find().sort({ _id: 1 }).toArray()).toEqual([
      { _id: 2, a: 3, z: 1, n: 1 },
      { _id: 3, q: 1, n: 1 },
      { _id: 9, n: 1 },
    ])
  })

  it('sorts, limits, and hands out the rest page by page', async () => {
    const collection = await collectionOf(Array.from({ length: 3_000 }, (_, i) => ({ _id: i, r: (i * 7_919) % 3_001 })))
    const sorted = await collection.find().sort({ r: 1 }).batchSize(100).toArray()
    expect(sorted.map(({ r }) => r)).toEqual(sorted.map(({ r }) => r).toSorted((a, b) => a - b))
    expect(sorted).toHaveLength(3_000)
    expect(await collection.find().sort({ r: -1 }).skip(10).limit(5).toArray()).toEqual(
      sorted.toReversed().slice(10, 15),
    )
  })

  it('closes a cursor that is not read to its end', async () => {
    const collection = await collectionOf(Array.from({ length: 1_000 }, (_, i) => ({ _id: i })))
    const cursor = collection.find().batchSize(100)
    for (let i = 0; i < 150; i++) await cursor.next()
    await cursor.close()
    expect(await collection.countDocuments()).toBe(1_000)
  })

  it('explains which index a query takes', async () => {
    const collection = await collectionOf(Array.from({ length: 2_000 }, (_, i) => ({ _id: i, a: i % 10, b: i })))
    await collection.createIndex({ a: 1, b: -1 })
    const explained = await collection.find({ a: 3 }).sort({ b: -1 }).limit(2).explain('executionStats')
    expect(JSON.stringify(explained)).toContain('a_1_b_-1')
    expect(explained).toMatchObject({ executionStats: { executionSuccess: true } })
  })

  it('queries a view', async () => {
    const collection = await collectionOf([{ a: 1 }, { a: 2 }])
    await db.createCollection('view', { viewOn: collection.collectionName, pipeline: [{ $match: { a: 2 } }] })
    expect(await db.collection('view').countDocuments()).toBe(1)
  })

  it('joins and groups', async () => {
    const collection = await collectionOf([
      { g: 'a', v: 1 },
      { g: 'a', v: 3 },
      { g: 'b', v: 10 },
    ])
    const groups = collection.aggregate([{ $group: { _id: '$g', sum: { $sum: '$v' } } }, { $sort: { _id: 1 } }])
    expect(await groups.toArray()).toEqual([
      { _id: 'a', sum: 4 },
      { _id: 'b', sum: 10 },
    ])
  })

  it('undoes a transaction that fails, and keeps one that does not', async () => {
    const collection = await collectionOf([{ _id: 1 }])
    const insertAll = (...ids: number[]) =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          for (const _id of ids) await collection.insertOne({ _id } as Document, { session })
        }),
      )
    await expect(insertAll(2, 1)).rejects.toMatchObject({ code: 11000 })
    expect(await collection.countDocuments()).toBe(1)
    await insertAll(2, 3)
    expect(await collection.countDocuments()).toBe(3)
  })

  it('ends a query that takes longer than it may', async () => {
    const collection = await collectionOf(Array.from({ length: 3_000 }, (_, i) => ({ i })))
    const slow = collection.aggregate(
      [
        {
          $lookup: {
            from: collection.collectionName,
            // Of each document with each other: no machine is fast enough for that.
            let: { other: '$i' },
            pipeline: [{ $match: { $expr: { $gt: ['$i', '$$other'] } } }, { $count: 'n' }],
            as: 'x',
          },
        },
        { $sort: { x: 1 } },
      ],
      { maxTimeMS: 5 },
    )
    await expect(slow.toArray()).rejects.toMatchObject({ code: 50 })
  })
})
