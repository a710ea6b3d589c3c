import type { JsonObject, SpanKind } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { CONVENTIONS } from '../src/index.js'
import { detailOf, normalised } from './support/raw-span.js'

const PARENT = { parentId: 'a'.repeat(16) }

describe('the kind of a span is told by', () => {
  it.each<[JsonObject, SpanKind]>([
    [{ 'openinference.span.kind': 'LLM' }, 'llm'],
    [{ 'openinference.span.kind': 'EMBEDDING' }, 'llm'],
    [{ 'openinference.span.kind': 'TOOL' }, 'tool'],
    [{ 'openinference.span.kind': 'RETRIEVER' }, 'retrieval'],
    [{ 'openinference.span.kind': 'RERANKER' }, 'retrieval'],
    [{ 'openinference.span.kind': 'AGENT' }, 'run'],
    [{ 'openinference.span.kind': 'GUARDRAIL' }, 'hook'],
    [{ 'openinference.span.kind': 'CHAIN' }, 'other'],
    [{ 'openinference.span.kind': 'UNKNOWN' }, 'other'],
    [{ 'traceloop.span.kind': 'workflow' }, 'run'],
    [{ 'traceloop.span.kind': 'agent' }, 'run'],
    [{ 'traceloop.span.kind': 'tool' }, 'tool'],
    [{ 'traceloop.span.kind': 'task' }, 'other'],
    [{ 'llm.request.type': 'chat' }, 'llm'],
    [{ 'llm.request.type': 'rerank' }, 'retrieval'],
    [{ 'db.system': 'chroma', 'db.vector.query.top_k': 3 }, 'retrieval'],
    [{ 'langfuse.observation.type': 'generation' }, 'llm'],
    [{ 'langfuse.observation.type': 'retriever' }, 'retrieval'],
    [{ 'langfuse.observation.type': 'span' }, 'other'],
    [{ 'langsmith.span.kind': 'llm' }, 'llm'],
    // LangSmith's exporters call these by an operation of a model as well.
    [{ 'langsmith.span.kind': 'retriever', 'gen_ai.operation.name': 'embeddings' }, 'retrieval'],
    [{ 'langsmith.span.kind': 'prompt', 'gen_ai.operation.name': 'chat' }, 'other'],
    [{ 'lk.function_tool.name': 'judge', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 1 }, 'tool'],
    [{ 'spring.ai.kind': 'tool_call', 'gen_ai.operation.name': 'framework' }, 'tool'],
    [{ 'gen_ai.operation.name': 'rerank' }, 'retrieval'],
    [{ 'gen_ai.operation.name': 'guardrail.run' }, 'hook'],
    [{ 'db.system': 'chroma', 'db.chroma.query.n_results': 3 }, 'retrieval'],
    [{ 'mlflow.spanType': '"CHAT_MODEL"' }, 'llm'],
    [{ 'mlflow.spanType': 'TOOL' }, 'tool'],
    [{ 'genkit:metadata:subtype': 'model' }, 'llm'],
    [{ 'mastra.span.type': 'model_generation' }, 'llm'],
    [{ 'mastra.span.type': 'model_step', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 1 }, 'other'],
    [{ 'lk.function_tool.name': 'search' }, 'tool'],
    [{ 'gen_ai.operation.name': 'chat.completions' }, 'llm'],
    [{ 'gen_ai.operation.name': 'completion' }, 'llm'],
    [{ 'gen_ai.operation.name': 'tool' }, 'tool'],
    // Nobody knows the operation: a bill of nothing is the worst answer.
    [{ 'gen_ai.operation.name': 'think', 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 1 }, 'llm'],
  ])('%j', (attributes, kind) => {
    expect(normalised(attributes, PARENT).kind).toBe(kind)
  })

  it.each<[string, SpanKind]>([
    ['claude_code.interaction', 'run'],
    ['claude_code.llm_request', 'llm'],
    ['claude_code.tool', 'tool'],
    ['claude_code.tool.execution', 'other'],
    ['claude_code.hook', 'hook'],
  ])('the name %s', (name, kind) => {
    expect(normalised({}, { name }).kind).toBe(kind)
  })

  it.each(['openinference.span.kind', 'mlflow.spanType'])('a CHAIN of %s that is the root is a run', (attribute) => {
    expect(normalised({ [attribute]: 'CHAIN' }).kind).toBe('run')
  })

  it.each(['span', 'chain'])('a %s of Langfuse that is the root is a run', (type) => {
    expect(normalised({ 'langfuse.observation.type': type }).kind).toBe('run')
  })
})

