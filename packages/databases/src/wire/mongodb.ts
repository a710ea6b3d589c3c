import { MongoClient } from 'mongodb'
import type { Report } from '../local/recipe.js'

const ALREADY_INITIALIZED = 23

/** The version of a server that speaks MongoDB's protocol. Rejects when it does not answer. */
export async function reportOfMongodb(url: string): Promise<Report> {
  return withMongodb(url, async (client) => {
    const { version } = await client.db('admin').command({ buildInfo: 1 })
    return { version: truthOf(version as string), settings: {} }
  })
}

/** A DocumentDB answers as the version of MongoDB whose commands it has: its own comes first. */
function truthOf(version: string): string {
  const [, answered, own] = /^(\S+) \((DocumentDB .*)\)$/.exec(version) ?? []
  return own === undefined ? version : `${own}, which answers as MongoDB ${answered}`
}

/** Makes a single `mongod` a replica set of its own, which has transactions. Resolves when it takes writes. */
export async function initiate(url: string, member: string): Promise<void> {
  await withMongodb(url, async (client) => {
    const admin = client.db('admin')
    const config = { _id: 'rs0', members: [{ _id: 0, host: member }] }
    await admin.command({ replSetInitiate: config }).catch((error: { code?: number }) => {
      if (error.code !== ALREADY_INITIALIZED) throw error
    })
    const { isWritablePrimary } = await admin.command({ hello: 1 })
    if (isWritablePrimary !== true) throw new Error('it has not elected itself yet')
  })
}

async function withMongodb<T>(url: string, work: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 2_000, directConnection: true })
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.close()
  }
}
