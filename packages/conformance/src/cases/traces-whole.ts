import assert from 'node:assert/strict'
import type { SpanDetails } from '@freehold/contract'
import { law } from '../case.js'
import { onlySpan, span, spanId, T0, traceId } from './spans.js'

/** Every field of every kind of detail. */
const DETAILS: { [K in keyof SpanDetails]: Required<SpanDetails[K]> } = {
  run: { provider: 'p', model: 'm', name: 'n' },
  llm: {
    provider: 'p',
    model: 'm',
    temperature: 0.5,
    promptTokens: 1,
    completionTokens: 2,
    cacheReadTokens: 3,
    cacheWriteTokens: 4,
    reasoningTokens: 5,
    cost: 0.5,
    toolCalls: [{ id: 1 }],
    finishReason: 'stop',
    timeToFirstToken: 12.5,
  },
  tool: { tool: 't', callId: 'c', arguments: { a: [1] }, result: null, exception: 'e' },
  hook: { hook: 'h', phase: 'pre', outcome: 'block', modified: 'x' },
  retrieval: {
    query: 'q',
    vectorStore: 'v',
    k: 3,
    documents: [{ id: 'd', score: 0.1, content: 'c', metadata: {} }],
  },
  delegation: { member: 'm', mode: 'route', traceId: traceId(9) },
  other: { any: { thing: [1] } },
}

const FIELDS = {
  parentId: spanId(8),
  status: 'error',
  error: { type: 'T', message: 'm', stack: 's' },
  input: 'in',
  output: ['out'],
  runId: 'run',
  sessionId: 'session',
  userId: 'user',
  agentId: 'agent',
  teamId: 'team',
  workflowId: 'workflow',
  attributes: { a: 1 },
  events: [{ name: 'event', at: T0, attributes: {} }],
  links: [{ traceId: traceId(7), spanId: spanId(7) }],
  resource: { r: 1 },
  scope: { s: 1 },
}

export const wholeCases = [
  law('a span comes back as it was written', async ({ storage: { traces } }) => {
    for (const [n, [kind, detail]] of Object.entries(DETAILS).entries()) {
      const written = span(1, { traceId: traceId(n + 1), kind, detail, ...FIELDS })
      await traces.write([written])
      assert.deepEqual(await onlySpan(traces, n + 1), written)
    }
  }),

  law('names are compared byte for byte', async ({ storage: { traces } }) => {
    const alike = ['name', 'NAME', 'name ', 'n\u00e9', 'ne\u0301']
    for (const [n, name] of alike.entries())
      await traces.write([
        span(1, { traceId: traceId(n + 1), kind: 'tool', detail: { tool: name } }),
        span(2, { traceId: traceId(n + 1), kind: 'llm', detail: { model: name } }),
      ])
    for (const [n, name] of alike.entries())
      for (const query of [{ tool: name }, { model: name }])
        for (const { items } of [await traces.find(query), await traces.spans(query)])
          assert.deepEqual(
            items.map((item) => item.traceId),
            [traceId(n + 1)],
            JSON.stringify(query),
          )
    const stats = await traces.toolStats()
    assert.deepEqual(new Map(stats.map(({ tool, calls }) => [tool, calls])), new Map(alike.map((name) => [name, 1])))
  }),
]
