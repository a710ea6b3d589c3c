import { expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { mergeSpans } from '../src/rules/merge-spans.js'
import { byStart } from '../src/rules/order.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { factsOf, summarise } from '../src/rules/summarise.js'
import type { Span } from '../src/span.js'

/** What takes the square of them takes minutes: a test that is done at all tells that nothing does. */
const MANY = 50_000

const id = (n: number) => n.toString(16).padStart(16, '0')

function span(n: number, parentId: string | undefined, fields: object = {}): Span {
  const read = acceptSpan({
    traceId: '1'.padStart(32, '0'),
    spanId: id(n),
    parentId,
    name: 's',
    startedAt: 1e12,
    ...fields,
  })
  if ('reason' in read) throw new Error(read.reason)
  return read.span
}

const SHAPES: [shape: string, parent: (n: number) => string | undefined][] = [
  ['a chain', (n) => (n === 1 ? undefined : id(n - 1))],
  ['a star', (n) => (n === 1 ? undefined : id(1))],
  ['a cycle', (n) => id(n === 1 ? MANY : n - 1)],
  ['spans that are their own parents', (n) => id(n)],
]

test.each(SHAPES)('%s of 50,000 spans of one start is ordered and summed up', (_, parent) => {
  const spans = Array.from({ length: MANY }, (_, i) => span(MANY - i, parent(MANY - i))).sort(byStart)
  expect([spans[0]!.spanId, summarise('t', spans.map(factsOf)).summary.spans]).toEqual([id(1), MANY])
})

test('50,000 models and tools are summed up', () => {
  const spans = Array.from({ length: MANY }, (_, i) =>
    i % 2 === 0
      ? span(i + 1, undefined, { kind: 'llm', detail: { model: `m ${i}` } })
      : span(i + 1, undefined, { kind: 'tool', detail: { tool: `t ${i}` } }),
  )
  const { models, tools } = summarise('t', spans.map(factsOf)).summary
  expect([models.length, tools.length]).toEqual([50, 50])
})

test('50,000 records of one span are one span', () => {
  const record = (i: number) =>
    acceptSpan({
      traceId: '1'.padStart(32, '0'),
      spanId: id(1),
      name: 's',
      startedAt: 1e12,
      endedAt: 1e12 + i,
      output: i,
    })
  let merged = record(1) as SpanRecord
  for (let i = 2; i <= MANY; i++) merged = mergeSpans(merged, record(i) as SpanRecord)
  expect(merged.span.output).toBe(MANY)
})
