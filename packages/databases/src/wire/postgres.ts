import pg from 'pg'
import type { Report } from '../local/recipe.js'

const SETTINGS = [
  'fsync',
  'synchronous_commit',
  'full_page_writes',
  'shared_buffers',
  'max_wal_size',
  'max_connections',
  'TimeZone',
]

/** The version and settings of a PostgreSQL server. Rejects when it does not answer. */
export async function reportOfPostgres(url: string): Promise<Report> {
  return withPostgres(url, async (client) => {
    const { rows } = await client.query<{ name: string; value: string }>(
      'SELECT name, current_setting(name) AS value FROM pg_settings WHERE name = ANY($1) ORDER BY name',
      [['server_version', ...SETTINGS]],
    )
    const { server_version: version = '', ...settings } = Object.fromEntries(rows.map((row) => [row.name, row.value]))
    return { version: version.split(' ')[0]!, settings }
  })
}

export async function withPostgres<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A server that ends while it is asked also says so here.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } finally {
    await client.end()
  }
}
