import { setTimeout as sleep } from 'node:timers/promises'
import type { Storage } from '@freehold/contract'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlSessions } from '../src/sessions.js'
import { SqlTraces } from '../src/traces.js'
import { type Database as Place, POSTGRES_18, SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { otherConnection } from './other-connection.js'
import type { Kind } from './servers.js'
import { spanOf, traceIdOf } from './spans.js'

const [FIRST, SECOND] = [traceIdOf(1), traceIdOf(2)]
/** How long somebody who waits bears that nothing comes of what is under way, in milliseconds. */
const PATIENCE = 500
/** A write, so that who is rolled back in a deadlock, on an engine that goes by the work done, is the store. */
const lockOf = (traceId: string) => `update freehold_traces set batch = 'other' where trace_id = '${traceId}'`

const WAITING = {
  postgres: `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  mysql: `select 1 from information_schema.innodb_trx join information_schema.processlist on id = trx_mysql_thread_id
    where trx_state = 'LOCK WAIT' and db = database()`,
}

/** Resolves when a statement in the database waits for a lock. */
async function somebodyWaits({ family }: Kind, { prompt }: Place): Promise<void> {
  // InnoDB shows nothing new to whoever asks more than ten times a second.
  while ((await prompt.query(WAITING[family])).length === 0) await sleep(150)
}

/** Runs `appends` appends to one session, `writers` of them at once. Resolves to the numbers that the runs got. */
async function appendAtOnce(storage: Storage, writers: number, appends: number): Promise<number[]> {
  await storage.sessions.save({ id: 's', type: 'agent' })
  const seqs = await Promise.all(
    Array.from({ length: writers }, async () => {
      const own: number[] = []
      for (let i = 0; i < appends; i++) own.push((await storage.sessions.appendRun({ sessionId: 's' })).seq)
      return own
    }),
  )
  return seqs.flat().sort((a, b) => a - b)
}

describeEngines((it, engine) => {
  const { kind } = engine as ServerEngine

  it('a deadlock with another program costs no write', async ({ database, storage }) => {
    await storage.traces.write([spanOf(FIRST, 0), spanOf(SECOND, 0)])
    const other = await otherConnection(kind, database.url)
    await other.run('begin')
    await other.run(lockOf(SECOND))
    const writing = storage.traces.write([spanOf(FIRST, 1), spanOf(SECOND, 1)])
    await somebodyWaits(kind, database)
    // Resolves because the store was rolled back.
    await other.run(lockOf(FIRST))
    await other.run('commit')
    const result = await writing
    await other.end()
    expect(result).toMatchObject({ written: 2, rejected: [] })
  })

  it('a pool that is stuck is a timeout that says so, and the same store works when there is a connection again', async ({
    database,
    storage,
  }) => {
    await storage.traces.write([spanOf(FIRST, 0)])
    const dialect = dialectOf(database.url)
    const knex = dialect.connect(database.url, { pool: 1, create: false })
    const db = new Database(knex, dialect, 'freehold_', PATIENCE)
    const other = await otherConnection(kind, database.url)
    await other.run('begin')
    await other.run(lockOf(FIRST))
    const waiting = new SqlTraces(db, 'default').write([spanOf(FIRST, 1)])
    await somebodyWaits(kind, database)
    const sessions = new SqlSessions(db, 'default')
    const failure: unknown = await sessions.list().catch((error: unknown) => error)
    await other.run('commit')
    await other.end()
    expect(await waiting).toMatchObject({ written: 1 })
    expect(failure).toMatchObject({
      code: 'timeout',
      retryable: true,
      message: expect.stringMatching(
        /^the one connection of the pool is busy, and did not come free for 0.5 s; .*`pool`/,
      ),
    })
    expect(await sessions.list()).toEqual({ items: [] })
    await knex.destroy()
  })
}, SERVERS)

describeEngines(
  (it) => {
    it('a database whose transactions are serialisable unless told costs no write', async ({ database }) => {
      const [row] = await database.prompt.query('select current_database() as name')
      await database.prompt.query(`alter database ${row!.name} set default_transaction_isolation to 'serializable'`)
      const storage = await database.connect()
      const seqs = await appendAtOnce(storage, 8, 20)
      await storage.close()
      expect(seqs).toEqual(Array.from({ length: 160 }, (_, i) => i + 1))
    })
  },
  [POSTGRES_18],
)
