import type { SpanDetails, SpanKind } from '../span.js'

export type DetailField = 'name' | 'count' | 'number' | 'cost' | 'json' | 'list' | 'traceId' | readonly string[]

/** The detail of each kind: which fields it has, and of what type. `other` takes any object. */
export const DETAIL_FIELDS: {
  [K in Exclude<SpanKind, 'other'>]: { [F in keyof Required<SpanDetails[K]>]: DetailField }
} = {
  run: { provider: 'name', model: 'name', name: 'name' },
  llm: {
    provider: 'name',
    model: 'name',
    temperature: 'number',
    promptTokens: 'count',
    completionTokens: 'count',
    cacheReadTokens: 'count',
    cacheWriteTokens: 'count',
    reasoningTokens: 'count',
    cost: 'cost',
    toolCalls: 'json',
    finishReason: 'name',
    timeToFirstToken: 'number',
  },
  tool: { tool: 'name', callId: 'name', arguments: 'json', result: 'json', exception: 'json' },
  hook: {
    hook: 'name',
    phase: ['pre', 'post'],
    outcome: ['pass', 'modify', 'block'],
    modified: 'json',
  },
  retrieval: { query: 'json', vectorStore: 'name', k: 'count', documents: 'list' },
  delegation: { member: 'name', mode: 'name', traceId: 'traceId' },
}

/** Most tokens of one span: the sum over 10,000 of them is still exact. */
export const MAX_COUNT = 100_000_000_000
/** Most US dollars of one span: in units of 1e-9 the sum over 900 of them is still exact. */
export const MAX_COST = 10_000
