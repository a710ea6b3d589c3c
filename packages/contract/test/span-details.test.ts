import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { SpanRecord } from '../src/rules/span-record.js'

const SPAN = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'n', startedAt: 1_750_000_000_000 }

const read = (kind: string, detail: unknown) => {
  const told = acceptSpan({ ...SPAN, kind, detail }) as SpanRecord & { reason?: string }
  if (told.reason !== undefined) return { rejected: told.reason }
  return { detail: told.span.detail, repairs: told.span.repairs?.map(({ field }) => field) }
}

/** A whole detail of each kind. */
const WHOLE: readonly [string, object][] = [
  ['run', { provider: 'p', model: 'm', name: 'n' }],
  [
    'llm',
    {
      provider: 'p',
      model: 'm',
      temperature: 0,
      promptTokens: 1,
      completionTokens: 2,
      cacheReadTokens: 3,
      cacheWriteTokens: 4,
      reasoningTokens: 5,
      cost: 0.25,
      toolCalls: [{ id: 1 }],
      finishReason: 'stop',
      timeToFirstToken: 1.5,
    },
  ],
  ['tool', { tool: 't', callId: 'c', arguments: { a: 1 }, result: [1], exception: 'boom' }],
  ['hook', { hook: 'h', phase: 'pre', outcome: 'block', modified: 1 }],
  ['retrieval', { query: 'q', vectorStore: 'v', k: 0, documents: [] }],
  ['delegation', { member: 'm', mode: 'route', traceId: 'c'.repeat(32) }],
  ['other', { anything: { at: ['all'] } }],
]

describe.each(WHOLE)('the detail of %s', (kind, whole) => {
  test('is kept whole', () => {
    expect(read(kind, whole)).toEqual({ detail: whole, repairs: undefined })
  })

  test.each([undefined, null, {}])('is absent where it tells nothing: %j', (detail) => {
    expect(read(kind, detail)).toEqual({ detail: undefined, repairs: undefined })
  })
})

describe('a field of a detail', () => {
  test.each<[string, string, unknown, boolean]>([
    ['llm', 'promptTokens', 0, true],
    ['llm', 'promptTokens', 100_000_000_000, true],
    ['llm', 'promptTokens', 100_000_000_001, false],
    ['llm', 'promptTokens', -1, false],
    ['llm', 'promptTokens', 1.5, false],
    ['llm', 'promptTokens', '5', false],
    ['llm', 'cost', 0, true],
    ['llm', 'cost', 10_000, true],
    ['llm', 'cost', 10_000.01, false],
    ['llm', 'cost', -0.01, false],
    ['llm', 'temperature', -1, true],
    ['llm', 'temperature', '1', false],
    ['llm', 'model', 'x'.repeat(255), true],
    ['llm', 'model', 7, false],
    ['hook', 'phase', 'post', true],
    ['hook', 'phase', 'during', false],
    ['hook', 'outcome', 'pass', true],
    ['hook', 'outcome', 'modify', true],
    ['hook', 'outcome', 'PASS', false],
    ['retrieval', 'documents', {}, false],
    ['retrieval', 'k', 0.5, false],
    ['delegation', 'traceId', 'x', false],
  ])('of %s, %s = %j is kept: %s', (kind, field, value, kept) => {
    const told = kept ? { detail: { [field]: value }, repairs: undefined } : { repairs: [`detail.${field}`] }
    expect(read(kind, { [field]: value })).toEqual(told)
  })

  test('that is wrong costs no other', () => {
    expect(read('llm', { promptTokens: -1, completionTokens: 2 })).toEqual({
      detail: { completionTokens: 2 },
      repairs: ['detail.promptTokens'],
    })
  })

  test('of another kind rejects the span', () => {
    expect(read('tool', { model: 'm' }).rejected).toMatch(/^detail.model is not a field of detail of tool; .* tool, /)
  })

  test.each(['documents', 'query', 'vectorStore', 'k'])('that is null tells nothing, or null: %s', (field) => {
    const detail = field === 'query' ? { query: null } : undefined
    expect(read('retrieval', { [field]: null })).toEqual({ detail, repairs: undefined })
  })

  test.each<[string, object, string]>([
    ['llm', { promptTokens: -1 }, 'is a number below 0; give a whole number from 0 to 100000000000; left out'],
    ['llm', { cost: 10_001 }, 'is out of range; give US dollars from 0 to 10000; left out'],
    ['retrieval', { documents: 'none' }, 'is a string of 4 characters; give an array; left out'],
  ])('of %s that is wrong is told with what it was: %j', (kind, detail, reason) => {
    const { span } = acceptSpan({ ...SPAN, kind, detail }) as SpanRecord
    expect(span.repairs).toEqual([{ field: `detail.${Object.keys(detail)[0]}`, reason }])
  })
})

test.each(['run', 'llm', 'tool', 'hook', 'retrieval', 'delegation', 'other'])('a detail of %s is an object', (kind) => {
  expect(read(kind, []).rejected).toBe('detail is an array of 0; give an object')
})
