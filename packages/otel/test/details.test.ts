import { describe, expect, it } from 'vitest'
import { detailOf, normalised } from './support/raw-span.js'

const HOOK = { 'hook.name': 'guard', 'hook.phase': 'pre' }

describe('llm', () => {
  it('reads OpenTelemetry GenAI', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.model': 'claude',
      'gen_ai.response.model': 'claude-1',
      'gen_ai.request.temperature': 0.2,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.output_tokens': 20,
      'gen_ai.usage.cache_read.input_tokens': 60,
      'gen_ai.usage.cache_write.input_tokens': 10,
      'gen_ai.usage.reasoning.output_tokens': 5,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': 0.25,
    }
    expect(detailOf(attributes)).toEqual({
      provider: 'anthropic',
      model: 'claude-1',
      temperature: 0.2,
      promptTokens: 100,
      completionTokens: 20,
      cacheReadTokens: 60,
      cacheWriteTokens: 10,
      reasoningTokens: 5,
      finishReason: 'stop',
      timeToFirstToken: 250,
    })
  })

  it('reads the names that OpenTelemetry GenAI had before', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.system': 'openai',
      'gen_ai.request.model': 'gpt',
      'gen_ai.usage.prompt_tokens': 100,
      'gen_ai.usage.completion_tokens': 20,
      'gen_ai.usage.cache_creation.input_tokens': 10,
    }
    expect(detailOf(attributes)).toEqual({
      provider: 'openai',
      model: 'gpt',
      promptTokens: 100,
      completionTokens: 20,
      cacheWriteTokens: 10,
    })
  })

  it('prefers the current name to the old one', () => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.system': 'old', 'gen_ai.provider.name': 'new' }
    expect(detailOf(attributes)).toEqual({ provider: 'new' })
  })

  it('reads the Vercel AI SDK', () => {
    const attributes = {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt',
      'ai.response.model': 'gpt-2026',
      'ai.settings.temperature': 0,
      'ai.usage.inputTokens': 100,
      'ai.usage.outputTokens': 20,
      'ai.usage.cachedInputTokens': 40,
      'ai.usage.reasoningTokens': 4,
      'ai.response.finishReason': 'tool-calls',
      'ai.response.toolCalls': '[{"toolName":"search"}]',
      'ai.response.msToFirstChunk': 31.5,
    }
    expect(detailOf(attributes)).toEqual({
      provider: 'openai.chat',
      model: 'gpt',
      temperature: 0,
      promptTokens: 100,
      completionTokens: 20,
      cacheReadTokens: 40,
      reasoningTokens: 4,
      finishReason: 'tool-calls',
      toolCalls: [{ toolName: 'search' }],
      timeToFirstToken: 31.5,
    })
  })

  it('reads the token names of the Vercel AI SDK before version 5', () => {
    const attributes = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.usage.promptTokens': 7,
      'ai.usage.completionTokens': 3,
    }
    expect(detailOf(attributes)).toEqual({ promptTokens: 7, completionTokens: 3 })
  })

  it('counts the tokens of an embedding as prompt', () => {
    expect(detailOf({ 'ai.operationId': 'ai.embed.doEmbed', 'ai.usage.tokens': 9 })).toEqual({ promptTokens: 9 })
  })

  it('finds tool calls in the output messages of GenAI', () => {
    const call = { type: 'tool_call', id: '1', name: 'search', arguments: { q: 'x' } }
    const messages = JSON.stringify([{ role: 'assistant', parts: [{ type: 'text', content: 'hm' }, call] }])
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.output.messages': messages }
    expect(detailOf(attributes)).toEqual({ toolCalls: [call] })
  })

  it('adds cached tokens to a prompt that left them out', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 10,
      'gen_ai.usage.cache_read.input_tokens': 400,
      'gen_ai.usage.cache_write.input_tokens': 50,
    }
    expect(detailOf(attributes)).toMatchObject({ promptTokens: 460, cacheReadTokens: 400, cacheWriteTokens: 50 })
  })

  it('leaves a prompt that includes its cached tokens as it is', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 400,
      'gen_ai.usage.cache_read.input_tokens': 400,
    }
    expect(detailOf(attributes)).toMatchObject({ promptTokens: 400 })
  })

  it('adds reasoning tokens to a completion that left them out', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.reasoning.output_tokens': 30,
    }
    expect(detailOf(attributes)).toMatchObject({ completionTokens: 40 })
  })

  it.each([
    ['12', 12],
    ['', undefined],
    ['many', undefined],
    [-1, undefined],
    [1.5, undefined],
    [Number.NaN, undefined],
  ])('reads a token count written as %j as %j', (written, promptTokens) => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.input_tokens': written }
    expect(detailOf(attributes)).toEqual(promptTokens === undefined ? {} : { promptTokens })
  })

  it('goes on to the next name when a value is unusable', () => {
    const attributes = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.usage.input_tokens': 'many',
      'gen_ai.usage.prompt_tokens': 5,
    }
    expect(detailOf(attributes)).toEqual({ promptTokens: 5 })
  })

  it('reads the first of finish reasons that are JSON in a text', () => {
    const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.response.finish_reasons': '["length","stop"]' }
    expect(detailOf(attributes)).toEqual({ finishReason: 'length' })
  })
})

