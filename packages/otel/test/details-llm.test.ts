import { describe, expect, it } from 'vitest'
import { detailOf } from './support/raw-span.js'

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
