import type { Shape } from '@freehold/contract'
import type { Knex } from 'knex'
import { expect } from 'vitest'
import { AppendsByTenant } from '../src/append-entries.js'
import { SqlAudit } from '../src/audit.js'
import { Database } from '../src/database.js'
import type { Dialect } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'
import { type Database as Place, SQLITE } from './engines.js'
import { withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'

const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value }) } }
const shape: Shape = { name: 'refund', schema, columns: { amount: 'number' } }

/** A database that fails where a view is to be made, as PostgreSQL does. */
class FailingDatabase extends Database {
  failure: unknown

  constructor(knex: Knex, dialect: Dialect, prefix: string) {
    super(knex, { ...dialect, classify: dialectOf('postgres://db/agents').classify }, prefix)
  }

  override change(): Promise<never> {
    return Promise.reject(this.failure)
  }
}

/** What defining the shape fails with where the view is refused with this. */
const defining = (place: Place, failure: Error): Promise<unknown> =>
  withDatabase(place, FailingDatabase, async (db) => {
    db.failure = failure
    return new SqlAudit(db, 'default', new Map(), new AppendsByTenant(db)).define(shape).catch((error) => error)
  })

describeEngines(
  (it) => {
    it('a user who may not make a view hears who must make it, and nothing of the shape stays', async ({
      database,
      storage,
    }) => {
      const refused = Object.assign(new Error('permission denied for user bob'), { code: '42501' })
      expect(await defining(database, refused)).toMatchObject({
        code: 'unsupported',
        retryable: false,
        message:
          'the view of the shape refund is to be made, and this user may not; define the shape once as the user who migrates',
        cause: { code: '42501', message: 'permission denied for the user' },
      })
      expect(await database.prompt.query('select name from freehold_audit_shapes')).toEqual([])
      await storage.audit.define(shape)
    })

    it('whatever else is in the way of a view is told as it is', async ({ database, storage: _ }) => {
      const full = Object.assign(new Error('could not extend file'), { code: '53100' })
      expect(await defining(database, full)).toBe(full)
    })
  },
  [SQLITE],
)
