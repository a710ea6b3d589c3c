import type { Knex } from 'knex'
import { type Asked, refuseDatabase } from './opening.js'
import { isSchemaName, readPostgresUrl } from './postgres-options.js'

/** What every promise rests on, and how it becomes so. Where the server was made otherwise, only a new database helps. */
const SETTINGS: Readonly<Record<string, readonly [needed: RegExp, remedy: string]>> = {
  server_encoding: [/^UTF8$/, `make the database anew, with create database … encoding 'UTF8' template template0`],
  client_encoding: [/^UTF8$/, 'alter role … set client_encoding = UTF8'],
  standard_conforming_strings: [/^on$/, 'alter role … set standard_conforming_strings = on'],
  array_nulls: [/^on$/, 'alter role … set array_nulls = on'],
  // What was acknowledged must outlive the server.
  synchronous_commit: [/^(?!off$)/, 'alter role … set synchronous_commit = on'],
  // Without its triggers, an audit can be changed.
  session_replication_role: [/^(origin|local)$/, 'alter role … reset session_replication_role'],
}
const LEAST_VERSION = 150_000

interface Found {
  schema: string
  name: string
}

/**
 * Checks the settings, and finds the schema of the tables: the one that the URL names, or the one along the search path
 * that has them, or for new ones the first of that. Names are written with it: nothing rests on the search path later,
 * which a pooler may forget.
 */
export async function open(knex: Knex, { url, histories }: Asked): Promise<{ schema: string }> {
  const asked = readPostgresUrl(url).schema
  const settings = Object.keys(SETTINGS).map((name) => `'${name}', current_setting('${name}')`)
  const { rows } = await knex.raw(
    `select current_setting('server_version_num') as version, current_setting('server_version') as named,
     json_build_object(${settings.join(', ')}) as settings, array_to_json(current_schemas(false)) as path,
     (select json_agg(nspname) from pg_namespace where nspname = ?) as asked,
     (select json_agg(json_build_object('schema', n.nspname, 'name', c.relname))
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = any(?) and n.nspname = any(current_schemas(false))) as found`,
    [asked ?? '', [...histories.values()]],
  )
  const [{ version, named, ...told }] = rows as [Record<string, string>]
  const problems = []
  if (Number(version) < LEAST_VERSION) problems.push(`its version is ${named}; 15 or later is needed`)
  const has: Record<string, string> = JSON.parse(told.settings!)
  for (const [name, [needed, remedy]] of Object.entries(SETTINGS))
    if (!needed.test(has[name]!)) problems.push(`${name} is ${has[name]}; ${remedy}`)
  refuseDatabase('PostgreSQL', problems)
  const list = (text: string | null | undefined) => JSON.parse(text ?? '[]') as never[]
  if (asked !== undefined) {
    refuseDatabase(
      'PostgreSQL',
      list(told.asked).length > 0 ? [] : [`there is no schema ${asked}; create it with create schema "${asked}"`],
    )
    return { schema: asked }
  }
  return { schema: chosen(list(told.path), list(told.found), histories) }
}

function chosen(path: readonly string[], found: readonly Found[], histories: Asked['histories']): string {
  const homes = new Map<string, string>()
  for (const [domain, history] of histories) {
    const [home, other] = path.filter((schema) =>
      found.some((table) => table.schema === schema && table.name === history),
    )
    if (home === undefined) continue
    if (other !== undefined)
      refuseDatabase('PostgreSQL', [
        `the tables of ${domain} are in the schemas ${home} and ${other}; name the right one, as ?schema=${home} in the url`,
      ])
    homes.set(domain, home)
  }
  const [one, another] = homes
  const elsewhere = [...homes].find(([, home]) => home !== one?.[1])
  if (one !== undefined && another !== undefined && elsewhere !== undefined)
    refuseDatabase('PostgreSQL', [
      `the tables of ${one[0]} are in the schema ${one[1]}, and those of ${elsewhere[0]} in ${elsewhere[1]}; route them to two databases, with ?schema=${one[1]} and ?schema=${elsewhere[1]} in their urls`,
    ])
  const schema = one?.[1] ?? path[0]
  if (schema === undefined)
    refuseDatabase('PostgreSQL', [
      'the search path of this user leads to no schema that it may use; grant usage on the one of the tables, or create one and name it as ?schema=… in the url',
    ])
  if (!isSchemaName(schema!))
    refuseDatabase('PostgreSQL', [
      'the schema of this user has a name with other characters than letters, digits, - and _; name another as ?schema=… in the url',
    ])
  return schema!
}
