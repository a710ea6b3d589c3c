import type { Knex } from 'knex'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import type { Row } from '../src/dialects/dialect.js'
import { SqlSessions } from '../src/sessions.js'
import { SERVERS } from './engines.js'
import { withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'

/** A process that finds nothing under an id, and writes when another has just done so. */
class OvertakenDatabase extends Database {
  other: (() => Promise<unknown>) | undefined

  override async insertNew(trx: Knex, table: string, rows: readonly Row[]): Promise<number> {
    const other = this.other
    this.other = undefined
    await other?.()
    return super.insertNew(trx, table, rows)
  }
}

// In a file nobody else writes meanwhile.
describeEngines((it) => {
  it('of two who save a new session at once, the second changes what the first saved', async ({
    database,
    storage: { sessions },
  }) => {
    const saved = await withDatabase(database, OvertakenDatabase, (db) => {
      db.other = () => sessions.save({ id: 's', type: 'agent', name: 'first', agentId: 'a' })
      return new SqlSessions(db, 'default').save({ id: 's', type: 'agent', name: 'second' })
    })
    expect(saved).toMatchObject({ version: 2, name: 'second', agentId: 'a' })
    expect(await sessions.get('s')).toEqual(saved)
  })
}, SERVERS)
