import type { Knex } from 'knex'

/** Pages that one transaction gives back: others wait no longer for it than for a large batch. */
const PAGES = 1_000

/**
 * Gives pages that hold nothing back to the file system, as far as there is time. A file that was made by a build before, without
 * this way of keeping its pages, keeps them until somebody runs `vacuum` on it.
 */
export async function shrinkFile(knex: Knex, until: number): Promise<void> {
  const [{ auto_vacuum: way }] = await knex.raw('pragma auto_vacuum')
  if (way !== 2) return
  for (let left = await freePages(knex); left > 0; ) {
    await execute(knex, `pragma incremental_vacuum(${PAGES})`)
    const now = await freePages(knex)
    if (now >= left || performance.now() > until) break
    left = now
  }
  // The file is shorter when the journal is in it.
  await knex.raw('pragma wal_checkpoint(passive)')
}

interface Client {
  acquireConnection(): Promise<unknown>
  releaseConnection(connection: unknown): Promise<void>
  execute(connection: unknown, sql: string): Promise<unknown>
}

/** To its end: each page that it gives back is a row of its answer, and more than the first have to be asked for. */
async function execute(knex: Knex, sql: string): Promise<void> {
  const client: Client = knex.client
  const connection = await client.acquireConnection()
  try {
    await client.execute(connection, sql)
  } finally {
    await client.releaseConnection(connection)
  }
}

async function freePages(knex: Knex): Promise<number> {
  const [{ freelist_count: pages }] = await knex.raw('pragma freelist_count')
  return pages as number
}