describe('a call of a model', () => {
  it('is read by OpenInference', () => {
    const attributes = {
      'openinference.span.kind': 'LLM',
      'llm.provider': 'openai',
      'llm.model_name': 'gpt',
      'llm.invocation_parameters': '{"temperature": 0.3}',
      'llm.token_count.prompt': 100,
      'llm.token_count.completion': 20,
      'llm.token_count.prompt_details.cache_read': 60,
      'llm.token_count.completion_details.reasoning': 5,
      'llm.token_count.total': 120,
      'llm.cost.total': 0.5,
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.tool_calls.0.tool_call.id': 'c1',
      'llm.output_messages.0.message.tool_calls.0.tool_call.function.name': 'search',
    }
    expect(normalised(attributes)).toMatchObject({
      output: [{ role: 'assistant', tool_calls: [{ tool_call: { id: 'c1', function: { name: 'search' } } }] }],
      detail: {
        provider: 'openai',
        model: 'gpt',
        temperature: 0.3,
        promptTokens: 100,
        completionTokens: 20,
        cacheReadTokens: 60,
        reasoningTokens: 5,
        cost: 0.5,
        toolCalls: [{ id: 'c1', function: { name: 'search' } }],
      },
    })
  })

  it('is read by Langfuse', () => {
    const attributes = {
      'langfuse.observation.type': 'generation',
      'langfuse.observation.model.name': 'gpt',
      'langfuse.observation.model.parameters': '{"temperature": 1}',
      'langfuse.observation.usage_details': '{"input": 7, "output": 3, "total": 10}',
      'langfuse.observation.cost_details': '{"total": 0.25}',
    }
    expect(detailOf(attributes)).toEqual({
      model: 'gpt',
      temperature: 1,
      promptTokens: 7,
      completionTokens: 3,
      cost: 0.25,
    })
  })

  it.each([
    [{ input: 500, output: 20, cache_read_input_tokens: 400 }, 900, 20],
    [{ input: 0, output: 0, total: 150, input_modality_1: 100, output_modality_1: 50 }, 100, 50],
    [{ input: 30, output: 20, total: 120, input_cached_tokens: 20, input_audio_tokens: 50 }, 100, 20],
    [{ input: 7, output: 3, output_reasoning_tokens: 5 }, 7, 8],
    [{ prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } }, 100, 20],
  ])('is read by Langfuse, whose buckets have nothing in common: %j', (usage, promptTokens, completionTokens) => {
    const attributes = {
      'langfuse.observation.type': 'generation',
      'langfuse.observation.usage_details': JSON.stringify(usage),
    }
    expect(detailOf(attributes)).toMatchObject({ promptTokens, completionTokens })
  })

  it('is read by the span of a whole query of the Claude Agent SDK, where no call has one', () => {
    const attributes = {
      'openinference.span.kind': 'AGENT',
      'llm.model_name': 'claude',
      'llm.token_count.prompt': 5,
      'llm.token_count.completion': 2,
      'llm.token_count.prompt_details.cache_read': 3,
      'llm.cost.total': 0.5,
    }
    expect(normalised(attributes, { name: 'ClaudeAgentSDK.query' })).toMatchObject({
      kind: 'llm',
      detail: { model: 'claude', promptTokens: 8, completionTokens: 2, cacheReadTokens: 3, cost: 0.5 },
    })
  })

  it.each(['"gpt"', 'gpt'])('is read by MLflow with the model %s', (model) => {
    expect(detailOf({ 'mlflow.spanType': 'LLM', 'mlflow.llm.model': model })).toEqual({ model: 'gpt' })
  })

  it('is read by MLflow, whose values are JSON', () => {
    const attributes = {
      'mlflow.spanType': '"LLM"',
      'mlflow.llm.model': '"gpt"',
      'mlflow.chat.tokenUsage': '{"input_tokens": 7, "output_tokens": 3}',
    }
    expect(detailOf(attributes)).toEqual({ model: 'gpt', promptTokens: 7, completionTokens: 3 })
  })

  it('is read by Genkit', () => {
    const attributes = {
      'genkit:metadata:subtype': 'model',
      'genkit:name': 'gemini',
      'genkit:output': '{"usage": {"inputTokens": 7, "outputTokens": 3, "thoughtsTokens": 2, "totalTokens": 12}}',
    }
    expect(detailOf(attributes)).toEqual({ model: 'gemini', promptTokens: 7, completionTokens: 5, reasoningTokens: 2 })
  })

  it('is read by pydantic-ai', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.details.cache_read_tokens': 4,
      'gen_ai.usage.cache_write_tokens': 2,
      'gen_ai.usage.details.reasoning_tokens': 1,
      'gen_ai.usage.output_tokens': 5,
    }
    expect(detailOf(attributes)).toEqual({
      promptTokens: 10,
      cacheReadTokens: 4,
      cacheWriteTokens: 2,
      completionTokens: 5,
      reasoningTokens: 1,
    })
  })
})

