import type { Knex } from 'knex'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { rowByKey } from '../src/dialects/by-key.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import { SqlSessions } from '../src/sessions.js'
import { type Database as Place, POSTGRES_18 } from './engines.js'
import { describeEngines } from './on-engines.js'

/** One connection, on which what is kept of statements is kept. */
async function onOne<T>(place: Place, act: (sessions: SqlSessions, db: Database) => Promise<T>): Promise<T> {
  const dialect = dialectOf(place.url)
  const db = new Database(dialect.connect(place.url, { create: true, pool: 1 }), dialect, 'freehold_')
  try {
    await new SqlMigrations(db, ['sessions']).up()
    return await act(new SqlSessions(db, 'default'), db)
  } finally {
    await db.knex.destroy()
  }
}

const namesOn = async (knex: Knex): Promise<string[]> =>
  (await knex.raw(`select name from pg_prepared_statements where name like 'freehold%'`)).rows.map(
    ({ name }: { name: string }) => name,
  )

describeEngines((it) => {
  it('a table that is changed meanwhile is read as it is now', async ({ database }) => {
    await onOne(database, async (sessions, db) => {
      await sessions.save({ id: 's', type: 'agent', state: { step: 1 } })
      for (let i = 0; i < 3; i++) expect(await sessions.get('s')).toMatchObject({ state: { step: 1 } })
      const read = () =>
        db.read((knex) => rowByKey(knex, db.dialect, ['*'], { table: 'freehold_sessions', key: { id: 's' } }))
      await read()
      await database.prompt.query('alter table freehold_sessions add column colour varchar(10)')
      expect(Object.keys((await read())!)).toContain('colour')
      expect(await sessions.save({ id: 's', type: 'agent', state: { step: 2 } })).toMatchObject({ version: 2 })
    })
  })
})

describeEngines(
  (it) => {
    it('a statement by a key is known to the server by a name, and one of many rows is not', async ({ database }) => {
      await onOne(database, async (sessions, db) => {
        await sessions.get('s')
        expect(await namesOn(db.knex)).toHaveLength(1)
        await sessions.list({ userId: 'ada' })
        expect(await namesOn(db.knex)).toHaveLength(1)
      })
    })

    it('a name that the server does not know is no failure', async ({ database }) => {
      await onOne(database, async (sessions, db) => {
        await sessions.save({ id: 's', type: 'agent' })
        await sessions.get('s')
        await db.knex.raw('deallocate all')
        expect(await sessions.get('s')).toMatchObject({ id: 's' })
        await db.knex.raw('deallocate all')
        expect(await sessions.appendRun({ sessionId: 's' })).toMatchObject({ seq: 1 })
      })
    })
  },
  [POSTGRES_18],
)
