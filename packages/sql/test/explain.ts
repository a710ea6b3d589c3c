import { DOMAINS } from '@freehold/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SqlMigrations } from '../src/migrate.js'
import type { Engine, Database as Place } from './engines.js'
import { describeOn } from './on-engines.js'
import { explainerOf, type Statement } from './plans.js'
import { QUESTIONS, storesOn } from './questions.js'
import { fill } from './volume.js'

/** Ten times a page. */
const READ = 510
const FILLING = 300_000

/** Registers a test of every query's plan on an engine, at 100,000 rows. */
export function describePlans(engine: Engine): void {
  describeOn(engine, () => {
    const { analyse, plan } = explainerOf(engine)
    let place: Place
    let db: Database
    let statements: Statement[] = []

    beforeAll(async () => {
      place = await engine.open()
      const dialect = dialectOf(place.url)
      db = new Database(dialect.connect(place.url, { create: true }), dialect, 'freehold_')
      await new SqlMigrations(db, DOMAINS).up()
      await fill(db, analyse)
      db.knex.on('query', (statement: Statement) => statements.push(statement))
    }, FILLING)

    afterAll(async () => {
      await db?.knex.destroy()
      await place?.remove()
    })

    for (const { name, ask, may = {} } of QUESTIONS)
      test(name, async () => {
        statements = []
        await ask(storesOn(db))
        const planned = statements.filter(({ sql }) => /^\s*(select|update|delete)\b.*\bfreehold_/is.test(sql))
        for (const statement of planned) {
          const { scans, sorts, examined = 0 } = await plan(place.prompt, statement)
          expect({ scans: may.scan ? [] : scans, sorts: may.sort ? 0 : sorts }, statement.sql).toEqual({
            scans: [],
            sorts: 0,
          })
          expect(examined, statement.sql).toBeLessThanOrEqual(may.read ?? READ)
        }
      })
  })
}
