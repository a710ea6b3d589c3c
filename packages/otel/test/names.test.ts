import type { SpanEvent, SpanInput } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { detailOf, normalised } from './support/raw-span.js'

const GEN_AI = 'gen_ai.operation.name'
const VERCEL = 'ai.operationId'

const event = (name: string, attribute: string): SpanEvent => ({ name, at: 1_500, attributes: { [attribute]: 'x' } })

describe('every name of an attribute is read: by', () => {
  it.each<[string, keyof SpanInput]>([
    ['workflow.id', 'workflowId'],
    ['gen_ai.workflow.name', 'workflowId'],
    ['hook.input', 'input'],
    ['delegation.input', 'input'],
    ['gen_ai.input.messages', 'input'],
    ['gen_ai.prompt', 'input'],
    ['ai.prompt.messages', 'input'],
    ['ai.prompt', 'input'],
    ['ai.values', 'input'],
    ['ai.value', 'input'],
    ['ai.documents', 'input'],
    ['hook.output', 'output'],
    ['delegation.output', 'output'],
    ['gen_ai.output.messages', 'output'],
    ['gen_ai.completion', 'output'],
    ['final_result', 'output'],
    ['ai.response.text', 'output'],
    ['ai.response.object', 'output'],
    ['ai.response.toolCalls', 'output'],
    ['ai.result.text', 'output'],
    ['ai.result.object', 'output'],
    ['ai.result.toolCalls', 'output'],
  ])('%s the %s', (attribute, field) => {
    expect(normalised({ [attribute]: 'x' })).toMatchObject({ [field]: 'x' })
  })

  it.each([
    ['run', GEN_AI, 'create_agent', 'gen_ai.provider.name', 'provider'],
    ['run', GEN_AI, 'create_agent', 'gen_ai.system', 'provider'],
    ['run', GEN_AI, 'create_agent', 'gen_ai.request.model', 'model'],
    ['run', GEN_AI, 'create_agent', 'gen_ai.response.model', 'model'],
    ['run', GEN_AI, 'create_agent', 'model_name', 'model'],
    ['run', GEN_AI, 'create_agent', 'gen_ai.agent.name', 'name'],
    ['run', GEN_AI, 'create_agent', 'gen_ai.workflow.name', 'name'],
    ['run', VERCEL, 'ai.generateText', 'ai.model.id', 'model'],
    ['run', VERCEL, 'ai.generateText', 'ai.response.model', 'model'],
    ['run', VERCEL, 'ai.generateText', 'ai.telemetry.metadata.agentName', 'name'],
    ['run', VERCEL, 'ai.generateText', 'ai.telemetry.functionId', 'name'],
    ['run', VERCEL, 'ai.generateText', 'resource.name', 'name'],
    ['llm', VERCEL, 'ai.embed.doEmbed', 'ai.response.finishReason', 'finishReason'],
    ['llm', VERCEL, 'ai.embed.doEmbed', 'ai.finishReason', 'finishReason'],
    ['tool', GEN_AI, 'execute_tool', 'gen_ai.tool.call.arguments', 'arguments'],
    ['tool', GEN_AI, 'execute_tool', 'tool_arguments', 'arguments'],
    ['tool', GEN_AI, 'execute_tool', 'gcp.vertex.agent.tool_call_args', 'arguments'],
    ['tool', GEN_AI, 'execute_tool', 'gen_ai.tool.call.result', 'result'],
    ['tool', GEN_AI, 'execute_tool', 'tool_response', 'result'],
    ['tool', GEN_AI, 'execute_tool', 'gcp.vertex.agent.tool_response', 'result'],
    ['retrieval', GEN_AI, 'retrieval', 'gen_ai.data_source.id', 'vectorStore'],
    ['retrieval', GEN_AI, 'retrieval', 'db.system.name', 'vectorStore'],
    ['retrieval', GEN_AI, 'retrieval', 'db.system', 'vectorStore'],
    ['delegation', 'delegation.mode', 'route', 'delegation.member', 'member'],
    ['delegation', 'delegation.mode', 'route', 'gen_ai.agent.name', 'member'],
  ])('a %s with %s %s and %s its %s', (kind, operation, word, attribute, field) => {
    const span = normalised({ [operation]: word, [attribute]: 'x' })
    expect(span).toMatchObject({ kind, detail: { [field]: 'x' } })
  })

  it.each([
    [GEN_AI, 'chat', 'gen_ai.usage.cache_read.input_tokens', 'cacheReadTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.cache_read_input_tokens', 'cacheReadTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.cache_write.input_tokens', 'cacheWriteTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.cache_creation.input_tokens', 'cacheWriteTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.cache_creation_input_tokens', 'cacheWriteTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.reasoning.output_tokens', 'reasoningTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.reasoning_tokens', 'reasoningTokens'],
    [GEN_AI, 'chat', 'gen_ai.usage.cost', 'cost'],
    [GEN_AI, 'chat', 'operation.cost', 'cost'],
    [GEN_AI, 'retrieval', 'gen_ai.retrieval.top_k', 'k'],
    [GEN_AI, 'retrieval', 'gen_ai.request.top_k', 'k'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.usage.cachedInputTokens', 'cacheReadTokens'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.usage.inputTokenDetails.cacheReadTokens', 'cacheReadTokens'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.usage.inputTokenDetails.cacheWriteTokens', 'cacheWriteTokens'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.usage.reasoningTokens', 'reasoningTokens'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.usage.outputTokenDetails.reasoningTokens', 'reasoningTokens'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.response.msToFirstChunk', 'timeToFirstToken'],
    [VERCEL, 'ai.embed.doEmbed', 'ai.stream.msToFirstChunk', 'timeToFirstToken'],
  ])('%s %s and %s the %s', (operation, word, attribute, field) => {
    expect(detailOf({ [operation]: word, [attribute]: 7 })).toMatchObject({ [field]: 7 })
  })

  it.each(['ai.response.toolCalls', 'ai.result.toolCalls'])('%s the tool calls', (attribute) => {
    const toolCalls = [{ toolName: 'search' }]
    expect(detailOf({ [VERCEL]: 'ai.embed.doEmbed', [attribute]: toolCalls })).toEqual({ toolCalls })
  })
})

