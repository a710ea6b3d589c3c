import { dayOf } from '@freehold/contract'
import type { Knex } from 'knex'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import type { Dialect } from '../src/dialects/dialect.js'
import { SqlTraces } from '../src/traces.js'
import { SQLITE } from './engines.js'
import { withDatabase } from './late-database.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const YESTERDAY = Date.now() - 86_400_000

/** A file as if it kept each day of spans apart. */
class DividedDatabase extends Database {
  /** Days that were asked for, and `written` where spans were. */
  readonly done: string[]

  constructor(knex: Knex, dialect: Dialect, prefix: string) {
    const done: string[] = []
    const makeDay = async (_: Knex, table: string, day: string) => void done.push(`${table} ${day}`)
    super(knex, { ...dialect, capabilities: { ...dialect.capabilities, dropsDays: true }, makeDay }, prefix)
    this.done = done
  }

  override transaction<T>(work: (trx: Knex) => Promise<T>): Promise<T> {
    this.done.push('written')
    return super.transaction(work)
  }
}

describeEngines(
  (it) => {
    it('the days of spans are made before these are written', async ({ database, storage }) => {
      const span = { ...spanOf(traceIdOf(1), 1), startedAt: YESTERDAY, endedAt: YESTERDAY }
      const done = await withDatabase(database, DividedDatabase, async (db) => {
        await new SqlTraces(db, 'default').write([span])
        return db.done
      })
      expect(done).toContain(`freehold_spans ${dayOf(YESTERDAY)}`)
      expect(done.indexOf('written')).toBe(done.length - 1)
      expect(await storage.traces.get(span.traceId)).toMatchObject({ spans: [{ startedAt: YESTERDAY }] })
    })

    it.for([
      ['no spans', []],
      ['spans of which none can be kept', [{ ...spanOf(traceIdOf(1), 1), spanId: 'x' }]],
    ] as const)('of %s the database hears nothing', async ([, spans], { database, storage: _ }) => {
      const done = await withDatabase(database, DividedDatabase, async (db) => {
        await new SqlTraces(db, 'default').write(spans)
        return db.done
      })
      expect(done).toEqual([])
    })
  },
  [SQLITE],
)
