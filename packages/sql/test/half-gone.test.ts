import type { Shape } from '@freehold/contract'
import { connect } from '@freehold/sql'
import type { Knex } from 'knex'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'

const validate = (value: unknown) => ({ value })
const SHAPE: Shape = {
  name: 'refund',
  schema: { '~standard': { version: 1, vendor: 'test', validate } },
  columns: { amount: 'integer' },
}

/** A process that dies before it drops its first table. */
class StoppingDatabase extends Database {
  override async change(knex: Knex, statements: readonly string[]): Promise<void> {
    if (statements.some((statement) => /^drop table/i.test(statement))) throw new Error('the process died')
    return super.change(knex, statements)
  }
}

describeEngines((it) => {
  it('taking the audit down that stopped after its first tables goes on where it stopped', async ({
    database,
    storage,
  }) => {
    await storage.audit.define(SHAPE)
    await database.prompt.query('drop view freehold_audit_refund')
    await database.prompt.query('drop table freehold_audit_shapes')
    await storage.migrations.down('audit')
    await storage.migrations.up('audit')
    expect(await storage.audit.append([{ actor: 'ada', action: 'one' }])).toMatchObject([{ seq: 1 }])
  })

  it('taking the audit down that stopped after the views is as if it had not begun', async ({ database, storage }) => {
    await storage.audit.define(SHAPE)
    const dialect = dialectOf(database.url)
    const db = new StoppingDatabase(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    await expect(new SqlMigrations(db, ['audit']).down('audit')).rejects.toThrow('the process died')
    await db.knex.destroy()
    const again = await database.connect()
    await again.audit.define(SHAPE)
    await again.audit.append([{ actor: 'ada', action: 'refund', shape: 'refund', data: { amount: 12 } }])
    await again.close()
    expect(await database.prompt.query('select amount from freehold_audit_refund')).toHaveLength(1)
  })

  it('a table that is gone is told, with what helps', async ({ database, storage }) => {
    await database.prompt.query('drop table freehold_runs')
    const { message, ...refused } = await refusal(connect({ url: database.url, schema: 'migrate' }))
    expect(refused).toEqual({ code: 'unsupported', retryable: false })
    expect(message).toMatch(
      /freehold_runs was made, and is gone; restore it from a copy, or lose the domain: migrations\.down\('sessions'\) and then up\(\) make it anew, empty$/,
    )
    await storage.migrations.down('sessions')
    await storage.migrations.up('sessions')
    expect(await refusal(connect({ url: database.url }))).toEqual({})
  })
})