describe('every name of an event is read: by', () => {
  const DETAILS = 'gen_ai.client.inference.operation.details'

  it.each<[string, string, keyof SpanInput]>([
    [DETAILS, 'gen_ai.input.messages', 'input'],
    ['gen_ai.content.prompt', 'gen_ai.prompt', 'input'],
    [DETAILS, 'gen_ai.output.messages', 'output'],
    ['gen_ai.content.completion', 'gen_ai.completion', 'output'],
  ])('%s with %s the %s', (name, attribute, field) => {
    expect(normalised({}, { events: [event(name, attribute)] })).toMatchObject({ [field]: 'x' })
  })

  it.each<[string, keyof SpanInput]>([
    ['gen_ai.system.message', 'input'],
    ['gen_ai.user.message', 'input'],
    ['gen_ai.assistant.message', 'input'],
    ['gen_ai.tool.message', 'input'],
    ['gen_ai.choice', 'output'],
  ])('%s a message of the %s', (name, field) => {
    expect(normalised({}, { events: [event(name, 'content')] })).toMatchObject({
      [field]: [{ event: name, content: 'x' }],
    })
  })

  it('the details the tool calls', () => {
    const call = { type: 'tool_call', name: 'search' }
    const attributes = { 'gen_ai.output.messages': [{ role: 'assistant', parts: [call] }] }
    const events = [{ name: DETAILS, at: 1_500, attributes }]
    expect(detailOf({ [GEN_AI]: 'chat' }, { events })).toEqual({ toolCalls: [call] })
  })

  it.each<[string, keyof SpanInput]>([
    ['gen_ai.prompt', 'input'],
    ['gen_ai.completion', 'output'],
  ])('%s and a number the %s', (name, field) => {
    expect(normalised({ [`${name}.0.content`]: 'x' })).toMatchObject({ [field]: [{ content: 'x' }] })
  })
})
