import type { Knex } from 'knex'
import type { Column, Overwriting, PlacedColumn } from './dialect.js'

/** From how many characters on a value is not written into text, where its quotes would have to be escaped one by one. */
const LARGE = 65_536

interface Client {
  acquireConnection(): Promise<unknown>
  releaseConnection(connection: unknown): Promise<unknown>
  query(connection: unknown, statement: object): Promise<{ response: unknown; context?: unknown }>
}

/**
 * Runs a statement whose text is what the driver takes. `knex.raw` looks at every `?` and every value of it, which for
 * the 20,000 values of a batch of spans takes longer than the rest.
 */
export async function runPlain(
  knex: Knex,
  statement: { sql: string; bindings: readonly unknown[]; method?: 'update' },
): Promise<{ response: unknown; context?: unknown }> {
  const client: Client = knex.client
  const connection = await client.acquireConnection()
  try {
    return await client.query(connection, statement)
  } finally {
    await client.releaseConnection(connection)
  }
}

/** The place of each value of these rows: `(?, ?), (?, ?)`. */
export function marksFor(columns: readonly unknown[], rows: readonly unknown[]): string {
  const row = `(${Array(columns.length).fill('?').join(', ')})`
  return `${row}, `.repeat(rows.length - 1) + row
}

/** The values of these columns, row by row. */
export function valuesOf(columns: readonly PlacedColumn[], rows: readonly (readonly unknown[])[]): unknown[] {
  const values: unknown[] = []
  for (const row of rows) for (const { at } of columns) values.push(row[at] ?? null)
  return values
}

/** `on conflict …`, as PostgreSQL and SQLite have it. */
export function overKey({ key, set }: Overwriting): string {
  const quoted = key.map((name) => `"${name}"`).join(', ')
  return `on conflict (${quoted}) do update set ${set.map((name) => `"${name}" = excluded."${name}"`).join(', ')}`
}

/** The rows of a tenant for which the values of these columns are one of these tuples. */
export function rowsWith(
  knex: Knex,
  { table, tenant }: { table: string; tenant: string },
  columns: readonly Column[],
  tuples: readonly (readonly string[])[],
): Knex.QueryBuilder {
  const names = columns.map(({ name }) => name)
  return knex(table)
    .where({ tenant })
    .whereIn(names, tuples as string[][])
}

export function isLarge(value: unknown): boolean {
  return typeof value === 'string' && value.length > LARGE
}
