import { describe, expect, test } from 'vitest'
import { acceptEntries } from '../src/rules/accept-audit.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import { cleanJson, type Findings } from '../src/rules/clean-json.js'
import { JsonBudget } from '../src/rules/json-budget.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { fieldsOfCall, fieldsRepaired } from './refused-fields.js'

const ID = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'span', startedAt: 1_750_000_000_000 }

function accepted(fields: object): SpanRecord {
  const record = acceptSpan({ ...ID, ...fields })
  if ('reason' in record) throw new Error(record.reason)
  return record
}

function cleaned() {
  const found: Findings = { problems: [], repairs: [], budget: new JsonBudget() }
  return { found, clean: (value: unknown) => cleanJson(value, 'x', 'lenient', found) }
}

describe('what shares what it holds is not walked for ever', () => {
  test.each<[what: string, value: unknown]>([
    ['one text', Array(8_000_000).fill('x'.repeat(100))],
    ['one long text', Array(8_000_000).fill('x'.repeat(262_145))],
    ['one object', Array(8_000_000).fill({})],
    ['one key', { list: Array(200_000).fill({ ['k'.repeat(10_000)]: 1 }) }],
  ])('the items of a value: %s', (_, value) => {
    const { found, clean } = cleaned()
    expect(clean(value)).toBe('[too large]')
    expect(found.repairs).toHaveLength(1)
  })

  test('the events of a span', () => {
    const attributes = { list: Array(200_000).fill({}) }
    const { span } = accepted({ events: Array(2000).fill({ name: 'event', at: ID.startedAt, attributes }) })
    const kept = span.events!.map((event) => event.attributes !== undefined)
    expect(kept).toEqual(Array.from({ length: 2000 }, (_, n) => n < 4))
    expect(span.repairs!.slice(0, 2).map(({ field }) => field)).toEqual(['events', 'events[100].attributes'])
  })

  test('the detail of a span and its payloads', () => {
    const list = Array(400_000).fill({})
    const { span } = accepted({ kind: 'tool', input: list, output: list, detail: { result: list } })
    expect([span.input, span.output].map((kept) => (kept as unknown[]).length)).toEqual([400_000, 400_000])
    expect(span).toMatchObject({ detail: { result: '[too large]' }, repairs: [{ field: 'detail.result' }] })
  })

  test('the entries of an append', async () => {
    const data = { list: Array(200_000).fill({}) }
    const entries = Array(1000).fill({ actor: 'a', action: 'b', data })
    const fields = await fieldsOfCall(acceptEntries(entries, new Map(), 1))
    expect([fields.length, fields[0]]).toEqual([100, 'entries[4].data'])
  })
})

describe('a value that is too large costs itself', () => {
  const sparse = Array(400_000_000)
  const shared = { list: Array(8_000_000).fill('x'.repeat(100)) }

  test.each([
    ['of many holes', sparse],
    ['of much that is shared', shared],
  ])('and none beside it: one %s', (_, large) => {
    const { span } = accepted({ input: large, output: { answer: ['kept'] }, attributes: { kept: true } })
    expect(span).toMatchObject({ input: '[too large]', output: { answer: ['kept'] }, attributes: { kept: true } })
    expect(fieldsRepaired(span.repairs!)).toEqual(['input'])
  })

  test('but not for ever: of many such values what they took is gone', () => {
    const { clean } = cleaned()
    for (let n = 0; n < 9; n++) {
      expect(clean({ kept: n })).toEqual({ kept: n })
      expect(clean(Array(1_000_001).fill([]))).toBe('[too large]')
    }
    expect(clean({ kept: 1 })).toBe('[too large]')
    expect(clean('a text')).toBe('a text')
  })
})
