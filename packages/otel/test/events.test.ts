import { type JsonObject, previewOf, type SpanEvent } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { normalised } from './support/raw-span.js'

const DETAILS = 'gen_ai.client.inference.operation.details'
const CHAT = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'm' }
const AGENT = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'clerk' }

const event = (name: string, attributes: JsonObject): SpanEvent => ({ name, at: 1_500, attributes })

/** What a span with these events says, and what a list shows of it. */
function read(events: SpanEvent[], attributes: JsonObject = CHAT) {
  const { kind, input, output } = normalised(attributes, { events })
  return { kind, input, output, previews: [previewOf(input), previewOf(output)] }
}

describe('messages that are events of a span are its input and output', () => {
  const content = (message: unknown) => ({
    'gen_ai.system': 'az.ai.inference',
    'gen_ai.event.content': JSON.stringify(message),
  })

  it('as Azure AI and Semantic Kernel write them, whose message is JSON in an attribute', () => {
    const { input, output, previews } = read([
      event('gen_ai.system.message', content({ role: 'system', content: 'be brief' })),
      event('gen_ai.user.message', content({ role: 'user', content: 'weather?' })),
      event(
        'gen_ai.choice',
        content({ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'rain' } }),
      ),
    ])
    const system = { 'gen_ai.system': 'az.ai.inference' }
    expect(input).toEqual([
      { event: 'gen_ai.system.message', ...system, role: 'system', content: 'be brief' },
      { event: 'gen_ai.user.message', ...system, role: 'user', content: 'weather?' },
    ])
    expect(output).toEqual([
      { event: 'gen_ai.choice', ...system, index: 0, finish_reason: 'stop', role: 'assistant', content: 'rain' },
    ])
    expect(previews).toEqual(['weather?', 'rain'])
  })

  it('as Azure AI Projects writes them, with lists of messages', () => {
    const message = (role: string, text: string) => ({ role, parts: [{ type: 'text', content: text }] })
    const { input, output, previews } = read([
      event('gen_ai.system.instructions', content([{ type: 'text', content: 'be brief' }])),
      event('gen_ai.input.messages', content([message('user', 'hi'), message('user', 'weather?')])),
      event('gen_ai.output.messages', content([message('assistant', 'rain')])),
    ])
    expect(input).toHaveLength(3)
    expect(input).toMatchObject([{ content: [{ content: 'be brief' }] }, { role: 'user' }, { role: 'user' }])
    expect(output).toMatchObject([{ role: 'assistant', parts: [{ content: 'rain' }] }])
    expect(previews).toEqual(['weather?', 'rain'])
  })

  it('as Strands Agents writes them, with lists of blocks as JSON', () => {
    const blocks = (text: string) => JSON.stringify([{ text }])
    const { input, output, previews } = read(
      [
        event('gen_ai.user.message', { content: blocks('weather?') }),
        event('gen_ai.choice', { finish_reason: 'end_turn', message: blocks('rain') }),
      ],
      AGENT,
    )
    expect(input).toEqual([{ event: 'gen_ai.user.message', content: [{ text: 'weather?' }] }])
    expect(output).toEqual([{ event: 'gen_ai.choice', finish_reason: 'end_turn', content: [{ text: 'rain' }] }])
    expect(previews).toEqual(['weather?', 'rain'])
  })

  it('as Strands Agents writes them by the latest convention, an event for each side', () => {
    const messages = (role: string, text: string) =>
      JSON.stringify([{ role, parts: [{ type: 'text', content: text }] }])
    const { kind, previews } = read(
      [
        event(DETAILS, { 'gen_ai.input.messages': messages('user', 'weather?') }),
        event(DETAILS, { 'gen_ai.output.messages': messages('assistant', 'rain') }),
      ],
      AGENT,
    )
    expect([kind, ...previews]).toEqual(['run', 'weather?', 'rain'])
  })

  it.each([
    ['as JSON in texts', JSON.stringify],
    ['as objects', (value: unknown) => value],
  ])('with the details of a call %s, instructions before the messages', (_, as) => {
    const text = (content: string) => [{ type: 'text', content }]
    const call = { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Paris' } }
    const attributes = {
      'gen_ai.system_instructions': as(text('be brief')),
      'gen_ai.input.messages': as([{ role: 'user', parts: text('weather?') }]),
      'gen_ai.output.messages': as([{ role: 'assistant', parts: [call], finish_reason: 'tool_call' }]),
      'gen_ai.tool.definitions': as([{ type: 'function', name: 'weather' }]),
    } as JsonObject
    const { input, output, detail, events } = normalised(CHAT, { events: [event(DETAILS, attributes)] })
    expect(input).toEqual([
      { role: 'system', parts: text('be brief') },
      { role: 'user', parts: text('weather?') },
    ])
    expect(output).toEqual([{ role: 'assistant', parts: [call], finish_reason: 'tool_call' }])
    expect(detail).toMatchObject({ toolCalls: [call] })
    expect(events![0]!.attributes).toEqual(attributes)
  })

  it('with details that each tell a part of the output', () => {
    const messages = (text: string) => [{ role: 'assistant', parts: [{ type: 'text', content: text }] }]
    const events = ['rain', 'take a coat'].map((said) => event(DETAILS, { 'gen_ai.output.messages': messages(said) }))
    expect(read(events).output).toEqual([...messages('rain'), ...messages('take a coat')])
  })

  it('with details that have instructions and no list of messages as they are', () => {
    const attributes = { 'gen_ai.system_instructions': 'be brief', 'gen_ai.input.messages': 'weather?' }
    expect(read([event(DETAILS, attributes)]).input).toBe('weather?')
  })

  it('with the content of an event before what else may be its message', () => {
    const attributes = { content: 'hi', message: 'sent by the desk' }
    expect(read([event('gen_ai.user.message', attributes)]).input).toEqual([
      { event: 'gen_ai.user.message', ...attributes },
    ])
  })
})

