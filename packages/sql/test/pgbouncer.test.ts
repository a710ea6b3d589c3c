import { EVERY_CALL, furnish } from '@freehold/conformance/suite'
import { startPgBouncer } from '@freehold/databases'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { type Database, POSTGRES_18 } from './engines.js'
import { spanOf, traceIdOf } from './spans.js'

/** What a client finds on a connection that others had before. */
const SETTINGS = ['lock_timeout', 'timezone', 'datestyle', 'default_transaction_isolation', 'statement_timeout']

const { server } = POSTGRES_18
const bouncer =
  server === undefined
    ? new Error('there is no PostgreSQL')
    : await startPgBouncer(server, 2).catch((error: unknown) => error as Error)
const because = bouncer instanceof Error ? bouncer.message : undefined
if (because !== undefined) console.warn(`PgBouncer: skipped, ${because}`)
if (because !== undefined && process.env.REQUIRE_ALL_BACKENDS === '1')
  test('PgBouncer is there', () => {
    throw new Error(`${because}, and REQUIRE_ALL_BACKENDS is set`)
  })

afterAll(async () => {
  if (!(bouncer instanceof Error)) await bouncer.dispose()
})

async function settingsAt(url: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const found: unknown[] = []
  for (const name of SETTINGS) found.push((await client.query(`show ${name}`)).rows[0])
  await client.end()
  return found
}

describe.skipIf(because !== undefined)('PgBouncer in transaction mode', () => {
  async function through<T>(act: (database: Database, url: string) => Promise<T>): Promise<T> {
    if (bouncer instanceof Error) throw bouncer
    const database = await POSTGRES_18.open()
    const url = new URL(bouncer.url)
    url.pathname = new URL(database.url).pathname
    try {
      return await act(database, url.href)
    } finally {
      await database.remove()
    }
  }

  test('a store on fewer connections than its own pool has migrates, does everything, and waits for its turn', async () => {
    await through(async (database, url) => {
      const storage = await database.connect({ url, pool: 10 })
      await furnish(storage, 'us')
      for (const { name, on } of EVERY_CALL) if (name !== 'approvals.cancel') await on(storage)
      const writes = Array.from({ length: 100 }, (_, n) => storage.traces.write([spanOf(traceIdOf(100 + n), n)]))
      const written = (await Promise.all(writes)).map((result) => result.written)
      await storage.close()
      expect(written).toEqual(written.map(() => 1))
    })
  })

  test('settings of ours are found on no connection that others get', async () => {
    await through(async (database, url) => {
      const direct = await settingsAt(database.url)
      const storage = await database.connect({ url })
      await furnish(storage, 'us')
      const others = await Promise.all([1, 2, 3, 4].map(() => settingsAt(url)))
      await furnish(storage.tenant('acme'), 'us')
      await storage.close()
      expect(others).toEqual(others.map(() => direct))
    })
  })

  test('times come back as they were, whatever zone the connection was in', async () => {
    await through(async (database, url) => {
      const storage = await database.connect({ url })
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.query(`set timezone to 'Asia/Kolkata'`)
      const span = spanOf(traceIdOf(1), 0)
      await storage.traces.write([span])
      await client.query('select 1')
      const trace = await storage.traces.get(traceIdOf(1))
      await client.end()
      await storage.close()
      expect(trace?.summary.startedAt).toBe(span.startedAt)
    })
  })
})
