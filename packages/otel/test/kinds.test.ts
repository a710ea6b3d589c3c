import type { JsonObject } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { normalised } from './support/raw-span.js'

describe('the kind of a span', () => {
  it.each([
    ['invoke_agent', 'run'],
    ['invoke_workflow', 'run'],
    ['create_agent', 'run'],
    ['plan', 'run'],
    ['chat', 'llm'],
    ['text_completion', 'llm'],
    ['generate_content', 'llm'],
    ['embeddings', 'llm'],
    ['execute_tool', 'tool'],
    ['retrieval', 'retrieval'],
    ['search_memory', 'retrieval'],
    ['something_new', 'other'],
    ['constructor', 'other'],
  ])('gen_ai.operation.name %s is %s', (operation, kind) => {
    expect(normalised({ 'gen_ai.operation.name': operation }).kind).toBe(kind)
  })

  it.each([
    ['ai.generateText', 'run'],
    ['ai.streamText', 'run'],
    ['ai.generateObject', 'run'],
    ['ai.streamObject', 'run'],
    ['ai.generateText.doGenerate', 'llm'],
    ['ai.streamText.doStream', 'llm'],
    ['ai.generateObject.doGenerate', 'llm'],
    ['ai.streamObject.doStream', 'llm'],
    ['ai.embed.doEmbed', 'llm'],
    ['ai.embedMany.doEmbed', 'llm'],
    ['ai.embed', 'other'],
    ['ai.toolCall', 'tool'],
    ['ai.rerank', 'retrieval'],
    ['ai.somethingNew', 'other'],
  ])('ai.operationId %s is %s', (operationId, kind) => {
    expect(normalised({ 'ai.operationId': operationId }).kind).toBe(kind)
  })

  it('reads the first word of operation.name of the Vercel AI SDK', () => {
    expect(normalised({ 'operation.name': 'ai.toolCall support' }).kind).toBe('tool')
  })

  it('ignores an operation.name of another writer', () => {
    expect(normalised({ 'operation.name': 'web.request', 'gen_ai.tool.name': 'search' }).kind).toBe('tool')
  })

  it.each([
    ['delegation.member', 'delegation'],
    ['delegation.mode', 'delegation'],
    ['delegation.trace_id', 'delegation'],
    ['gen_ai.tool.name', 'tool'],
    ['gen_ai.tool.call.id', 'tool'],
    ['ai.toolCall.name', 'tool'],
    ['ai.toolCall.id', 'tool'],
    ['gen_ai.retrieval.query.text', 'retrieval'],
    ['gen_ai.retrieval.documents', 'retrieval'],
    ['gen_ai.retrieval.top_k', 'retrieval'],
    ['hook.name', 'other'],
    ['hook.phase', 'other'],
  ])('an attribute %s alone makes it %s', (attribute, kind) => {
    expect(normalised({ [attribute]: 'x' }).kind).toBe(kind)
  })

  it('a hook has a name and a phase', () => {
    expect(normalised({ 'hook.name': 'guard', 'hook.phase': 'pre' }).kind).toBe('hook')
  })

  it('an operation beside them is no hook', () => {
    const attributes = { 'hook.name': 'useChat', 'hook.phase': 'pre', 'gen_ai.operation.name': 'chat' }
    expect(normalised(attributes).kind).toBe('llm')
  })

  it('our own attributes win over the nearest standard beside them', () => {
    expect(normalised({ 'gen_ai.operation.name': 'invoke_agent', 'delegation.member': 'b' }).kind).toBe('delegation')
  })

  it.each([
    ['gen_ai.request.model', 'gen_ai.usage.input_tokens'],
    ['gen_ai.response.model', 'gen_ai.usage.completion_tokens'],
    ['ai.model.id', 'ai.usage.inputTokens'],
    ['ai.response.model', 'ai.usage.completionTokens'],
  ])('a model %s and its usage %s without an operation make it llm', (model, usage) => {
    expect(normalised({ [model]: 'm', [usage]: 1 }).kind).toBe('llm')
  })

  it('a model without usage does not', () => {
    expect(normalised({ 'gen_ai.request.model': 'm' }).kind).toBe('other')
  })

  it.each([
    [{ 'ai.operationId': 'ai.somethingNew' }, { 'ai.model.id': 'm', 'ai.usage.inputTokens': 1 }],
    [{ 'mastra.span.type': 'something_new' }, { 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 1 }],
  ])('an operation of a writer who repeats usage, %j, is not overruled by a model and usage', (operation, usage) => {
    expect(normalised({ ...operation, ...usage } as JsonObject).kind).toBe('other')
  })

  it.each(['gen_ai.agent.name', 'gen_ai.agent.id'])('a %s that repeats the usage of its calls is a run', (agent) => {
    expect(normalised({ [agent]: 'joker', 'gen_ai.usage.input_tokens': 1 }).kind).toBe('run')
  })

  it.each(['', null])('an attribute of %j says nothing', (nothing) => {
    expect(normalised({ 'gen_ai.operation.name': nothing, 'gen_ai.tool.name': 'search' }).kind).toBe('tool')
    expect(normalised({ 'gen_ai.tool.name': nothing }).kind).toBe('other')
  })

  it.each([[{ 'weave.op.kind': 'llm' }], [{ 'http.request.method': 'GET' }], [{}]])(
    'a dialect that is not in the table is other: %j',
    (attributes) => {
      expect(normalised(attributes).kind).toBe('other')
    },
  )
})
