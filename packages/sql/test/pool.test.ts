import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SERVERS, SQLITE } from './engines.js'
import { KINDS_OF_CALLS } from './kinds-of-calls.js'
import { describeEngines } from './on-engines.js'

const CALLS = 3_000

describeEngines(
  (it) => {
    it(`${CALLS} calls at once wait for their turn, and all are done`, async ({ storage }) => {
      const calls = Array.from({ length: CALLS }, (_, n) => KINDS_OF_CALLS[n % KINDS_OF_CALLS.length]!(storage, n))
      const failed = (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected')
      expect(failed).toEqual([])
    }, 240_000)

    it('calls at once on a pool of one connection do not wait for each other in a circle', async ({ database }) => {
      const storage = await database.connect({ pool: 1 })
      await Promise.all(Array.from({ length: 100 }, (_, n) => KINDS_OF_CALLS[n % KINDS_OF_CALLS.length]!(storage, n)))
      const { total } = await storage.approvals.queue().then(({ depth }) => ({ total: depth }))
      await storage.close()
      expect(total).toBe(17)
    })
  },
  [SQLITE, ...SERVERS],
)

describeEngines((it, { family }) => {
  it('calls wait longer for their turn than a connection may take to be made', async ({ database }) => {
    const dialect = dialectOf(database.url)
    const knex = dialect.connect(database.url, { pool: 1, create: false })
    await knex.raw('select 1')
    knex.client.pool.acquireTimeoutMillis = 200
    const db = new Database(knex, dialect, 'freehold_')
    const sleep = family === 'postgres' ? 'select pg_sleep(0.1)' : 'select sleep(0.1)'
    const naps = Array.from({ length: 10 }, () => db.read((one) => one.raw(sleep).then(() => 'slept')))
    expect(await Promise.all(naps)).toEqual(naps.map(() => 'slept'))
    await knex.destroy()
  })
}, SERVERS)
