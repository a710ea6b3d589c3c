import { describe, expect, it } from 'vitest'
import { normalised } from './support/raw-span.js'

describe('owners', () => {
  it('reads the attributes of OpenTelemetry', () => {
    const attributes = {
      'user.id': 'maya',
      'gen_ai.conversation.id': 's-1',
      'gen_ai.agent.id': 'a-1',
      'gen_ai.agent.name': 'Support',
      'gen_ai.workflow.name': 'returns',
      'run.id': 'r-1',
      'team.id': 't-1',
    }
    expect(normalised(attributes)).toMatchObject({
      userId: 'maya',
      sessionId: 's-1',
      agentId: 'a-1',
      workflowId: 'returns',
      runId: 'r-1',
      teamId: 't-1',
    })
  })

  it.each([
    ['enduser.id', 'userId'],
    ['session.id', 'sessionId'],
    ['gen_ai.agent.name', 'agentId'],
  ])('reads the alias %s as %s', (attribute, field) => {
    expect(normalised({ [attribute]: 'x' })).toMatchObject({ [field]: 'x' })
  })

  it('reads the metadata of the Vercel AI SDK', () => {
    const metadata = { userId: 'u', sessionId: 's', agentId: 'a', teamId: 't', workflowId: 'w', runId: 'r' }
    const attributes = Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [`ai.telemetry.metadata.${key}`, value]),
    )
    expect(normalised({ 'ai.operationId': 'ai.toolCall', ...attributes })).toMatchObject(metadata)
  })

  it('takes the function id for an agent without an id', () => {
    expect(normalised({ 'ai.telemetry.functionId': 'support' })).toMatchObject({ agentId: 'support' })
  })

  it('takes an id of 128 bytes', () => {
    expect(normalised({ 'user.id': 'x'.repeat(128) })).toMatchObject({ userId: 'x'.repeat(128) })
  })

  it('reads a number as an id', () => {
    expect(normalised({ 'user.id': 42 })).toMatchObject({ userId: '42' })
  })

  it.each([['x'.repeat(129)], ['a\0b'], ['\uD800'], [''], [true]])('leaves out what is no valid id: %j', (id) => {
    expect(normalised({ 'user.id': id })).not.toHaveProperty('userId')
  })
})

describe('input and output', () => {
  const messages = [{ role: 'user', parts: [{ type: 'text', content: 'hi' }] }]

  it('reads the messages of OpenTelemetry GenAI', () => {
    expect(normalised({ 'gen_ai.input.messages': JSON.stringify(messages) }).input).toEqual(messages)
  })

  it('reads messages that are structured already', () => {
    expect(normalised({ 'gen_ai.input.messages': messages }).input).toEqual(messages)
  })

  it('reads the details event', () => {
    const attributes = { 'gen_ai.output.messages': JSON.stringify(messages) }
    const events = [{ name: 'gen_ai.client.inference.operation.details', at: 1_500, attributes }]
    expect(normalised({ 'gen_ai.operation.name': 'chat' }, { events }).output).toEqual(messages)
  })

  it('reads one event per message', () => {
    const events = [
      { name: 'gen_ai.user.message', at: 1_100, attributes: { content: 'hi' } },
      { name: 'gen_ai.choice', at: 1_200, attributes: { content: 'hello' } },
    ]
    expect(normalised({}, { events }).input).toEqual([{ event: 'gen_ai.user.message', content: 'hi' }])
  })

  it('reads numbered attributes in the order of their numbers', () => {
    const attributes = {
      'gen_ai.prompt.10.content': 'b',
      'gen_ai.prompt.2.content': 'a',
      'gen_ai.prompt.2.role': 'user',
    }
    expect(normalised(attributes).input).toEqual([{ content: 'a', role: 'user' }, { content: 'b' }])
  })

  // With a copy of the list for each key this took minutes.
  it('reads 300,000 numbered attributes, and leaves out what is too large', () => {
    const attributes = Object.fromEntries(Array.from({ length: 300_000 }, (_, n) => [`gen_ai.prompt.0.k${n}`, n]))
    expect(normalised(attributes).input).toBeUndefined()
  })

  it('reads the prompt and the answer of the Vercel AI SDK', () => {
    const attributes = {
      'ai.operationId': 'ai.generateText',
      'ai.prompt': '{"prompt":"hi"}',
      'ai.response.text': 'hello',
    }
    expect(normalised(attributes)).toMatchObject({ input: { prompt: 'hi' }, output: 'hello' })
  })

  it('shows the tool calls of an answer without text', () => {
    const attributes = {
      'ai.operationId': 'ai.generateText.doGenerate',
      'ai.response.text': '',
      'ai.response.toolCalls': '[{"toolName":"search"}]',
    }
    expect(normalised(attributes).output).toEqual([{ toolName: 'search' }])
  })

  it('shows the arguments and the result of a tool', () => {
    const attributes = {
      'gen_ai.tool.name': 't',
      'gen_ai.tool.call.arguments': '{"q":1}',
      'gen_ai.tool.call.result': 'ok',
    }
    expect(normalised(attributes)).toMatchObject({ input: { q: 1 }, output: 'ok' })
  })

  it('leaves a text that only looks like a number a text', () => {
    expect(normalised({ 'ai.response.text': '42' }).output).toBe('42')
  })

  it('does not read a huge text as JSON', () => {
    const text = JSON.stringify(Array.from({ length: 100_000 }, () => 'x'))
    expect(normalised({ 'ai.response.text': text }).output).toBe(text)
  })

  it('does not copy a huge structure out of the raw attributes', () => {
    const attributes = { 'gen_ai.input.messages': Array.from({ length: 100_000 }, () => ({ role: 'user' })) }
    expect(normalised(attributes)).not.toHaveProperty('input')
  })
})