describe('tokens of the prompt are told with those that were cached', () => {
  const usage = { prompt: 100, completion: 20, cacheRead: 30, cacheWrite: 10 }
  const attributes = (total?: number) => ({
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': usage.prompt,
    'gen_ai.usage.output_tokens': usage.completion,
    'gen_ai.usage.cache_read.input_tokens': usage.cacheRead,
    'gen_ai.usage.cache_write.input_tokens': usage.cacheWrite,
    ...(total === undefined ? {} : { 'gen_ai.usage.total_tokens': total }),
  })

  it.each([
    [undefined, 100],
    [120, 100],
    [160, 140],
    [999, 100],
  ])('where the sum of all is %s', (total, prompt) => {
    expect(detailOf(attributes(total))).toMatchObject({ promptTokens: prompt, completionTokens: 20 })
  })

  it('where a source never does', () => {
    const tokens = { input_tokens: 100, output_tokens: 20, cache_read_tokens: 30, cache_creation_tokens: 10 }
    expect(detailOf(tokens, { name: 'claude_code.llm_request' })).toEqual({
      promptTokens: 140,
      completionTokens: 20,
      cacheReadTokens: 30,
      cacheWriteTokens: 10,
    })
  })
})

it('reasoning that is left out is told from what was cached, where both are as many', () => {
  const attributes = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 50,
    'gen_ai.usage.total_tokens': 170,
    'gen_ai.usage.cache_read.input_tokens': 20,
    'gen_ai.usage.reasoning.output_tokens': 20,
  }
  expect(detailOf(attributes)).toMatchObject({ promptTokens: 100, completionTokens: 70 })
})

it.each<[string, JsonObject]>([
  ['GET /', { agent_id: 'edge-17', tool_input: 'x', 'http.request.method': 'GET' }],
  ['chat', { 'gen_ai.operation.name': 'chat', model: 'x', input_tokens: 9 }],
])('names that are common say nothing in a span %s of somebody else', (name, attributes) => {
  const { agentId, input, detail } = normalised(attributes, { name })
  expect({ agentId, input, detail }).toEqual({
    agentId: undefined,
    input: undefined,
    detail: name === 'chat' ? {} : undefined,
  })
})

