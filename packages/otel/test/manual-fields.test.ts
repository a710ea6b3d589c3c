import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Owners, Span, SpanDetails, SpanKind, Storage } from '@freehold/contract'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage } from 'freehold'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FreeholdSpanProcessor } from '../src/index.js'
import { type AgentTracer, agentTracer, type LlmFields, type LlmStart, type RunStart } from '../src/manual/index.js'
import { givenContexts } from './support/manual.js'

givenContexts()

let directory: string
let storage: Storage
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'freehold-manual-'))
  storage = await openStorage(`sqlite:${join(directory, 'traces.db')}`, { migrate: true })
})
afterAll(async () => {
  await storage.close()
  await rm(directory, { recursive: true })
})

/** What a database tells of the one span that `act` makes. */
async function stored(act: (tracer: AgentTracer) => unknown): Promise<Span> {
  let traceId = ''
  const noting = {
    onStart: (span: { spanContext(): { traceId: string } }) => {
      traceId = span.spanContext().traceId
    },
    onEnd: () => {},
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const provider = new BasicTracerProvider({ spanProcessors: [noting, new FreeholdSpanProcessor(storage.traces)] })
  await act(agentTracer(provider.getTracer('test')))
  await provider.shutdown()
  const trace = await storage.traces.get(traceId)
  return trace!.spans[0]!
}

const OWNERS: Required<Owners> = {
  runId: 'run-1',
  sessionId: 'session-1',
  userId: 'maya',
  agentId: 'agent-1',
  teamId: 'team-1',
  workflowId: 'workflow-1',
}
const INPUT = [{ role: 'user', content: 'Where is my order?' }]
const OUTPUT = { reply: 'On its way.', parts: [1, null, true] }

interface Expected<K extends SpanKind> {
  kind: K
  detail: Required<SpanDetails[K]>
  input?: unknown
}

const read = <K extends SpanKind>({ input = INPUT, ...expected }: Expected<K>) => ({
  ...OWNERS,
  ...expected,
  status: 'ok',
  input,
  output: OUTPUT,
})

describe('every field is read as it was told', () => {
  it.each(['agent', 'team', 'workflow'] as const)('run of type %s', async (type) => {
    const told: Required<RunStart> = {
      ...OWNERS,
      name: 'Support',
      type,
      provider: 'openai',
      model: 'gpt-5',
      input: INPUT,
      output: OUTPUT,
    }
    expect(await stored((tracer) => tracer.run(told, () => {}))).toMatchObject(
      read({ kind: 'run', detail: { name: 'Support', provider: 'openai', model: 'gpt-5' } }),
    )
  })

  const usage = {
    provider: 'openai',
    temperature: 0.2,
    promptTokens: 100,
    completionTokens: 20,
    cacheReadTokens: 60,
    cacheWriteTokens: 10,
    reasoningTokens: 5,
    cost: 0.00123,
    toolCalls: [{ id: 'call-1', name: 'lookup', arguments: { order: 1042 } }],
    finishReason: 'tool_calls',
    timeToFirstToken: 33.3,
  }

  it('llm at its start', async () => {
    const told: Required<LlmStart> = {
      ...OWNERS,
      ...usage,
      operation: 'chat',
      model: 'gpt-5',
      input: INPUT,
      output: OUTPUT,
    }
    expect(await stored((tracer) => tracer.llm(told, () => {}))).toMatchObject(
      read({ kind: 'llm', detail: { ...usage, model: 'gpt-5' } }),
    )
  })

  it('llm later', async () => {
    const told: Required<LlmFields> = { ...OWNERS, ...usage, model: 'gpt-5-2026', input: INPUT, output: OUTPUT }
    const span = await stored((tracer) => tracer.llm({ model: 'gpt-5' }, (span) => span.set(told)))
    expect(span).toMatchObject(read({ kind: 'llm', detail: { ...usage, model: 'gpt-5-2026' } }))
    expect(span.attributes).toMatchObject({ 'gen_ai.request.model': 'gpt-5', 'gen_ai.response.model': 'gpt-5-2026' })
  })

  it.each(['chat', 'text_completion', 'generate_content', 'embeddings'] as const)('llm as %s', async (operation) => {
    expect(await stored((tracer) => tracer.llm({ operation }, () => {}))).toMatchObject({
      kind: 'llm',
      name: operation,
    })
  })

  it('tool', async () => {
    const args = { order: 1042, note: null }
    const span = await stored((tracer) =>
      tracer.tool({ ...OWNERS, name: 'lookup', callId: 'call-1', arguments: args }, () => OUTPUT),
    )
    const { exception: _, ...detail } = {
      tool: 'lookup',
      callId: 'call-1',
      arguments: args,
      result: OUTPUT,
      exception: 0,
    }
    expect(span).toMatchObject({ ...read({ kind: 'tool', detail: detail as never, input: args }) })
  })

  it.each(['pass', 'modify', 'block'] as const)('hook with the outcome %s', async (outcome) => {
    const phase = outcome === 'pass' ? 'pre' : 'post'
    const told = { ...OWNERS, name: 'redact', phase, outcome, modified: { text: '…' }, input: INPUT } as const
    expect(await stored((tracer) => tracer.hook(told, () => OUTPUT))).toMatchObject(
      read({ kind: 'hook', detail: { hook: 'redact', phase, outcome, modified: { text: '…' } } }),
    )
  })

  it.each([['refunds'], [{ text: 'refunds', filter: ['shop'] }]])('retrieval of %j', async (query) => {
    const documents = [
      { id: 'refund-7', score: 0.93, content: 'In full.', metadata: { page: 7 } },
      { id: 'refund-2', score: -0.1, content: { text: 'By a person.' } },
    ]
    const told = { ...OWNERS, query, vectorStore: 'policies', k: 3 }
    const span = await stored((tracer) =>
      tracer.retrieve(told, (span) => {
        span.set({ documents })
        return OUTPUT
      }),
    )
    expect(span).toMatchObject(
      read({ kind: 'retrieval', detail: { query, vectorStore: 'policies', k: 3, documents }, input: query }),
    )
  })

  it('delegation', async () => {
    const told = { ...OWNERS, member: 'clerk', mode: 'route', traceId: 'f'.repeat(32), input: INPUT }
    expect(await stored((tracer) => tracer.delegate(told, async () => OUTPUT))).toMatchObject(
      read({ kind: 'delegation', detail: { member: 'clerk', mode: 'route', traceId: 'f'.repeat(32) } }),
    )
  })
})

describe('what others read as well', () => {
  it('is under the names of OpenTelemetry GenAI', async () => {
    const span = await stored((tracer) =>
      tracer.llm({ provider: 'openai', model: 'gpt-5', input: INPUT }, () => [{ role: 'assistant', content: 'Hi.' }]),
    )
    expect(span.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-5',
      'gen_ai.input.messages': JSON.stringify(INPUT),
      'gen_ai.output.messages': '[{"role":"assistant","content":"Hi."}]',
      'otel.span.kind': 'client',
    })
  })

  it('is, of a delegation, the run of an agent', async () => {
    const span = await stored((tracer) => tracer.delegate({ member: 'clerk' }, () => {}))
    expect(span.attributes).toMatchObject({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'clerk' })
  })
})

it('a text that is JSON is read as what it says', async () => {
  const span = await stored((tracer) =>
    tracer.tool({ name: 'lookup', arguments: '{"order":1042}' }, () => 'In transit.'),
  )
  expect(span.detail).toEqual({ tool: 'lookup', arguments: { order: 1042 }, result: 'In transit.' })
})

it('the usage in the answer of a provider is read, unless it is told', async () => {
  const answer = { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } }
  const read = await stored((tracer) => tracer.llm({ model: 'gpt-5' }, () => answer))
  const told = await stored((tracer) => tracer.llm({ model: 'gpt-5', promptTokens: 9 }, () => answer))
  expect([read.detail, told.detail]).toEqual([
    { model: 'gpt-5', promptTokens: 7, completionTokens: 3 },
    { model: 'gpt-5', promptTokens: 9, completionTokens: 3 },
  ])
})
