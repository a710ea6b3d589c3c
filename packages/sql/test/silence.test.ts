import type { Knex } from 'knex'
import { expect } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { inTransaction } from '../src/dialects/transaction.js'
import { toStoreError } from '../src/errors.js'
import { type Database, SERVERS } from './engines.js'
import { describeEngines } from './on-engines.js'

/** Long enough to connect, in milliseconds. */
const SILENCE = 1_000
/** Far longer, in seconds. */
const SLEEP = 20

/** Runs `act` on a pool of one connection that is cut early. */
async function withPool<T>({ url }: Database, act: (knex: Knex) => Promise<T>): Promise<T> {
  const knex = dialectOf(url).connect(url, { pool: 1, create: false, silence: SILENCE })
  try {
    return await act(knex)
  } finally {
    await knex.destroy()
  }
}

describeEngines((it, { family }) => {
  const sleep = family === 'postgres' ? `select pg_sleep(${SLEEP})` : `select sleep(${SLEEP})`
  const whoAmI = family === 'postgres' ? 'select pg_backend_pid() as id' : 'select connection_id() as id'

  const idOf = async (knex: Knex): Promise<unknown> => {
    const result = await knex.raw(whoAmI)
    return (result.rows ?? result[0])[0].id
  }

  it('a server that is silent in the middle of a statement is unavailable, and may be tried again', async ({
    database,
  }) => {
    const failure: unknown = await withPool(database, (knex) => knex.raw(sleep).then()).catch((error: unknown) => error)
    expect(toStoreError(dialectOf(database.url), failure)).toMatchObject({ code: 'unavailable', retryable: true })
  })

  it('a server that is silent in the middle of a transaction is unavailable', async ({ database }) => {
    const work = (trx: Knex) => trx.raw(sleep).then()
    const failure: unknown = await withPool(database, (knex) => inTransaction(knex, work)).catch(
      (error: unknown) => error,
    )
    expect(toStoreError(dialectOf(database.url), failure)).toMatchObject({ code: 'unavailable' })
  })

  it('a connection that lay idle for too long is not used again', async ({ database }) => {
    const ids = await withPool(database, async (knex) => {
      const first = await idOf(knex)
      await new Promise((resolve) => setTimeout(resolve, 2 * SILENCE))
      return [first, await idOf(knex)]
    })
    expect(ids[1]).not.toEqual(ids[0])
  })
}, SERVERS)
