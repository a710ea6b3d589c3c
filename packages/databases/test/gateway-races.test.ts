import { describe, expect, it } from 'vitest'
import { urlOf } from '../src/engines.js'
import { givenCollections } from './collections.js'

/** Calls that meet on whatever server the run has. */
describe.skipIf(urlOf('mongodb') === undefined)('a server that speaks the protocol of MongoDB', () => {
  const { client, collectionOf } = givenCollections()

  it('runs transactions that meet again, so that none is lost', async () => {
    const collection = await collectionOf([{ _id: 1, n: 0 }])
    const add = () =>
      client.withSession((session) =>
        session.withTransaction(async () => {
          const found = await collection.findOne({}, { session })
          await collection.updateOne({}, { $set: { n: found!.n + 1 } }, { session })
        }),
      )
    await Promise.all(Array.from({ length: 5 }, add))
    expect(await collection.findOne()).toMatchObject({ n: 5 })
  })

  it('counts 100 increments at once', async () => {
    const collection = await collectionOf([{ _id: 1, n: 0 }])
    const increment = () => collection.findOneAndUpdate({}, { $inc: { n: 1 } }, { returnDocument: 'after' })
    const seen = await Promise.all(Array.from({ length: 100 }, increment))
    expect(new Set(seen.map((found) => found!.n)).size).toBe(100)
  })

  it('makes one document of 100 upserts at once', async () => {
    const collection = await collectionOf()
    await collection.createIndex({ k: 1 }, { unique: true })
    const upsert = () => collection.updateOne({ k: 'x' }, { $inc: { n: 1 } }, { upsert: true })
    const settled = await Promise.allSettled(Array.from({ length: 100 }, upsert))
    // MongoDB may answer a few of them with a duplicate.
    const refused = settled.filter((each) => each.status === 'rejected')
    expect(refused.filter(({ reason }) => reason.code !== 11000)).toEqual([])
    expect(await collection.find().toArray()).toMatchObject([{ k: 'x', n: 100 - refused.length }])
  })

  it('hands each of 100 jobs to one of 20 workers', async () => {
    const collection = await collectionOf(Array.from({ length: 100 }, (_, i) => ({ _id: i, state: 'queued' })))
    await collection.createIndex({ state: 1, _id: 1 })
    const taken: unknown[] = []
    const work = async () => {
      for (;;) {
        const job = await collection.findOneAndUpdate(
          { state: 'queued' },
          { $set: { state: 'taken' } },
          { sort: { _id: 1 } },
        )
        if (job === null) return
        taken.push(job._id)
      }
    }
    await Promise.all(Array.from({ length: 20 }, work))
    expect(new Set(taken).size).toBe(100)
    expect(taken).toHaveLength(100)
  })
})
