import type { SpanInput } from '@freehold/contract'

export function traceIdOf(n: number): string {
  return n.toString(16).padStart(32, '0')
}

export function spanOf(traceId: string, n: number): SpanInput {
  return {
    traceId,
    spanId: (n + 1).toString(16).padStart(16, '0'),
    name: `span ${n}`,
    kind: 'llm',
    startedAt: 1_763_391_318_786.123 + n,
    endedAt: 1_763_391_319_786.123 + n,
    input: [{ role: 'user', content: 'hello' }],
    detail: { model: 'gpt-5', promptTokens: 10, completionTokens: 2 },
  }
}
