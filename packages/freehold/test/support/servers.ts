import { randomBytes } from 'node:crypto'
import { ENGINES, type Engine, urlOf } from '@freehold/databases/engines'
import { MongoClient } from 'mongodb'
import { createDatabase, databaseUrl, dropDatabase, MYSQL, POSTGRES } from '../../../sql/test/servers.js'

const KINDS = { postgres: POSTGRES, postgres15: POSTGRES, mysql: MYSQL, mariadb: MYSQL } as const

/** The engines that are there. One that is not is told of when the servers are started. */
export const AVAILABLE = ENGINES.filter((engine) => urlOf(engine) !== undefined)

/** A new database on a server. MongoDB makes one when it is written to. */
export async function newDatabase(engine: Engine, server: string): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`
  if (engine !== 'mongodb') await createDatabase(KINDS[engine], server, name)
  return name
}

export async function removeDatabase(engine: Engine, server: string, name: string): Promise<void> {
  if (engine !== 'mongodb') return dropDatabase(KINDS[engine], server, name)
  const client = new MongoClient(server)
  await client
    .db(name)
    .dropDatabase()
    .finally(() => client.close())
}

export { databaseUrl }
