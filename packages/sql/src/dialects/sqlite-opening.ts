import type { Knex } from 'knex'
import { type Asked, isAtLeast, refuseDatabase } from './opening.js'

/** Checks what the maker of the file, and of the driver, decided. */
export async function open(knex: Knex, { tables }: Asked): Promise<object> {
  const [{ encoding }] = await knex.raw('pragma encoding')
  const [{ version }] = await knex.raw('select sqlite_version() as version')
  const collated = await knex('sqlite_master')
    .where({ type: 'table' })
    .whereIn('name', [...tables])
    .whereRaw(`lower(sql) like '%collate %'`)
    .select('name')
  const others = (collated as { name: string }[]).map(
    ({ name }) =>
      `the table ${name} has a collation, which takes different ids for one; move its rows to a table made by \`migrate: true\``,
  )
  refuseDatabase('SQLite', [...problemsOf(encoding, version), ...others])
  return {}
}

export function problemsOf(encoding: string, version: string): string[] {
  const problems = []
  if (encoding !== 'UTF-8') problems.push(`the encoding of the file is ${encoding}; begin a new file, which has UTF-8`)
  if (!isAtLeast(version, [3, 38])) problems.push(`its version is ${version}; 3.38 or later is needed, update sqlite3`)
  return problems
}
