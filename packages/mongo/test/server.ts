import { randomBytes } from 'node:crypto'
import { urlOf } from '@freehold/databases/engines'
import { type Db, MongoClient } from 'mongodb'

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
