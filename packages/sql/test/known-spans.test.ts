import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { SPAN_KEY } from '../src/known-spans.js'
import { SqlTraces } from '../src/traces.js'
import { POSTGRES_15, POSTGRES_18 } from './engines.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const SPANS = 5000

describeEngines(
  (it) => {
    it('known spans are looked up one by one, also where the engine has not counted them yet', async ({
      database,
      storage: _,
    }) => {
      const dialect = dialectOf(database.url)
      const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
      const spans = Array.from({ length: SPANS }, (_, n) => spanOf(traceIdOf(1 + (n % 500)), n))
      await new SqlTraces(db, 'default').write(spans)
      const rows = await db.knex(db.table('spans')).select('trace_day', 'trace_id', 'span_id').limit(500)
      const keys = rows.map((row) => [row.trace_day, row.trace_id, row.span_id])
      const { sql, bindings } = dialect
        .rowsWith(db.knex, { table: db.table('spans'), tenant: 'default' }, SPAN_KEY, keys)
        .select('batch')
        .toSQL()
      const explained = await db.knex.raw(`explain ${sql}`, bindings)
      await db.knex.destroy()
      const plan = explained.rows.map((row: Record<string, string>) => row['QUERY PLAN']!.trim().slice(0, 60))
      expect(plan.filter((step: string) => /Seq Scan|Hash/.test(step))).toEqual([])
    })
  },
  [POSTGRES_18, POSTGRES_15],
)
