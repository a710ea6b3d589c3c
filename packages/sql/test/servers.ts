import { randomBytes } from 'node:crypto'
import { mysqlPrompt, type Prompt, postgresPrompt } from './prompts.js'

/** What differs between kinds of servers for those who make databases on them. */
export interface Kind {
  family: 'postgres' | 'mysql'
  prompt: (url: string) => Prompt
  /** Creates a database; fails where it is there already. */
  create: (name: string) => string
  drop: (name: string) => string
  /** Sets the zone of every session that does not set its own, where a database has one. */
  zone: (name: string, zone: string) => string[]
}

export const POSTGRES: Kind = {
  family: 'postgres',
  prompt: postgresPrompt,
  create: (name) => `create database ${name} template template0`,
  drop: (name) => `drop database if exists ${name} with (force)`,
  zone: (name, zone) => [`alter database ${name} set timezone to '${zone}'`],
}

export const MYSQL: Kind = {
  family: 'mysql',
  prompt: mysqlPrompt,
  create: (name) => `create database ${name}`,
  drop: (name) => `drop database if exists ${name}`,
  zone: () => [],
}

/** A name for a database, or for a user, that nobody has. */
export function newName(): string {
  return `t_${randomBytes(6).toString('hex')}`
}

/** A database on a server, made for one test. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

const DUPLICATE_DATABASE = ['42P04', '23505', 'ER_DB_CREATE_EXISTS']

export async function createDatabase(kind: Kind, server: string, name: string, zone?: string): Promise<void> {
  const prompt = kind.prompt(server)
  try {
    await prompt.query(kind.create(name))
    if (zone !== undefined) for (const statement of kind.zone(name, zone)) await prompt.query(statement)
  } catch (error) {
    if (!DUPLICATE_DATABASE.includes((error as { code: string }).code)) throw error
  }
}

export async function dropDatabase(kind: Kind, server: string, name: string): Promise<void> {
  await kind.prompt(server).query(kind.drop(name))
}
