import { readFileSync } from 'node:fs'
import type { Json, SpanInput } from '@freehold/contract'
import { expect } from 'vitest'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'
import { describeEngines } from './on-engines.js'
import { spanOf, traceIdOf } from './spans.js'

const LONG = `"quoted" \\ back\nline 漢🜁 ${'and so on '.repeat(60)}`
/** So many that what they repeat is in lists of lists of pieces. */
const TURNS = 60

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
    const lists = await db.knex(db.table('texts')).where('text', 'like', '["@%')
    await db.knex.destroy()
    expect(lists.length).toBeGreaterThan(0)
    expect([cut.attributes[0], cut.input, cut.output]).toEqual(['*', '=jgen_ai.input.messages', "=vit's $.a"])
    const read = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : value)
    const found = rows.map(({ input, output, attributes, rest }) => [input, output, attributes, rest].map(read))
    expect(found).toEqual(written.map(({ input, output, attributes, scope }) => [input, output, attributes, { scope }]))
    expect([other.input, other.output, other.detail].map(read)).toEqual(['short', null, { own: [1] }])
    expect(rows[0]).toMatchObject({ name: written[0]!.name, status: 'ok', tenant: 'default' })
  })

  it('a view has a value that is read from an attribute with a long name', async ({
    database,
    storage: { traces },
  }) => {
    const input = 'value '.repeat(100)
    const attributes = { ['name'.repeat(150)]: input }
    const spans = [1, 2, 3].map((n) => ({ ...spanOf(traceIdOf(1), n), input, attributes }))
    await traces.write(spans)
    const dialect = dialectOf(database.url)
    const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const rows = await db.knex(db.table('whole_spans'))
    await db.knex.destroy()
    const read = (value: unknown) => (typeof value === 'string' && value.startsWith('"') ? JSON.parse(value) : value)
    expect(rows.map((row: { input: unknown }) => read(row.input))).toEqual([input, input, input])
  })

  it('ends of spans leave no text of a value that no span has', async ({ database, storage: { traces } }) => {
    const resource = { 'service.name': 'agent', 'host.id': 'h'.repeat(120) }
    const turns = Array.from({ length: 12 }, (_, n) => ({ ...turn(n), resource }))
    const large = [0, 1].map((n) => ({
      ...spanOf(traceIdOf(2), n),
      input: Array.from({ length: 900 }, (_, i) => `${n} ${i} said`).join(' '),
      resource,
    }))
    const starts = [...turns, ...large].map(({ endedAt: _, output: __, ...start }) => start)
    await traces.write(starts.slice(turns.length))
    for (const start of starts.slice(0, turns.length)) await traces.write([start])
    await traces.write(
      [...turns, ...large].map(({ traceId, spanId, name, startedAt, endedAt, output }) => ({
        traceId,
        spanId,
        name,
        startedAt,
        endedAt,
        output,
      })),
    )
    const dialect = dialectOf(database.url)
    const db = new Database(dialect.connect(database.url, { create: false }), dialect, 'freehold_')
    const texts: { trace_id: string; name: string; text: string }[] = await db.knex(db.table('texts'))
    const spans: Record<string, string>[] = await db.knex(db.table('spans'))
    await db.knex.destroy()
    const used = JSON.stringify([...spans, ...texts.map(({ text }) => text)])
    // But for what was told around all starts, once.
    expect(texts.filter(({ name }) => !used.includes(name)).map(({ text }) => text.slice(0, 12))).toEqual([
      '{"resource":',
    ])
    expect(texts.filter(({ trace_id }) => trace_id === traceIdOf(2)).length).toBe(0)
    expect(texts.filter(({ text }) => text.includes('sources')).length).toBe(0)
  })
})
