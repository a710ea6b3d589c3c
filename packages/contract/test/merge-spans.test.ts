import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { mergeSpans, sameRecord } from '../src/rules/merge-spans.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import type { SpanInput } from '../src/span.js'

const KEY = { traceId: '1'.padStart(32, '0'), spanId: '2'.padStart(16, '0') }

/** Labels whose names begin with this letter, so many that two of these are too many. */
function numbered(n: number, count: number): Record<string, number> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${'abcdefghij'[n]}${i}`, n]))
}

/** Records of one span: starts and ends, that agree or contradict each other. */
const record: fc.Arbitrary<SpanRecord> = fc
  .record(
    {
      name: fc.constantFrom('a', 'b'),
      kind: fc.constantFrom('llm', 'tool', 'other'),
      detail: fc.constantFrom(
        { model: 'm' },
        {},
        { tool: 't', result: null },
        { arguments: 1, callId: 'c' },
        { 'a\0': 1 },
      ),
      status: fc.constantFrom('running', 'ok', 'error'),
      startedAt: fc.integer({ min: 100, max: 105 }),
      endedAt: fc.integer({ min: 200, max: 203 }),
      userId: fc.constantFrom('u1', 'u2'),
      labels: fc.oneof(
        fc.constantFrom({ a: 1 }, { a: '1', b: true }, { b: 'x', constructor: 'c' }, { 'a\0': 1 }),
        fc.integer({ min: 0, max: 9 }).map((n) => numbered(n, 15)),
      ),
      input: fc.constantFrom('question', { q: 1, a: 2 }, null),
      output: fc.constantFrom('answer', 42, null),
      attributes: fc.constantFrom({ 'a\0': 'b\0' }, { z: Number.NaN, a: 1 }),
      error: fc.constant({ message: 'it broke' }),
    },
    { requiredKeys: ['name', 'startedAt'] },
  )
  .map((fields) => acceptSpan({ ...KEY, ...fields }))
  .filter((result) => !('reason' in result))
  .map((result) => result as SpanRecord)

function accepted(input: SpanInput): SpanRecord {
  const result = acceptSpan(input)
  if ('reason' in result) throw new Error(result.reason)
  return result
}

/** What a reader sees. */
const seen = (merged: SpanRecord) => merged

test('the order of two records does not matter', () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      expect(seen(mergeSpans(a, b))).toEqual(seen(mergeSpans(b, a)))
    }),
    { numRuns: 1000 },
  )
})

test('how records are grouped does not matter', () => {
  fc.assert(
    fc.property(record, record, record, (a, b, c) => {
      expect(seen(mergeSpans(mergeSpans(a, b), c))).toEqual(seen(mergeSpans(a, mergeSpans(b, c))))
    }),
    { numRuns: 2_000 },
  )
})

test('telling a record again changes nothing', () => {
  fc.assert(
    fc.property(record, record, (a, b) => {
      const once = mergeSpans(a, b)
      expect(seen(mergeSpans(once, b))).toEqual(seen(once))
    }),
  )
})

test('a record merged with itself is that record', () => {
  fc.assert(
    fc.property(record, (a) => {
      expect(mergeSpans(a, a)).toEqual({ span: a.span, rank: a.rank })
    }),
  )
})

test('what was read in another order of keys is the same record', () => {
  const llm = accepted({
    ...KEY,
    name: 's',
    kind: 'llm',
    startedAt: 1e12,
    detail: { finishReason: 'stop', model: 'm' },
  })
  const tool = accepted({ ...KEY, name: 's', kind: 'tool', startedAt: 1e12, endedAt: 2e12, detail: { tool: 't' } })
  const merged = mergeSpans(llm, tool)
  const { fields, details } = merged.sources!
  const reversed = (value: object) => Object.fromEntries(Object.entries(value).reverse())
  const read = { ...merged, sources: { details: reversed(details!), fields: reversed(fields) as typeof fields } }
  expect(sameRecord(read, mergeSpans(read, llm))).toBe(true)
})

test('a later end does not erase what an earlier one told', () => {
  const first = accepted({ ...KEY, name: 's', kind: 'tool', startedAt: 1, endedAt: 2, output: 'answer' })
  const second = accepted({ ...KEY, name: 's', startedAt: 1, endedAt: 3, status: 'error' })
  expect(mergeSpans(second, first).span).toMatchObject({ kind: 'tool', status: 'error', endedAt: 3, output: 'answer' })
})

test('details of one kind add up', () => {
  const start = accepted({ ...KEY, name: 's', kind: 'tool', startedAt: 1, detail: { tool: 'lookup', arguments: [1] } })
  const end = accepted({ ...KEY, name: 's', kind: 'tool', startedAt: 1, endedAt: 2, detail: { result: 'found' } })
  expect(mergeSpans(end, start).span.detail).toEqual({ tool: 'lookup', arguments: [1], result: 'found' })
})

test('the end takes from the start what it lacks', () => {
  const start = accepted({ ...KEY, name: 's', kind: 'llm', startedAt: 1, input: 'question', detail: { model: 'm' } })
  const end = accepted({ ...KEY, name: 's', startedAt: 1, endedAt: 2, output: 'answer' })
  expect(mergeSpans(end, start).span).toMatchObject({
    kind: 'llm',
    status: 'ok',
    endedAt: 2,
    input: 'question',
    output: 'answer',
    detail: { model: 'm' },
  })
})

test('a null counts in whichever order it is told', () => {
  const of = (fields: object) => acceptSpan({ ...KEY, name: 'a', startedAt: 100, ...fields } as SpanInput) as SpanRecord
  for (const [field, a] of [
    ['input', of({ endedAt: 200 })],
    ['detail', of({ kind: 'tool', endedAt: 200 })],
  ] as const) {
    const b = of(field === 'input' ? { input: null } : { kind: 'tool', detail: { result: null } })
    expect(sameRecord(a, mergeSpans(a, b))).toBe(false)
    expect(mergeSpans(a, b).span).toEqual(mergeSpans(b, a).span)
    expect(mergeSpans(a, b).span).toHaveProperty(field)
  }
})