describe('tool', () => {
  it('reads OpenTelemetry GenAI', () => {
    const attributes = {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'search',
      'gen_ai.tool.call.id': 'call-1',
      'gen_ai.tool.call.arguments': '{"q":"x"}',
      'gen_ai.tool.call.result': '[1,2]',
    }
    expect(detailOf(attributes)).toEqual({ tool: 'search', callId: 'call-1', arguments: { q: 'x' }, result: [1, 2] })
  })

  it('reads the Vercel AI SDK', () => {
    const attributes = {
      'ai.operationId': 'ai.toolCall',
      'ai.toolCall.name': 'search',
      'ai.toolCall.id': 'call-1',
      'ai.toolCall.args': '{"q":"x"}',
      'ai.toolCall.result': '"found"',
    }
    expect(detailOf(attributes)).toEqual({ tool: 'search', callId: 'call-1', arguments: { q: 'x' }, result: 'found' })
  })

  it('keeps arguments that are broken JSON as text', () => {
    expect(detailOf({ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.args': '{"q":' })).toEqual({ arguments: '{"q":' })
  })

  it('has the exception of a call that failed', () => {
    const events = [
      { name: 'exception', at: 1_500, attributes: { 'exception.type': 'TypeError', 'exception.message': 'no' } },
    ]
    const detail = detailOf({ 'gen_ai.tool.name': 'search' }, { failed: true, events })
    expect(detail).toEqual({ tool: 'search', exception: { type: 'TypeError', message: 'no' } })
  })
})

describe('other kinds', () => {
  it('reads the run of an agent', () => {
    const attributes = {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt',
      'gen_ai.agent.name': 'Support',
    }
    expect(detailOf(attributes)).toEqual({ provider: 'openai', model: 'gpt', name: 'Support' })
  })

  it('reads a run of the Vercel AI SDK', () => {
    const attributes = {
      'ai.operationId': 'ai.generateText',
      'ai.model.provider': 'openai.chat',
      'ai.model.id': 'gpt',
      'ai.telemetry.functionId': 'support',
      'ai.usage.inputTokens': 100,
    }
    expect(detailOf(attributes)).toEqual({ provider: 'openai.chat', model: 'gpt', name: 'support' })
  })

  it('reads a hook', () => {
    const attributes = {
      'hook.name': 'redact',
      'hook.phase': 'pre',
      'hook.outcome': 'modify',
      'hook.modified': '{"text":"…"}',
    }
    expect(detailOf(attributes)).toEqual({ hook: 'redact', phase: 'pre', outcome: 'modify', modified: { text: '…' } })
  })

  it('reads allow as pass', () => {
    expect(detailOf({ ...HOOK, 'hook.outcome': 'allow' })).toEqual({ hook: 'guard', phase: 'pre', outcome: 'pass' })
  })

  it('leaves out a phase that does not exist', () => {
    expect(detailOf({ 'hook.name': 'guard', 'hook.phase': 'during' })).toEqual({ hook: 'guard' })
  })

  it('reads a delegation', () => {
    const traceId = '0AF7651916CD43DD8448EB211C80319C'
    const attributes = { 'delegation.member': 'risk', 'delegation.mode': 'route', 'delegation.trace_id': traceId }
    expect(detailOf(attributes)).toEqual({ member: 'risk', mode: 'route', traceId: traceId.toLowerCase() })
  })

  it('reads a retrieval with its documents', () => {
    const attributes = {
      'gen_ai.operation.name': 'retrieval',
      'gen_ai.retrieval.query.text': 'refunds',
      'gen_ai.data_source.id': 'policies',
      'gen_ai.retrieval.top_k': 2,
      'gen_ai.retrieval.documents': '[{"id":7,"score":0.9,"content":"A"},{"id":"b","score":"-0.1","title":"B"}]',
    }
    expect(detailOf(attributes)).toEqual({
      query: 'refunds',
      vectorStore: 'policies',
      k: 2,
      documents: [
        { id: '7', score: 0.9, content: 'A' },
        { id: 'b', score: -0.1 },
      ],
    })
  })

  it('reads the ranking of a rerank as documents', () => {
    const attributes = { 'ai.operationId': 'ai.rerank', 'ai.ranking': ['{"index":1,"relevanceScore":0.7}'] }
    expect(detailOf(attributes)).toEqual({ documents: [{ id: '1', score: 0.7 }] })
  })

  it('gives other spans no detail', () => {
    expect(normalised({ 'http.route': '/' })).not.toHaveProperty('detail')
  })
})