describe('messages that pydantic-ai and Logfire list in an attribute are input and output', () => {
  const called = [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: { city: 'Paris' } } }]
  const EVENTS = [
    { content: 'be brief', role: 'system', 'event.name': 'gen_ai.system.message' },
    { content: 'weather?', role: 'user', 'gen_ai.message.index': 0, 'event.name': 'gen_ai.user.message' },
    { role: 'assistant', tool_calls: called, 'gen_ai.message.index': 1, 'event.name': 'gen_ai.assistant.message' },
    { content: 'rain', role: 'tool', id: 'c1', 'gen_ai.message.index': 2, 'event.name': 'gen_ai.tool.message' },
    { index: 0, message: { role: 'assistant', content: 'take a coat' }, 'event.name': 'gen_ai.choice' },
  ]

  it.each([
    ['as JSON in a text', JSON.stringify(EVENTS)],
    ['as a list', EVENTS],
  ])('%s', (_, events) => {
    const { input, output, previews } = read([], { ...CHAT, events })
    expect(input).toEqual(EVENTS.slice(0, 4).map(({ 'event.name': name, ...message }) => ({ event: name, ...message })))
    expect(output).toEqual([{ event: 'gen_ai.choice', index: 0, role: 'assistant', content: 'take a coat' }])
    expect(previews).toEqual(['rain', 'take a coat'])
  })

  it('of a run, as all of its messages', () => {
    const run = { ...AGENT, all_messages_events: JSON.stringify(EVENTS), final_result: 'take a coat' }
    expect(read([], run)).toMatchObject({ kind: 'run', input: EVENTS, output: 'take a coat' })
  })

  it.each([
    ['is none', 'click'],
    ['has events of others', [{ 'event.name': 'click' }, 'gen_ai.choice', null]],
  ])('nothing where the attribute %s', (_, events) => {
    expect(read([], { ...CHAT, events })).toMatchObject({ input: undefined, output: undefined })
  })
})
