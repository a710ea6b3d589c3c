import { type Collection, type Document, MongoClient } from 'mongodb'
import { afterAll, beforeAll } from 'vitest'
import { urlOf } from '../src/engines.js'

/** Gives the tests a database of their own on the server of the run, for as many collections as they ask for; afterwards it is dropped. */
export function givenCollections() {
  const client = new MongoClient(urlOf('mongodb') ?? 'mongodb://none', { maxPoolSize: 100 })
  const db = client.db(`databases_${process.pid}_${Date.now()}`)
  let collections = 0

  beforeAll(() => client.connect())
  afterAll(async () => {
    await db.dropDatabase()
    await client.close()
  })

  async function collectionOf(documents: Document[] = []): Promise<Collection<Document>> {
    const collection = db.collection<Document>(`c${++collections}`)
    if (documents.length > 0) await collection.insertMany(documents)
    return collection
  }

  return { client, db, collectionOf }
}