it('the documents of a search come as events', () => {
  const event = {
    name: 'db.query.result',
    at: 1_500,
    attributes: { 'db.query.result.id': 'd', 'db.query.result.distance': 0.5 },
  }
  const attributes = { 'db.system': 'chroma', 'db.vector.query.top_k': 1 }
  expect(normalised(attributes, { events: [event] }).detail).toMatchObject({ documents: [{ id: 'd', score: 0.5 }] })
})

it('input and output of two events of one name are both read', () => {
  const name = 'gen_ai.client.inference.operation.details'
  const events = [
    { name, at: 1_500, attributes: { 'gen_ai.input.messages': 'asked' } },
    { name, at: 1_600, attributes: { 'gen_ai.output.messages': 'answered' } },
  ]
  expect(normalised({ 'gen_ai.operation.name': 'chat' }, { events })).toMatchObject({
    input: 'asked',
    output: 'answered',
  })
})

it('an id that is a number larger than a double keeps its digits', () => {
  expect(normalised({ metadata: '{"user_id": 1234567890123456789}' }).userId).toBe('1234567890123456789')
})

it.each([42, '42'])('the thread of a process is no session: %j', (thread) => {
  expect(normalised({ 'thread.id': thread })).not.toHaveProperty('sessionId')
})

describe('a span of Langfuse', () => {
  it('has failed where its level says so', () => {
    const attributes = { 'langfuse.observation.level': 'ERROR', 'langfuse.observation.status_message': 'no answer' }
    expect(normalised(attributes)).toMatchObject({ status: 'error', error: { message: 'no answer' } })
  })

  it('has not where it says something else', () => {
    expect(normalised({ 'langfuse.observation.level': 'WARNING' }).status).toBe('ok')
  })
})

it.each([
  [{ metadata: '{"thread_id": "t"}' }, 't'],
  [{ 'langsmith.metadata.thread_id': 't' }, 't'],
  [{ 'traceloop.association.properties.session_id': 't' }, 't'],
  [{ 'langfuse.session.id': 't' }, 't'],
  [{ 'gcp.vertex.agent.session_id': 't' }, 't'],
  [{ metadata: '{"thread_id": ' }, undefined],
  [{ metadata: '[1]' }, undefined],
])('the session of %j', (attributes, sessionId) => {
  expect(normalised(attributes as JsonObject).sessionId).toBe(sessionId)
})

it('names that stand in each other’s way lose nothing', () => {
  const attributes = {
    'openinference.span.kind': 'LLM',
    'llm.input_messages.0.message': 'hi',
    'llm.input_messages.0.message.role': 'user',
    'llm.input_messages.1.message.contents.3.text': 'b',
    'llm.input_messages.1.message.contents.1.text': 'a',
    'llm.input_messages.1.message.__proto__.x': 1,
  }
  const { input } = normalised(attributes)
  expect(JSON.stringify(input)).toBe('["hi",{"contents":[{"text":"a"},{"text":"b"}],"__proto__":{"x":1}}]')
})

it.each<[string[], string]>([
  [['0.message.role', '0.message.content', '0.message'], '[{"message":{"role":"0","content":"1"},"message.":"2"}]'],
  [['0.role', '00.role'], '[{"role":"0"}]'],
  [['0.years.2024', '0.years.2025'], '[{"years":{"2024":"0","2025":"1"}}]'],
])('numbered attributes %j are nested without a loss', (names, read) => {
  const attributes = Object.fromEntries(names.map((name, n) => [`gen_ai.prompt.${name}`, String(n)]))
  expect(JSON.stringify(normalised(attributes).input)).toBe(read)
})

it('every dialect says which versions it was read from', () => {
  const names = CONVENTIONS.dialects.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(CONVENTIONS.dialects.filter(({ version }) => !/\d/.test(version))).toEqual([])
})