describe('status and error', () => {
  it('is ok when it ended', () => {
    expect(normalised({})).toMatchObject({ status: 'ok' })
  })

  it('is running when it did not end', () => {
    expect(normalised({}, { endedAt: undefined })).toMatchObject({ status: 'running' })
  })

  it('has the type, message and stack of the exception', () => {
    const attributes = { 'exception.type': 'E', 'exception.message': 'no', 'exception.stacktrace': 'at x' }
    const events = [{ name: 'exception', at: 1_500, attributes }]
    expect(normalised({}, { failed: true, events })).toMatchObject({
      status: 'error',
      error: { type: 'E', message: 'no', stack: 'at x' },
    })
  })

  it('falls back to error.type and the status message', () => {
    const raw = { failed: true, statusMessage: 'too slow' }
    expect(normalised({ 'error.type': 'timeout' }, raw).error).toEqual({ type: 'timeout', message: 'too slow' })
  })

  it('has the exception, and not the event after it', () => {
    const events = [
      { name: 'exception', at: 1_500, attributes: { 'exception.message': 'no' } },
      { name: 'retry', at: 1_600, attributes: { 'exception.message': 'again' } },
    ]
    expect(normalised({}, { failed: true, events }).error).toEqual({ message: 'no' })
  })

  it('has no error where nothing is said of it', () => {
    expect(normalised({}, { failed: true })).not.toHaveProperty('error')
  })

  it('has no exception in the detail but of a tool', () => {
    const failed = normalised({ 'gen_ai.operation.name': 'chat' }, { failed: true, statusMessage: 'no' })
    expect([failed.error, failed.detail]).toEqual([{ message: 'no' }, {}])
  })

  it('has no error for an exception that was handled', () => {
    const events = [{ name: 'exception', at: 1_500, attributes: { 'exception.message': 'retried' } }]
    expect(normalised({}, { events })).not.toHaveProperty('error')
  })
})

it('keeps raw attributes, events, links, resource and scope as they came', () => {
  const raw = {
    events: [{ name: 'e', at: 1_500, attributes: { a: 1 } }],
    links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }],
    resource: { attributes: { 'service.name': 'x' } },
    scope: { name: 'ai' },
  }
  const attributes = { 'gen_ai.operation.name': 'chat', 'vendor.thing': '{"a":1}' }
  expect(normalised(attributes, raw)).toMatchObject({ attributes, ...raw })
})
