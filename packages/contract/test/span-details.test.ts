import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { SpanRecord } from '../src/rules/merge-spans.js'

const read = (kind: string, detail: unknown) => {
  const input = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'n',
    startedAt: 1_750_000_000_000,
    kind,
    detail,
  }
  const told = acceptSpan(input) as SpanRecord & { reason?: string }
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
    expect(read('tool', { model: 'm' }).rejected).toMatch(/^detail.model is not a field/)
  })
})
