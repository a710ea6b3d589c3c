import type { Backend } from '@freehold/contract'
import { type Server, startAll, startServer } from '@freehold/databases'
import { URL_VARIABLES, urlOf } from '@freehold/databases/engines'
import * as mongo from '@freehold/mongo'
import * as sql from '@freehold/sql'
import { versionOf } from '../machine.js'
import { type Engine, POOL } from './engine.js'
import type { HandWritten } from './hand-written.js'
import { dropMongodbDatabase, openMongodb } from './mongodb.js'
import { createMysqlDatabase, dropMysqlDatabase, openMariadb, openMysql } from './mysql.js'
import { createPostgresDatabase, dropPostgresDatabase, openPostgres } from './postgres.js'
import { HandWrittenSql } from './sql.js'

/** What differs between kinds of servers. */
interface Kind {
  driver: string
  backend: Backend
  open(url: string): HandWritten
  create(server: string, database: string): Promise<void>
  drop(server: string, database: string): Promise<void>
}

const POSTGRES: Kind = {
  driver: 'pg',
  backend: sql,
  open: (url) => new HandWrittenSql(openPostgres(url, POOL)),
  create: createPostgresDatabase,
  drop: dropPostgresDatabase,
}

const MYSQL: Kind = {
  driver: 'mysql2',
  backend: sql,
  open: (url) => new HandWrittenSql(openMysql(url, POOL)),
  create: createMysqlDatabase,
  drop: dropMysqlDatabase,
}

const MARIADB: Kind = { ...MYSQL, open: (url) => new HandWrittenSql(openMariadb(url, POOL)) }

const MONGODB: Kind = {
  driver: 'mongodb',
  backend: mongo,
  open: (url) => openMongodb(url, POOL),
  // A database is there as soon as something is written to it.
  create: async () => undefined,
  drop: dropMongodbDatabase,
}

const KINDS: Readonly<Record<Server['engine'], Kind>> = {
  postgres: POSTGRES,
  postgres15: POSTGRES,
  mysql: MYSQL,
  mariadb: MARIADB,
  mongodb: MONGODB,
}

export async function serverEngine(name: Server['engine'], { named }: { named: boolean }): Promise<Engine> {
  const kind = KINDS[name]
  const server = named ? await namedServer(name) : await startServer(name, { profile: 'durable' })
  return {
    name,
    version: server.version,
    how: server.how,
    driver: `${kind.driver} ${versionOf(kind.driver)}`,
    settings: server.settings,
    async place(title) {
      const database = `freehold_bench_${process.pid}_${title}`
      await kind.create(server.url, database)
      const url = databaseUrl(server.url, database)
      const freehold = await kind.backend.connect({ url, schema: 'migrate', pool: POOL })
      const raw = kind.open(url)
      return {
        url,
        freehold,
        raw,
        async remove() {
          await freehold.close()
          await raw.close()
          await kind.drop(server.url, database)
        },
      }
    },
    dispose: () => server.dispose(),
  }
}

export async function namedServer(name: Server['engine']): Promise<Server> {
  if (urlOf(name) === undefined) throw new Error(`set ${URL_VARIABLES[name]} to the server that is to be measured`)
  const { running, missing } = await startAll([name])
  if (running[0] === undefined) throw new Error(missing[0]?.because)
  return running[0]
}

export function databaseUrl(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}
