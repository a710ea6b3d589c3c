import { describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import type { ColumnType } from '../src/dialects/dialect.js'
import { dialectOf } from '../src/dialects/index.js'
import { rowsOf } from '../src/dialects/postgres-insert.js'
import { POSTGRES_15, POSTGRES_18 } from './engines.js'
import { describeEngines } from './on-engines.js'

const sourceOf = (type: ColumnType, values: readonly unknown[]) =>
  rowsOf(
    [{ name: 'c', type, at: 1 }],
    values.map((value) => ['other', value]),
    () => 'text',
  )

describe('the values of a column', () => {
  test('are one text', () => {
    expect(sourceOf('text', ['a', null, undefined, 'b'])).toEqual({
      source: "select * from unnest(string_to_array(?, E'\\x1e', E'\\x1d')::text[])",
      bindings: ['a\x1e\x1d\x1e\x1d\x1eb'],
    })
  })

  test.each([
    ['what stands between values', ['a', 'b\x1e']],
    ['what stands for NULL', ['\x1d', 'b']],
    ['nothing but one empty text', ['']],
  ])('are an array where they hold %s', (_, values) => {
    expect(sourceOf('name', values)).toEqual({ source: 'select * from unnest(?::text[])', bindings: [values] })
  })
})

describeEngines(
  (it) => {
    it('values that hold what stands between them are kept', async ({ database, storage: { sessions, audit } }) => {
      const names = ['', '\x1e', '\x1d', 'a\x1eb\x1d', '\x1d\x1d', '{"a\\"}', 'NULL', '\\', "'"]
      const dialect = dialectOf(database.url)
      const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
      await audit.append(names.map((reason, n) => ({ id: `e${n}`, actor: 'ada', action: 'one', reason })))
      for (const [n, name] of names.entries()) await sessions.save({ id: `s${n}`, type: 'agent', name })
      const stored = await db.knex(db.table('audit')).orderBy('seq').pluck('reason')
      await db.knex.destroy()
      expect(stored).toEqual(names)
      const saved = await Promise.all(names.map(async (_, n) => (await sessions.get(`s${n}`))!.name))
      expect(saved).toEqual(names)
    })
  },
  [POSTGRES_18, POSTGRES_15],
)
