import { readFileSync } from 'node:fs'
import type { Json, SpanInput } from '@freehold/contract'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const LONG = `"quoted" \\ back\nline 漢🜁 ${'and so on '.repeat(60)}`
const TURNS = 30

/** A span of an agent whose conversation grows: with what was said in an attribute, and read from it. */
function turn(n: number): SpanInput {
  const said = Array.from(
    { length: 2 * n + 1 },
    (_, i): Json => ({ role: i % 2 ? 'assistant' : 'user', content: `${i} ${LONG}` }),
  )
  const answer = `${n} ${LONG}`
  const attributes = { 'gen_ai.input.messages': JSON.stringify(said, null, 1), "it's $.a": answer, n, none: null }
  return { ...spanOf(traceIdOf(1), n), input: said, output: answer, attributes, scope: { name: LONG } }
}

/** The SQL that the README shows. */
const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
const SHOWN = /```sql spans\n([^`]+)```/.exec(README)![1]!

describeEngines((it) => {
  it('what the README reads with SQL is there', async ({ database, storage: { traces } }) => {
    const traceId = /trace_id = '(\w+)'/.exec(SHOWN)![1]!
    const written = Array.from({ length: 9 }, (_, n) => ({ ...turn(n), traceId }))
    for (const one of written) await traces.write([one])
    const dialect = dialectOf(database.url)
    const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const answer = await db.knex.raw(SHOWN)
    await db.knex.destroy()
    const rows: Record<string, unknown>[] = answer.rows ?? (Array.isArray(answer[0]) ? answer[0] : answer)
    const read = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value)
    expect(rows.map(({ name, input }) => [name, read(input)])).toEqual(written.map(({ name, input }) => [name, input]))
  })

  it('a view has the values of every span whole', async ({ database, storage: { traces } }) => {
    const written = Array.from({ length: TURNS }, (_, n) => turn(n))
    for (const one of written.slice(0, 10)) await traces.write([one])
    await traces.write(written.slice(10))
    await traces.write([{ ...spanOf(traceIdOf(2), 99), kind: 'other', input: 'short', detail: { own: [1] } }])
    const dialect = dialectOf(database.url)
    const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const rows = await db
      .knex(db.table('whole_spans'))
      .where({ trace_id: traceIdOf(1) })
      .orderBy('span_id')
    const [cut] = await db.knex(db.table('spans')).where({ span_id: rows.at(-1).span_id })
    const [other] = await db.knex(db.table('whole_spans')).where({ trace_id: traceIdOf(2) })
    await db.knex.destroy()
    expect([cut.attributes[0], cut.input, cut.output]).toEqual(['*', '=jgen_ai.input.messages', "=vit's $.a"])
    const read = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value)
    const found = rows.map(({ input, output, attributes, rest }) => [input, output, attributes, rest].map(read))
    expect(found).toEqual(written.map(({ input, output, attributes, scope }) => [input, output, attributes, { scope }]))
    expect([other.input, other.output, other.detail].map(read)).toEqual(['short', null, { own: [1] }])
    expect(rows[0]).toMatchObject({ name: written[0]!.name, status: 'ok', tenant: 'default' })
  })
})
