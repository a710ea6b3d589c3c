import type { Knex } from 'knex'
import { type Asked, refuseDatabase } from './opening.js'
import { quote } from './postgres-names.js'
import { readPostgresUrl } from './postgres-options.js'
import { chosenSchema } from './postgres-schema.js'

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

/**
 * Checks the settings and the columns, and finds the schema of the tables: the one that the URL names, or the one along the
 * search path that has them, or for new ones the first of that. Names are written with it: nothing rests on the search
 * path later, which a pooler may forget.
 */
export async function open(knex: Knex, asked: Asked): Promise<{ schema: string }> {
  const schema = await schemaOf(knex, asked)
  await requireExactColumns(knex, schema, asked.tables)
  return { schema }
}

async function schemaOf(knex: Knex, { url, histories }: Asked): Promise<string> {
  const asked = readPostgresUrl(url).schema
  const settings = Object.keys(SETTINGS).map((name) => `'${name}', current_setting('${name}')`)
  const { rows } = await knex.raw(
    `select current_setting('server_version_num') as version, current_setting('server_version') as named,
     json_build_object(${settings.join(', ')}) as settings, array_to_json(current_schemas(false)) as path,
     (select json_agg(nspname) from pg_namespace where nspname = ?) as asked,
     (select json_agg(json_build_object('schema', n.nspname, 'name', c.relname,
        'usable', has_schema_privilege(n.oid, 'usage')) order by n.nspname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relname = any(?) and c.relkind in ('r', 'p') and c.relpersistence <> 't') as found`,
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
    return asked
  }
  return chosenSchema(list(told.path), list(told.found), histories)
}

/** Where ids are compared by anything but their bytes, those of two tenants can be one. */
async function requireExactColumns(knex: Knex, schema: string, tables: readonly string[]): Promise<void> {
  const { rows } = await knex.raw(
    `select c.relname as table, a.attname as column, l.collname as collation,
     t.typname = 'citext' as folds, format_type(a.atttypid, a.atttypmod) as type
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
     where n.nspname = ? and c.relname = any(?) and (t.typname = 'citext' or not l.collisdeterministic)
     order by 1, a.attnum`,
    [schema, [...tables]],
  )
  refuseDatabase(
    'PostgreSQL',
    (rows as Record<string, string>[]).map(({ table, column, type, collation, folds }) => {
      const [has, exact] = folds === 't' ? ['of the type citext', 'text'] : [`of the collation ${collation}`, type]
      const alter = `alter table ${quote(`${schema}.${table}`)} alter column ${column} type ${exact} collate "C"`
      return `the column ${column} of the table ${table} is ${has}, which takes different ids for one; run ${alter}`
    }),
  )
}
