import fc from 'fast-check'
import { expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { mergeSpans, sameRecord } from '../src/rules/merge-spans.js'
import { retellStored } from '../src/rules/retell.js'
import type { SpanRecord, StoredSpan } from '../src/rules/span-record.js'
import { recordOf, storedSpan } from '../src/rules/stored-span.js'
import { ABANDONED, type SpanInput } from '../src/span.js'

const KEY = { traceId: '1'.padStart(32, '0'), spanId: '2'.padStart(16, '0') }
const T = 1_790_000_000_000
const LONG = 'x'.repeat(300)

/** What starts and ends tell, which mostly agree. */
const told = fc
  .record(
    {
      name: fc.constantFrom('a', 'b'),
      parentId: fc.constant('3'.padStart(16, '0')),
      kind: fc.constantFrom('llm', 'llm', 'llm', 'tool', 'other'),
      reading: fc.constantFrom(0, 1, 2),
      detail: fc.constantFrom(
        { model: 'm' },
        { model: 'm', promptTokens: 5, cost: 0.1 },
        { tool: 't', result: null },
        { model: 'm', finishReason: null },
      ),
      status: fc.constantFrom('running', 'ok', 'error'),
      startedAt: fc.integer({ min: T, max: T + 2 }),
      endedAt: fc.integer({ min: T + 9, max: T + 11 }),
      userId: fc.constantFrom('u1', 'u2'),
      runId: fc.constant('r'),
      labels: fc.constantFrom({ a: 1 }, { a: 2, b: 'x' }, { b: 'x' }),
      input: fc.constantFrom('question', LONG, { q: 1, a: 2 }, null),
      output: fc.constantFrom('answer', LONG, null),
      attributes: fc.constantFrom({ prompt: LONG }, { prompt: LONG, a: 1 }, { a: 1 }, { z: Number.NaN }),
      error: fc.constantFrom({ message: 'it broke' }, { message: 'gone', type: ABANDONED }),
      events: fc.constant([{ name: 'e', at: T }]),
      resource: fc.constantFrom({ 'service.name': 's' }, { 'service.name': 't' }),
      scope: fc.constant({ name: 'agents' }),
    },
    { requiredKeys: ['name', 'startedAt'] },
  )
  .filter((fields) => read(fields) !== undefined)

function read(fields: object): SpanRecord | undefined {
  const result = acceptSpan({ ...KEY, ...fields } as SpanInput)
  return 'reason' in result ? undefined : result
}

/** By field, as two records of one span are merged that no store holds. */
function byField(stored: StoredSpan, told: SpanRecord): StoredSpan | undefined {
  const before = recordOf(stored)
  const merged = mergeSpans(before, told)
  return sameRecord(before, merged) ? undefined : storedSpan(merged)
}

test('what a record makes of a stored span is what merging them by field makes, also where no value is looked into', () => {
  let whole = 0
  fc.assert(
    fc.property(told, told, told, fc.boolean(), fc.boolean(), (first, second, last, isMerged, isMore) => {
      const more = isMore ? read({ ...first, ...last }) : undefined
      const [a, b, c] = [read(first)!, read(second)!, more ?? read(last)!]
      const stored = storedSpan(isMerged ? mergeSpans(a, b) : a)
      const retold = retellStored(stored, c)
      if (typeof retold === 'object' && retold.texts === c.stored!.texts) whole += 1
      expect(retold).toEqual(byField(stored, c))
      expect(JSON.stringify((retold as StoredSpan | undefined)?.texts)).toBe(JSON.stringify(byField(stored, c)?.texts))
    }),
    { numRuns: 2_000 },
  )
  expect(whole).toBeGreaterThan(20)
})

test('the end of a span that tells again what its start told is kept as it is', () => {
  const of = (fields: object) => read({ name: 'chat', kind: 'llm', ...fields })!
  const told = { input: 'asked', attributes: { a: 1 }, resource: { 'service.name': 's' }, detail: { model: 'm' } }
  const start = of({ ...told, startedAt: T, status: 'running', userId: 'ada' })
  const end = of({ ...told, startedAt: T + 1, endedAt: T + 2, output: 'said', detail: { model: 'm', promptTokens: 5 } })
  const retold = retellStored(storedSpan(start), end) as StoredSpan
  expect(retold.texts).toBe(end.stored!.texts)
  expect(retold.facts).toMatchObject({
    startedAt: T,
    endedAt: T + 2,
    status: 'ok',
    userId: 'ada',
    tokens: { prompt: 5 },
  })
})
