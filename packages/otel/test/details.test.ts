import { describe, expect, it } from 'vitest'
import { detailOf, normalised } from './support/raw-span.js'

const HOOK = { 'hook.name': 'guard', 'hook.phase': 'pre' }

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
