import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'

/** The next tenant by bytes that has rows in a table; undefined behind the last. */
export async function nextTenant(db: Database, table: string, tenant: string): Promise<string | undefined> {
  const row = await db.read<Row | undefined>((knex) =>
    knex(db.table(table)).where('tenant', '>', tenant).min({ tenant: 'tenant' }).first(),
  )
  return (row?.tenant as string | null | undefined) ?? undefined
}
