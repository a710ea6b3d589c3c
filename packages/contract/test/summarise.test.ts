import { describe, expect, test } from 'vitest'
import { factsOf, MAX_NAMES, mergeSummaries, summarise } from '../src/rules/summarise.js'
import type { SpanFacts } from '../src/rules/summary-state.js'
import type { Span } from '../src/span.js'

const TOKENS = { prompt: 0, completion: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

const fact = (spanId: string, fields: Partial<SpanFacts> = {}): SpanFacts => ({
  spanId,
  name: `span ${spanId}`,
  kind: 'other',
  status: 'ok',
  startedAt: 10,
  tokens: TOKENS,
  costNanos: 0,
  ...fields,
})
const of = (...facts: SpanFacts[]) => summarise('t', facts).summary
const names = (count: number) => Array.from({ length: count }, (_, i) => `m${String(i).padStart(3, '0')}`)

describe('the root of a trace', () => {
  test.each<[string, SpanFacts[], string]>([
    ['is the one without a parent', [fact('a', { parentId: 'b', startedAt: 1 }), fact('b')], 'b'],
    [
      'is the one without a parent, whichever comes first',
      [fact('b'), fact('a', { parentId: 'b', startedAt: 1 })],
      'b',
    ],
    ['is the earliest of several', [fact('a', { startedAt: 11 }), fact('b'), fact('c', { startedAt: 10.001 })], 'b'],
    ['is the least id of one time', [fact('c'), fact('a'), fact('b')], 'a'],
    [
      'is the earliest span where all have parents',
      [fact('a', { parentId: 'x' }), fact('b', { parentId: 'x', startedAt: 9 })],
      'b',
    ],
    ['is the least id of those', [fact('b', { parentId: 'x' }), fact('a', { parentId: 'x' })], 'a'],
  ])('%s', (_, facts, root) => {
    expect(of(...facts).rootSpanId).toBe(root)
  })

  test('gives its name, kind and previews', () => {
    const root = fact('b', { kind: 'run', inputPreview: 'in', outputPreview: 'out' })
    const other = fact('a', { parentId: 'b', startedAt: 1, inputPreview: 'no', outputPreview: 'no' })
    expect(of(other, root)).toMatchObject({ name: 'span b', kind: 'run', inputPreview: 'in', outputPreview: 'out' })
  })

  test('gives no preview that is not its own', () => {
    expect(of(fact('a'), fact('b', { inputPreview: 'no', startedAt: 11 }))).not.toHaveProperty('inputPreview')
  })
})

describe('the status of a trace', () => {
  test.each<[Span['status'][], Span['status'], number, number]>([
    [['ok'], 'ok', 0, 0],
    [['ok', 'ok'], 'ok', 0, 0],
    [['ok', 'running'], 'running', 0, 1],
    [['running', 'error'], 'error', 1, 1],
    [['error', 'ok', 'error'], 'error', 2, 0],
    [['running', 'running', 'ok'], 'running', 0, 2],
  ])('of %j is %s', (statuses, status, errors, running) => {
    expect(of(...statuses.map((one, i) => fact(String(i), { status: one })))).toMatchObject({ status, errors, running })
  })
})

describe('the times of a trace', () => {
  test.each<[string, (number | undefined)[], number | undefined]>([
    ['the latest', [3, 5, 4], 5],
    ['of those that ended', [undefined, 3, undefined], 3],
    ['not there where none has', [undefined, undefined], undefined],
    ['at the beginning of time', [0, undefined], 0],
  ])('its end is %s', (_, ends, end) => {
    expect(of(...ends.map((endedAt, i) => fact(String(i), { endedAt }))).endedAt).toBe(end)
  })

  test('its start is the earliest, whether of the root or not', () => {
    expect(of(fact('a'), fact('b', { parentId: 'a', startedAt: 9.999 })).startedAt).toBe(9.999)
  })
})

describe('the owners of a trace', () => {
  test.each<[string, SpanFacts[], string | undefined]>([
    ['the first in time', [fact('a', { userId: 'late', startedAt: 11 }), fact('b', { userId: 'early' })], 'early'],
    ['of one time that of the least id', [fact('b', { userId: 'b' }), fact('a', { userId: 'a' })], 'a'],
    ['the first known, not that of the root', [fact('a', { startedAt: 1 }), fact('b', { userId: 'b' })], 'b'],
    ['nobody', [fact('a')], undefined],
  ])('%s', (_, facts, owner) => {
    expect(of(...facts).userId).toBe(owner)
  })

  test('are not there where there are none', () => {
    const { summary, owners } = summarise('t', [fact('a'), fact('b')])
    expect([Object.keys(owners), 'userId' in summary, 'runId' in summary]).toEqual([[], false, false])
  })

  test('are found each for itself', () => {
    const owners = { runId: 'r', sessionId: 's', agentId: 'g', teamId: 't', workflowId: 'w' }
    const others = Object.fromEntries(Object.keys(owners).map((field) => [field, 'no']))
    expect(
      of(
        fact('a', { userId: 'u', startedAt: 5 }),
        fact('b', { ...others, startedAt: 7 }),
        fact('c', { ...owners, startedAt: 6 }),
      ),
    ).toMatchObject({ ...owners, userId: 'u' })
  })

  test('stay those of the first when a third comes between', () => {
    const state = (facts: SpanFacts) => summarise('t', [facts])
    const merged = mergeSummaries(
      mergeSummaries(state(fact('a', { userId: 'a', startedAt: 5 })), state(fact('c', { userId: 'c', startedAt: 7 }))),
      state(fact('b', { userId: 'b', startedAt: 6 })),
    )
    expect([merged.summary.userId, merged.owners]).toEqual(['a', { userId: [5, 'a'] }])
  })
})

describe('what is counted', () => {
  test('spans, and those of each kind', () => {
    expect(of(fact('a', { kind: 'llm' }), fact('b', { kind: 'tool' }), fact('c', { kind: 'llm' }))).toMatchObject({
      spans: 3,
      kinds: { llm: 2, tool: 1 },
    })
  })

  test('tokens of each sort', () => {
    const tokens = { prompt: 1, completion: 2, cacheRead: 3, cacheWrite: 4, reasoning: 5 }
    expect(of(fact('a', { tokens }), fact('b', { tokens: { ...tokens, reasoning: 50 } })).tokens).toEqual({
      prompt: 2,
      completion: 4,
      cacheRead: 6,
      cacheWrite: 8,
      reasoning: 55,
    })
  })

  test('cost of one span', () => {
    expect(of(fact('a', { costNanos: 1_500_000_000 })).cost).toBe(1.5)
  })

  test('cost, to a billionth', () => {
    expect(
      of(fact('a', { costNanos: 1 }), fact('b', { costNanos: 100_000_000 }), fact('c', { costNanos: 200_000_000 }))
        .cost,
    ).toBe(0.300000001)
  })
})

describe('the names in a trace', () => {
  test.each([
    ['none', [], []],
    ['each once, by code unit', ['b', 'a', 'B', 'a'], ['B', 'a', 'b']],
    ['fifty', names(50).reverse(), names(50)],
    ['the first fifty of more', names(51).reverse(), names(50)],
  ])('%s', (_, given, shown) => {
    const facts = given.map((name, i) => fact(`s${i}`, { model: name, tool: name }))
    const { models, tools } = of(fact('0'), ...facts)
    expect([models, tools]).toEqual([shown, shown])
  })

  test('are at most fifty', () => {
    expect(MAX_NAMES).toBe(50)
  })
})

describe('what a summary needs of a span', () => {
  const span = (fields: Partial<Span>): Span =>
    ({ traceId: 't', spanId: 's', name: 'n', kind: 'other', status: 'ok', startedAt: 1, ...fields }) as Span
  const counts = { promptTokens: 1, completionTokens: 2, cacheReadTokens: 3, cacheWriteTokens: 4, reasoningTokens: 5 }

  test('tokens and cost of a call of a model', () => {
    expect(factsOf(span({ kind: 'llm', detail: { model: 'm', ...counts, cost: 0.0000000014 } }))).toMatchObject({
      model: 'm',
      tokens: { prompt: 1, completion: 2, cacheRead: 3, cacheWrite: 4, reasoning: 5 },
      costNanos: 1,
    })
  })

  test('the model of a run, and no tokens that it may have', () => {
    const facts = factsOf(span({ kind: 'run', detail: { model: 'm', ...counts, cost: 1 } as never }))
    expect(facts).toMatchObject({ model: 'm', tokens: TOKENS, costNanos: 0 })
  })

  test.each(['llm', 'run', 'tool'] as const)('no names where a %s has no detail', (kind) => {
    const facts = factsOf(span({ kind }))
    expect([facts.model, facts.tool]).toEqual([undefined, undefined])
  })

  test('no tool of what is no call of one', () => {
    expect(factsOf(span({ detail: { tool: 'search' } as never }))).not.toHaveProperty('tool')
  })

  test('the tool of a call of a tool', () => {
    const facts = factsOf(span({ kind: 'tool', detail: { tool: 'search', model: 'm' } as never }))
    expect([facts.tool, facts.model]).toEqual(['search', undefined])
  })

  test('where it was, and of whom', () => {
    const fields = {
      parentId: 'p',
      endedAt: 2,
      status: 'error',
      runId: 'r',
      userId: 'u',
      input: 'in',
      output: 'out',
    } as const
    const { input: _, output: __, ...kept } = fields
    expect(factsOf(span(fields))).toEqual({
      spanId: 's',
      name: 'n',
      kind: 'other',
      startedAt: 1,
      tokens: TOKENS,
      costNanos: 0,
      inputPreview: 'in',
      outputPreview: 'out',
      ...kept,
    })
  })
})
