import { readdirSync, readFileSync } from 'node:fs'
import { acceptSpan, type SpanInput } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'

const DIRECTORY = new URL('fixtures/framework-traces/', import.meta.url)

interface Expected {
  traceId: string
  spans: number
  sessionId: string | null
  userId: string | null
  generations: { spanId: string; model: string; usage: { input: number; output: number } }[]
  errors: number
}

const EXPECTED = JSON.parse(readFileSync(new URL('expected.json', DIRECTORY), 'utf8')) as Record<string, Expected>
const NAMES = readdirSync(DIRECTORY)
  .filter((file) => file.endsWith('.otlp.json'))
  .map((file) => file.replace('.otlp.json', ''))

/**
 * How many calls have tokens. The expectation counts calls that tell none (it tokenises their text itself) and outer spans as
 * generations: those are not `llm` with tokens here. See docs/decisions/2026-11-30-what-frameworks-tell.md.
 */
const READ: Record<string, number> = {
  'crewai-2025-07-11': 1,
  'google-adk-2025-08-28': 2,
  'koog-2025-08-26': 0,
  'microsoft-agent-2025-12-17': 2,
  'openai-agents-2025-09-30': 2,
  'pydantic-ai-tools-2025-12-04': 4,
  'vercel-aisdk-2025-11-17': 1,
}

function read(name: string) {
  return fromOtlp(readFileSync(new URL(`${name}.otlp.json`, DIRECTORY), 'utf8'))
}

function kindsOf(spans: readonly SpanInput[]): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const { kind = 'other' } of spans) kinds[kind] = (kinds[kind] ?? 0) + 1
  return kinds
}

describe.each(NAMES)('%s', (name) => {
  const expected = EXPECTED[name]!

  it('is read whole', () => {
    const { spans, rejected, warnings } = read(name)
    expect({ spans: spans.length, rejected, warnings }).toEqual({ spans: expected.spans, rejected: [], warnings: [] })
  })

  it('is accepted by the contract without a repair', () => {
    const { spans } = read(name)
    expect(spans.map(acceptSpan)).toEqual(
      spans.map(() => expect.objectContaining({ span: expect.not.objectContaining({ repairs: expect.anything() }) })),
    )
  })

  it('keeps its trace id', () => {
    expect(new Set(read(name).spans.map((span) => span.traceId))).toEqual(new Set([expected.traceId]))
  })

  it('has the expected number of errors', () => {
    expect(read(name).spans.filter((span) => span.status === 'error')).toHaveLength(expected.errors)
  })
})

describe.each(Object.entries(READ))('%s', (name, withTokens) => {
  it('has the expected model and tokens on its generations', () => {
    const generations = new Map(EXPECTED[name]!.generations.map(({ spanId, ...rest }) => [spanId, rest]))
    const counted = read(name).spans.filter((span) => span.kind === 'llm' && span.detail?.promptTokens !== undefined)
    expect(counted.map((span) => span.detail)).toEqual(
      counted.map((span) => {
        const { model, usage } = generations.get(span.spanId)!
        return expect.objectContaining({ model, promptTokens: usage.input, completionTokens: usage.output })
      }),
    )
  })

  it('counts the tokens of no other span', () => {
    const counted = read(name).spans.filter((span) => span.kind === 'llm' && span.detail?.promptTokens !== undefined)
    expect(counted).toHaveLength(withTokens)
  })
})

it('agno-2025-06-11 has what its provider counted, where the expectation counts the text of the same calls once more', () => {
  const llm = read('agno-2025-06-11').spans.filter(({ kind }) => kind === 'llm')
  expect(llm.map(({ spanId, detail }) => [spanId, detail])).toEqual([
    ['b38a82eaa62b551e', expect.objectContaining({ model: 'gpt-4o-mini', promptTokens: 663, completionTokens: 225 })],
    ['ca136de468e156c9', expect.objectContaining({ model: 'gpt-4o-mini', promptTokens: 163, completionTokens: 20 })],
  ])
})

it.each([
  ['agno-2025-06-11', { run: 1, llm: 2, tool: 1, other: 2 }],
  ['crewai-2025-07-11', { run: 1, llm: 1, other: 4 }],
  ['openai-agents-2025-09-30', { run: 2, llm: 2, tool: 1 }],
  ['google-adk-2025-08-28', { run: 2, llm: 2, tool: 1 }],
  ['koog-2025-08-26', { run: 2, llm: 2, tool: 2, other: 5 }],
  ['microsoft-agent-2025-12-17', { run: 1, llm: 2, tool: 1 }],
  ['pydantic-ai-tools-2025-12-04', { run: 3, llm: 4, tool: 3, other: 2 }],
  ['vercel-aisdk-2025-11-17', { run: 1, llm: 1, tool: 1 }],
])('%s has the kinds %j', (name, kinds) => {
  expect(kindsOf(read(name).spans)).toEqual(kinds)
})

it.each(NAMES.filter((name) => EXPECTED[name]!.sessionId !== null))('%s has its session and user', (name) => {
  const { sessionId, userId } = EXPECTED[name]!
  const spans = read(name).spans
  expect({
    sessionId: spans.find((span) => span.sessionId !== undefined)?.sessionId ?? null,
    userId: spans.find((span) => span.userId !== undefined)?.userId ?? null,
  }).toEqual({ sessionId, userId })
})
