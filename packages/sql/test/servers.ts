import type { Harness, Place } from '@freehold/conformance'
import { connect } from '@freehold/sql'
import { mysqlPrompt, type Prompt, postgresPrompt } from './prompts.js'
import { tamperSql } from './tamper.js'

/** What differs between kinds of servers for those who make databases on them. */
interface Kind {
  prompt: (url: string) => Prompt
  /** Creates a database; fails where it is there already. */
  create: (name: string) => string
  drop: (name: string) => string
  /** Sets the zone of every session that does not set its own, where a database has one. */
  zone: (name: string, zone: string) => string[]
}

export const POSTGRES: Kind = {
  prompt: postgresPrompt,
  create: (name) => `create database ${name} template template0`,
  drop: (name) => `drop database if exists ${name} with (force)`,
  zone: (name, zone) => [`alter database ${name} set timezone to '${zone}'`],
}

export const MYSQL: Kind = {
  prompt: mysqlPrompt,
  create: (name) => `create database ${name}`,
  drop: (name) => `drop database if exists ${name}`,
  zone: () => [],
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

/** The harness of a SQL server: every place is a database of its own. With a `zone`, client and server live there. */
export function serverHarness(
  kind: Kind,
  server: string | undefined,
  { name, module, zone }: { name: string; module: string; zone?: string },
): Harness {
  if (zone !== undefined) process.env.TZ = zone
  const created = new Set<string>()
  const promptOf = (place: Place) => kind.prompt(databaseUrl(server!, place.id))
  return {
    name,
    module,
    async open(place, { migrate }) {
      if (!created.has(place.id)) await createDatabase(kind, server!, place.id, zone)
      created.add(place.id)
      return connect({ url: databaseUrl(server!, place.id), schema: migrate ? 'migrate' : 'check' })
    },
    tamper: (place, tampering) => tamperSql(() => promptOf(place), tampering),
    remove: (place) => dropDatabase(kind, server!, place.id),
  }
}
