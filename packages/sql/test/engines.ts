import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendOptions, Storage } from '@freehold/contract'
import { type Engine as Server, URL_VARIABLES, urlOf } from '@freehold/databases/engines'
import { connect } from '@freehold/sql'
import { isDirectThere } from '../src/dialects/sqlite-driver.js'
import { type Prompt, sqlitePrompt } from './prompts.js'
import { createDatabase, databaseUrl, dropDatabase, type Kind, MYSQL, newName, POSTGRES } from './servers.js'

/** A new and empty database. */
export interface Database {
  url: string
  prompt: Prompt
  /** The store on it, its schema brought up to date unless told otherwise. */
  connect(options?: Partial<BackendOptions>): Promise<Storage>
  remove(): Promise<void>
}

/** What the tests of this package run on. */
export interface Engine {
  name: string
  /** Engines of one family speak one SQL. */
  family: 'sqlite' | 'postgres' | 'mysql'
  /** Why it cannot be used here, if so. */
  missing?: string
  open(): Promise<Database>
}

export interface ServerEngine extends Engine {
  kind: Kind
  /** The server, without a database, if there is one. */
  server?: string
}

export const SQLITE = sqliteEngine('SQLite', 'sqlite3')
export const DIRECT_SQLITE: Engine = {
  ...sqliteEngine('SQLite with better-sqlite3', 'better-sqlite3'),
  ...(isDirectThere() ? {} : { missing: 'better-sqlite3 was compiled for another version of Node.js' }),
}

export const POSTGRES_18 = serverEngine('PostgreSQL', POSTGRES, 'postgres')
export const POSTGRES_15 = serverEngine('PostgreSQL 15', POSTGRES, 'postgres15')
export const MYSQL_9 = serverEngine('MySQL', MYSQL, 'mysql')
export const MARIADB = serverEngine('MariaDB', MYSQL, 'mariadb')

export const SERVERS: readonly ServerEngine[] = [POSTGRES_18, POSTGRES_15, MYSQL_9, MARIADB]
export const ENGINES: readonly Engine[] = [SQLITE, DIRECT_SQLITE, ...SERVERS]

function sqliteEngine(name: string, scheme: string): Engine {
  return {
    name,
    family: 'sqlite',
    async open() {
      const dir = await mkdtemp(join(tmpdir(), 'freehold-'))
      const file = join(dir, 'store.db')
      return databaseAt(`${scheme}:${file}`, sqlitePrompt(file, scheme), () => rm(dir, { recursive: true }))
    },
  }
}

function serverEngine(name: string, kind: Kind, engine: Server): ServerEngine {
  const server = urlOf(engine)
  return {
    name,
    kind,
    server,
    family: kind.family,
    missing: server === undefined ? `${URL_VARIABLES[engine]} is not set` : undefined,
    async open() {
      if (server === undefined) throw new Error(`${URL_VARIABLES[engine]} is not set`)
      const database = newName()
      await createDatabase(kind, server, database)
      const url = databaseUrl(server, database)
      return databaseAt(url, kind.prompt(url), () => dropDatabase(kind, server, database))
    },
  }
}

function databaseAt(url: string, prompt: Prompt, remove: () => Promise<void>): Database {
  return { url, prompt, connect: (options) => connect({ url, schema: 'migrate', ...options }), remove }
}
