import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startServer } from '@freehold/databases'
import { MongoClient } from 'mongodb'
import mysql from 'mysql2/promise'
import pg from 'pg'
import type { PeerEngine } from '../engines/engine.js'
import { dropMongodbDatabase } from '../engines/mongodb.js'
import { createMysqlDatabase, dropMysqlDatabase } from '../engines/mysql.js'
import { createPostgresDatabase, dropPostgresDatabase } from '../engines/postgres.js'
import { databaseUrl, namedServer } from '../engines/server-engine.js'
import { openSqlite } from '../engines/sqlite.js'

/** One empty database, which belongs to one subject. */
export interface Database {
  /** As a URL of the engine; of SQLite the file. */
  readonly url: string
  /** Gathers statistics, and whatever else keeps the first reads after a load slow. No subject does that itself. */
  settle(): Promise<void>
  /** What it takes on the disk; undefined where the engine does not tell. */
  bytes(): Promise<number | undefined>
  remove(): Promise<void>
}

/** Where subjects are measured. */
export interface Ground {
  readonly name: PeerEngine
  readonly version: string
  readonly how: string
  readonly settings: Readonly<Record<string, string>>
  /** Undefined of SQLite, which is in the process. */
  readonly server?: Server
  database(title: string): Promise<Database>
  dispose(): Promise<void>
}

export function openGround(name: PeerEngine, { named }: { named: boolean }): Promise<Ground> {
  return name === 'sqlite' ? sqliteGround() : serverGround(name, named)
}

async function sqliteGround(): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'freehold-peers-'))
  return {
    name: 'sqlite',
    version: 'the SQLite of each driver',
    how: 'in each process',
    settings: { journal_mode: 'WAL', synchronous: 'FULL' },
    async database(title) {
      const file = join(folder, `${title}.db`)
      const settle = async () => {
        const driver = await openSqlite(file)
        await driver.settle([])
        await driver.close()
      }
      return {
        url: file,
        settle,
        async bytes() {
          await settle()
          return (await stat(file)).size
        },
        async remove() {
          for (const suffix of ['', '-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
        },
      }
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

async function serverGround(name: Server['engine'], named: boolean): Promise<Ground> {
  const server = named ? await namedServer(name) : await startServer(name, { profile: 'durable' })
  const kind = KINDS[name]
  return {
    name,
    version: server.version,
    how: server.how,
    settings: server.settings,
    server,
    async database(title) {
      const database = `freehold_peers_${process.pid}_${title.replaceAll('-', '_')}`
      await kind.create(server.url, database)
      const url = databaseUrl(server.url, database)
      return {
        url,
        settle: () => kind.settle(url),
        bytes: () => kind.bytes(url, database),
        remove: () => kind.drop(server.url, database),
      }
    },
    dispose: () => server.dispose(),
  }
}

/** What differs between kinds of servers. */
interface Kind {
  create(server: string, database: string): Promise<void>
  drop(server: string, database: string): Promise<void>
  settle(url: string): Promise<void>
  bytes(url: string, database: string): Promise<number | undefined>
}

const POSTGRES: Kind = {
  create: createPostgresDatabase,
  drop: dropPostgresDatabase,
  async settle(url) {
    await onPostgres(url, (client) => client.query('vacuum analyze'))
  },
  bytes: (url, database) =>
    onPostgres(url, async (client) => {
      const { rows } = await client.query<{ size: string }>('select pg_database_size($1) as size', [database])
      return Number(rows[0]!.size)
    }),
}

/** Statistics follow by themselves. */
function mysqlKind(tablespaces: string): Kind {
  return {
    create: createMysqlDatabase,
    drop: dropMysqlDatabase,
    settle: async () => undefined,
    async bytes(url, database) {
      const connection = await mysql.createConnection(url.replace(/^mariadb:/, 'mysql:'))
      try {
        const sql = `select sum(file_size) as size from information_schema.${tablespaces} where name like ?`
        const [rows] = await connection.query<mysql.RowDataPacket[]>(sql, [`${database}/%`])
        return Number(rows[0]!.size)
      } finally {
        await connection.end()
      }
    },
  }
}

const MONGODB: Kind = {
  create: async () => undefined,
  drop: dropMongodbDatabase,
  settle: async () => undefined,
  async bytes(url) {
    const client = new MongoClient(url)
    try {
      const stats = await client.db().command({ dbStats: 1 })
      return Number(stats.storageSize) + Number(stats.indexSize)
    } catch {
      return undefined
    } finally {
      await client.close()
    }
  },
}

const KINDS: Readonly<Record<Server['engine'], Kind>> = {
  postgres: POSTGRES,
  postgres15: POSTGRES,
  mysql: mysqlKind('innodb_tablespaces'),
  mariadb: mysqlKind('innodb_sys_tablespaces'),
  mongodb: MONGODB,
}

async function onPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
