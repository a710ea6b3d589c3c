import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { cleanJson, type Findings } from '../src/rules/clean-json.js'
import { mergeSpans } from '../src/rules/merge-spans.js'
import type { SpanRecord } from '../src/rules/span-record.js'

const ID = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'span', startedAt: 1_750_000_000_000 }
const OTHERS = { field: 'input', reason: 'and others: only 100 are told' }

function accepted(fields: object): SpanRecord {
  const record = acceptSpan({ ...ID, ...fields })
  if ('reason' in record) throw new Error(record.reason)
  return record
}

test('a span is not lost to the marks of what was repaired in it', () => {
  const { span } = accepted({ input: Array(60_000).fill(Number.NaN), output: Number.NaN })
  expect(span.input).toEqual(Array(60_000).fill('NaN'))
  expect(span.repairs).toHaveLength(102)
  expect(span.repairs).toContainEqual(OTHERS)
  expect(span.repairs!.at(-1)).toMatchObject({ field: 'output' })
})

test.each<[string, object]>([
  ['attributes of events', { events: Array(25_000).fill({ name: 'e', at: 1.7e12, attributes: { text: 'x\0' } }) }],
  ['events that are left out', { events: Array(25_000).fill({ name: 'e' }) }],
  ['what events have beyond', { events: Array(25_000).fill({ name: 'e', at: 1.7e12, odd: 1 }) }],
  ['links', { links: Array(25_000).fill({ traceId: 'x', spanId: ID.spanId }) }],
])('a span is not lost to the marks of %s', (_, fields) => {
  const [field] = Object.keys(fields)
  const { span } = accepted(fields)
  expect(span.repairs).toHaveLength(101)
  expect(span.repairs).toContainEqual({ ...OTHERS, field })
  expect(accepted(span).span).toEqual(span)
})

describe('the marks of one value', () => {
  test.each<[what: string, mode: 'strict' | 'lenient', value: (count: number) => unknown]>([
    ['of a span', 'lenient', (count) => Array(count).fill(Number.NaN)],
    ['of another row', 'strict', (count) => Array(count).fill('\0')],
  ])('%s: of a hundred each is told, of more that there are others', (_, mode, value) => {
    const repairs = (count: number) => {
      const found: Findings = { problems: [], repairs: [] }
      cleanJson(value(count), 'input', mode, found)
      return found.repairs
    }
    expect(repairs(100)).toHaveLength(100)
    expect(repairs(100)).not.toContainEqual(OTHERS)
    expect(repairs(101)).toEqual([...repairs(100), OTHERS])
    expect(repairs(1000)).toEqual(repairs(101))
  })

  test('are the same when the span is told again, or read and told', () => {
    const fields = { input: { a: Array(200).fill(Number.NaN), b: '\0' }, attributes: { odd: 1n } }
    const first = accepted(fields)
    expect(accepted(fields)).toEqual(first)
    expect(accepted(first.span).span).toEqual(first.span)
    expect(mergeSpans(first, accepted(first.span)).span.repairs).toEqual(first.span.repairs)
  })
})
