import type { Domain } from '@freehold/contract'
import { Database } from '../src/database.js'
import type { Row } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import { MIGRATIONS } from '../src/migrations/index.js'
import type { Database as Place } from './engines.js'

/** The domains that have had tables from the beginning, and columns since. */
export const UPGRADED = ['traces', 'sessions'] as const

/** A pool on the tables of the store, for what no store does. */
export function poolOn({ url }: Place): Database {
  const dialect = dialectOf(url)
  return new Database(dialect.connect(url, { create: true }), dialect, 'freehold_')
}

/** The statements of a domain's first migration, and those of the migrations after it. */
export async function statementsOf(db: Database, domain: Domain): Promise<{ first: string[]; later: string[] }> {
  const plan = await new SqlMigrations(db, [domain]).plan()
  const last = plan.findIndex((statement) => /^insert into .*'0001_tables'/.test(statement))
  return { first: plan.slice(0, last + 1), later: plan.slice(last + 1) }
}

/** Makes the tables as they were after the first migration. */
export async function makeFirst(db: Database): Promise<void> {
  for (const domain of UPGRADED) {
    const { first } = await statementsOf(db, domain)
    for (const statement of first) await db.knex.raw(statement)
  }
}

const FIRST_TABLES = UPGRADED.flatMap((domain) => MIGRATIONS[domain][0]!.tables)

/** The rows of every table as the build before wrote them: of what was told without labels, those that this build writes. */
export async function firstRows(db: Database): Promise<ReadonlyMap<string, Row[]>> {
  const found = new Map<string, Row[]>()
  for (const { name, columns } of FIRST_TABLES)
    found.set(name, await db.knex(db.table(name)).select(Object.keys(columns)))
  return found
}

/** Writes rows as the build before did, by their columns of then: over those with the same key, or beside them. */
export async function writeAsBefore(db: Database, rows: ReadonlyMap<string, readonly Row[]>): Promise<void> {
  for (const { name, columns, key } of FIRST_TABLES) {
    const own = rows.get(name) ?? []
    const isKey = Object.keys(columns).every((column) => key.includes(column))
    await db.transaction(async (trx) => {
      if (isKey) await db.insertNew(trx, name, own)
      else await db.overwrite(trx, name, key, own)
    })
  }
}
