import { randomBytes } from 'node:crypto'
import type { Storage } from '@freehold/contract'
import { urlOf } from '@freehold/databases'
import { connect } from '@freehold/mongo'
import { type Db, MongoClient } from 'mongodb'
import { afterEach, beforeEach } from 'vitest'

/** The server of the tests; undefined when the environment names none, and then they do not run. */
export const SERVER = urlOf('mongodb')

if (SERVER === undefined)
  console.warn('MongoDB: not run: set MONGODB_URL to a server whose databases may be made and dropped')

/** A name for a database that nobody has. */
export function newName(): string {
  return `t_${randomBytes(6).toString('hex')}`
}

/** A database of the server, which is made by writing to it. */
export function databaseUrl(name: string): string {
  const url = new URL(SERVER!)
  url.pathname = `/${name}`
  return url.href
}

/** Does something with a database with the driver itself, as any other program would. */
export async function withDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const client = new MongoClient(url)
  try {
    return await work(client.db())
  } finally {
    await client.close()
  }
}

export async function dropDatabase(name: string): Promise<void> {
  await withDatabase(databaseUrl(name), (db) => db.dropDatabase())
}

/** Gives every test a database of its own, migrated and open; afterwards it is closed and dropped. */
export function givenDatabase(take: (own: { url: string; storage: Storage }) => void): void {
  let name: string
  let storage: Storage

  beforeEach(async () => {
    name = newName()
    const url = databaseUrl(name)
    storage = await connect({ url, schema: 'migrate' })
    take({ url, storage })
  })

  afterEach(async () => {
    await storage.close()
    await dropDatabase(name)
  })
}
