import { describe, expect, it } from 'vitest'
import { chatLineOf } from '../src/history/chat/chat-line.js'
import type { Json, JsonObject, Run, RunRow, Span } from '../src/index.js'

const TRACE = 'a'.repeat(32)

const runOf = (fields: Partial<Run>): Run => ({
  id: 'run',
  sessionId: 'chat',
  seq: 1,
  type: 'agent',
  status: 'completed',
  startedAt: 1_000,
  ...fields,
})

/** A call of a model, each a second after the one before. */
const callOf = (n: number, fields: Partial<Span>): Span =>
  ({
    traceId: TRACE,
    spanId: n.toString(16).padStart(16, '0'),
    name: 'chat',
    kind: 'llm',
    status: 'ok',
    startedAt: 1_000 * n,
    endedAt: 1_000 * n + 500,
    ...fields,
  }) as Span

const rowOf = (run: Partial<Run>, spans: readonly Span[] = []): RunRow => ({
  run: runOf(run),
  ...(spans.length > 0 && { trace: { summary: {} as never, spans: [...spans] } }),
  provenance: { tenant: 'default', runId: 'run', sessionId: 'chat', exportedAt: 1 },
})

const lineOf = (run: Partial<Run>, spans: readonly Span[] = []) => chatLineOf(rowOf(run, spans), 'run', false)
const messagesOf = (run: Partial<Run>, spans: readonly Span[] = []) => {
  const line = lineOf(run, spans)
  return typeof line === 'string' ? line : line.messages
}

const ASKED = { role: 'user', content: 'Weather in Oslo?' }
const call = (id = 'c1') => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '{"city":"Oslo"}' },
})
const CALLED = { role: 'assistant', content: null, tool_calls: [call()] }
const GIVEN = { role: 'tool', content: '{"sky":"snow"}', tool_call_id: 'c1' }
const ANSWERED = { role: 'assistant', content: 'Snow.' }
const TALK = [ASKED, CALLED, GIVEN, ANSWERED]

/** The same conversation in the words of each. */
const MESSAGES: Record<string, Json> = {
  'OpenAI chat': TALK as unknown as Json,
  'the AI SDK': [
    { role: 'user', content: [{ type: 'text', text: 'Weather in Oslo?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'tool-call', toolCallId: 'c1', toolName: 'weather', input: { city: 'Oslo' } },
        { type: 'tool-approval-request', approvalId: 'a', toolCallId: 'c1' },
      ],
    },
    { role: 'tool', content: [{ type: 'tool-approval-response', approvalId: 'a', approved: true }] },
    {
      role: 'tool',
      content: [
        {
          type: 'tool-result',
          toolCallId: 'c1',
          toolName: 'weather',
          output: { type: 'json', value: { sky: 'snow' } },
        },
      ],
    },
    { role: 'assistant', content: [{ type: 'text', text: 'Snow.' }] },
  ],
  'UI messages of the AI SDK': [
    { id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Weather in Oslo?' }] },
    {
      id: 'm2',
      role: 'assistant',
      parts: [
        { type: 'step-start' },
        {
          type: 'tool-weather',
          toolCallId: 'c1',
          state: 'output-available',
          input: { city: 'Oslo' },
          output: { sky: 'snow' },
        },
        { type: 'step-start' },
        { type: 'text', text: 'Snow.', state: 'done' },
      ],
    },
  ],
  'OpenTelemetry GenAI': [
    { role: 'user', parts: [{ type: 'text', content: 'Weather in Oslo?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Oslo' } }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c1', response: { sky: 'snow' } }] },
    { role: 'assistant', parts: [{ type: 'text', content: 'Snow.' }], finish_reason: 'stop' },
  ],
  'events of OpenTelemetry GenAI': [
    { event: 'gen_ai.user.message', content: 'Weather in Oslo?' },
    { event: 'gen_ai.assistant.message', tool_calls: [call()] },
    { event: 'gen_ai.tool.message', id: 'c1', content: { sky: 'snow' } },
    { event: 'gen_ai.choice', index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Snow.' } },
  ] as unknown as Json,
  Anthropic: {
    messages: [
      { role: 'user', content: 'Weather in Oslo?' },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: '{"sky":"snow"}' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'Snow.' }] },
    ],
  },
  'the Responses API': [
    { role: 'user', content: [{ type: 'input_text', text: 'Weather in Oslo?' }] },
    { type: 'reasoning', id: 'r1', summary: [] },
    { type: 'function_call', id: 'f1', call_id: 'c1', name: 'weather', arguments: '{"city":"Oslo"}' },
    { type: 'function_call_output', call_id: 'c1', output: '{"sky":"snow"}' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Snow.', annotations: [] }] },
  ],
  LangChain: [
    {
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'HumanMessage'],
      kwargs: { content: 'Weather in Oslo?' },
    },
    {
      lc: 1,
      type: 'constructor',
      id: ['langchain_core', 'messages', 'AIMessageChunk'],
      kwargs: { content: '', tool_calls: [{ type: 'tool_call', id: 'c1', name: 'weather', args: { city: 'Oslo' } }] },
    },
    { type: 'tool', data: { content: '{"sky":"snow"}', tool_call_id: 'c1', name: 'weather' } },
    { type: 'ai', content: 'Snow.' },
  ],
}

describe('a chat line of the messages of a run', () => {
  it.each(Object.entries(MESSAGES))('is the same in the words of %s', (_writer, messages) => {
    expect(messagesOf({ messages })).toEqual(TALK)
  })

  it('is that of Gemini, which gives calls no ids', () => {
    const messages = {
      config: { system_instruction: 'Be brief.' },
      contents: [
        { role: 'user', parts: [{ text: 'Weather in Oslo?' }] },
        { role: 'model', parts: [{ function_call: { name: 'weather', args: { city: 'Oslo' } } }] },
        { role: 'user', parts: [{ function_response: { name: 'weather', response: { sky: 'snow' } } }] },
        { role: 'model', parts: [{ text: 'hm', thought: true }, { text: 'Snow.' }] },
      ],
    }
    expect(messagesOf({ messages })).toEqual([
      { role: 'system', content: 'Be brief.' },
      ASKED,
      { ...CALLED, tool_calls: [call('call_1')] },
      { ...GIVEN, tool_call_id: 'call_1' },
      ANSWERED,
    ])
  })

  it('has a call once that is told among the parts of a message and beside them', () => {
    const content = [{ type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Oslo' } }]
    const twice = { type: 'ai', content, tool_calls: [{ id: 'c1', name: 'weather', args: { city: 'Oslo' } }] }
    expect(messagesOf({ messages: [ASKED, twice, GIVEN, ANSWERED] })).toEqual(TALK)
    const other = { ...twice, tool_calls: [{ id: 'c1', name: 'tides', args: {} }] }
    expect(lineOf({ messages: [ASKED, other, GIVEN, ANSWERED] })).toBe('unpaired_tools')
  })

  it('has the input before them where no user speaks, and the output behind them where no answer ends them', () => {
    const messages = [CALLED, GIVEN] as unknown as Json
    expect(messagesOf({ messages, input: 'Weather in Oslo?', output: 'Snow.' })).toEqual(TALK)
  })

  it('has images of users, wherever their data is', () => {
    const url = 'data:image/png;base64,AAAA'
    const images: JsonObject[] = [
      { type: 'image_url', image_url: { url } },
      { type: 'input_image', image_url: url },
      { type: 'image', image: 'AAAA', mediaType: 'image/png' },
      { type: 'file', data: 'AAAA', mediaType: 'image/png' },
      { type: 'file', url, mediaType: 'image/png' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } },
      { type: 'blob', modality: 'image', mime_type: 'image/png', content: 'AAAA' },
      { inline_data: { mime_type: 'image/png', data: 'AAAA' } },
      { message_content: { type: 'image', image: { image: { url } } } },
    ]
    const shown = { type: 'image_url', image_url: { url } }
    for (const image of images) {
      const messages = [{ role: 'user', content: [{ type: 'text', text: 'What?' }, image] }, ANSWERED]
      expect(messagesOf({ messages })).toEqual([
        { role: 'user', content: [{ type: 'text', text: 'What?' }, shown] },
        ANSWERED,
      ])
    }
  })

  it('knows images by how they begin, where nothing says what they are', () => {
    const parts = ['iVBORw0K', '/9j/4AAQ', 'R0lGODlh', 'UklGRgAA'].map((image) => ({ type: 'image', image }))
    const shown = messagesOf({ messages: [{ role: 'user', content: parts }, ANSWERED] })
    const urls = ['png;base64,iVBORw0K', 'jpeg;base64,/9j/4AAQ', 'gif;base64,R0lGODlh', 'webp;base64,UklGRgAA']
    expect(shown).toEqual([
      { role: 'user', content: urls.map((url) => ({ type: 'image_url', image_url: { url: `data:image/${url}` } })) },
      ANSWERED,
    ])
    expect(lineOf({ messages: [{ role: 'user', content: [{ type: 'image', image: 'AAAA' }] }, ANSWERED] })).toBe(
      'unfit_content',
    )
  })

  it('is left out for a reason', () => {
    const answer = { role: 'assistant', content: 'yes' }
    const asked = (part: Json) => [{ role: 'user', content: [part] }, answer]
    const reasons: [Partial<Run>, string][] = [
      [{}, 'no_conversation'],
      [{ messages: null, input: null, output: null }, 'no_conversation'],
      [{ messages: 'not messages' }, 'no_conversation'],
      [{ messages: [] }, 'no_conversation'],
      [{ messages: [null, 1, 'x'] }, 'no_conversation'],
      [{ messages: { step: 1 }, output: { total: 1 } }, 'no_conversation'],
      [{ messages: [ASKED] }, 'no_answer'],
      [
        {
          messages: [
            { role: 'user', content: '' },
            { role: 'assistant', content: '' },
          ],
        },
        'no_conversation',
      ],
      [{ messages: asked({ type: 'input_audio', input_audio: { data: 'AA', format: 'wav' } }) }, 'unfit_content'],
      [{ messages: asked({ type: 'file', mediaType: 'application/pdf', data: 'AA' }) }, 'unfit_content'],
      [{ messages: asked({ type: 'file', url: 'https://example.com/a' }) }, 'unfit_content'],
      [{ messages: [{ role: 'narrator', content: 'once' }, answer] }, 'unfit_content'],
      [{ messages: [ASKED, { role: 'assistant', content: [{ type: 'image', image: 'AA' }] }] }, 'unfit_content'],
      [{ messages: [ASKED, CALLED, ANSWERED] as unknown as Json }, 'unpaired_tools'],
      [{ messages: [ASKED, GIVEN, ANSWERED] }, 'unpaired_tools'],
      [{ messages: [{ role: 'user', content: 'long… [cut: 4 of 9 characters]' }, ANSWERED] }, 'cut'],
      [
        { messages: [ASKED, CALLED, { ...GIVEN, content: '{"a":"b… [cut: 1 of 9 characters]"}' }, ANSWERED] as never },
        'cut',
      ],
    ]
    expect(reasons.map(([run]) => lineOf(run))).toEqual(reasons.map(([, reason]) => reason))
  })

  it('is input and output where nothing else is known, and never a part of what cannot be told', () => {
    expect(messagesOf({ input: 'Weather in Oslo?', output: 'Snow.' })).toEqual([ASKED, ANSWERED])
    expect(messagesOf({ input: '{"city":"Oslo"}', output: '[snow]' })).toEqual([
      { role: 'user', content: '{"city":"Oslo"}' },
      { role: 'assistant', content: '[snow]' },
    ])
    expect(lineOf({ messages: [ASKED, GIVEN, ANSWERED], input: 'Weather?', output: 'Snow.' })).toBe('unpaired_tools')
  })
})

describe('a chat line of a trace', () => {
  it('is the longest conversation that a model had in the run, with the tools it was offered', () => {
    const tools = [{ type: 'function', name: 'weather', description: 'Looks up', parameters: { type: 'object' } }]
    const attributes = { 'gen_ai.tool.definitions': JSON.stringify(tools) }
    const spans = [
      callOf(1, { input: [ASKED], output: [CALLED] as unknown as Json, attributes }),
      callOf(2, { input: [ASKED, CALLED, GIVEN] as unknown as Json, output: [ANSWERED], attributes }),
      callOf(3, { input: 'a title for this', output: 'Weather' }),
      callOf(4, { input: 'vector', attributes: { 'gen_ai.operation.name': 'embeddings' } }),
    ]
    expect(lineOf({ input: 'Weather in Oslo?', output: 'Snow.' }, spans)).toEqual({
      messages: TALK,
      tools: [
        {
          type: 'function',
          function: { name: 'weather', description: 'Looks up', parameters: { type: 'object' } },
        },
      ],
    })
  })

  it('is of the trace where the messages of the run are answers alone', () => {
    const spans = [callOf(1, { input: [ASKED], output: 'Snow.' })]
    expect(messagesOf({ messages: [ANSWERED] }, spans)).toEqual([ASKED, ANSWERED])
    expect(messagesOf({ messages: [ANSWERED] })).toBe('no_conversation')
  })

  it('is of the calls of that run, where several share the trace', () => {
    const other = callOf(2, { runId: 'other', input: [ASKED, CALLED, GIVEN] as unknown as Json, output: 'Other.' })
    const own = callOf(1, { runId: 'run', input: 'mine?', output: 'Mine.' })
    const free = callOf(3, { agentId: 'support', input: 'hers?', output: 'Hers.' })
    const said = (spans: Span[], run: Partial<Run> = {}) => {
      const messages = messagesOf(run, spans)
      return typeof messages === 'string' ? messages : messages.at(-1)!.content
    }
    expect(said([own, other, free])).toBe('Mine.')
    expect(said([own, other], { id: 'a pseudonym' })).toBe('Mine.')
    expect(said([other, free])).toBe('Hers.')
    expect(said([free, callOf(4, { agentId: 'risk', input: 'risk?', output: 'Risk.' })], { agentId: 'support' })).toBe(
      'Hers.',
    )
    expect(said([other])).toBe('no_conversation')
  })

  it('is read from what each dialect leaves', () => {
    const attributes = {
      'llm.input_messages.0.message.role': 'user',
      'llm.input_messages.0.message.contents.0.message_content.type': 'text',
      'llm.input_messages.0.message.contents.0.message_content.text': 'Weather in Oslo?',
      'llm.input_messages.1.message.role': 'assistant',
      'llm.input_messages.1.message.tool_calls.0.tool_call.id': 'c1',
      'llm.input_messages.1.message.tool_calls.0.tool_call.function.name': 'weather',
      'llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments': '{"city":"Oslo"}',
      'llm.input_messages.2.message.role': 'tool',
      'llm.input_messages.2.message.content': '{"sky":"snow"}',
      'llm.input_messages.2.message.tool_call_id': 'c1',
      'llm.output_messages.0.message.role': 'assistant',
      'llm.output_messages.0.message.content': 'Snow.',
    }
    const asked = [ASKED, CALLED, GIVEN] as unknown as Json
    const spans: Record<string, Partial<Span>> = {
      OpenInference: { attributes, input: { opaque: true }, output: { opaque: true } },
      'a request of OpenAI': {
        input: { model: 'gpt-5', messages: asked },
        output: {
          choices: [
            { index: 0, message: ANSWERED },
            { index: 1, message: { ...ANSWERED, content: 'Ice.' } },
          ],
        },
      },
      'a request of Anthropic': {
        input: { messages: ((MESSAGES.Anthropic as JsonObject).messages as Json[]).slice(0, -1) },
        output: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Snow.' }] },
      },
      'the Responses API': {
        input: (MESSAGES['the Responses API'] as Json[]).slice(0, -1),
        output: { object: 'response', output: (MESSAGES['the Responses API'] as Json[]).slice(-1) },
      },
      'the AI SDK': { input: (MESSAGES['the AI SDK'] as Json[]).slice(0, -1), output: 'Snow.' },
      'choices of OpenTelemetry GenAI': {
        input: (MESSAGES['OpenTelemetry GenAI'] as Json[]).slice(0, -1),
        output: [
          { role: 'assistant', parts: [{ type: 'text', content: 'Snow.' }], finish_reason: 'stop' },
          { role: 'assistant', parts: [{ type: 'text', content: 'Ice.' }], finish_reason: 'stop' },
        ],
      },
      LangChain: {
        input: { messages: [MESSAGES.LangChain as Json[]].map((list) => list.slice(0, -1)) },
        output: { generations: [[{ text: 'Snow.', message: (MESSAGES.LangChain as Json[]).at(-1)! }]] },
      },
    }
    const read = Object.entries(spans).map(([writer, fields]) => [writer, messagesOf({}, [callOf(1, fields)])])
    expect(read).toEqual(Object.keys(spans).map((writer) => [writer, TALK]))
  })

  it('has the calls of an answer that are told beside it, the instructions, and JSON as the model wrote it', () => {
    const calls = [{ toolCallId: 'c1', toolName: 'weather', input: '{"city":"Oslo"}' }]
    const beside = callOf(1, {
      input: [ASKED],
      output: 'One moment.',
      detail: { toolCalls: calls },
      attributes: { 'gen_ai.system_instructions': '[{"type":"text","content":"Be brief."}]' },
    })
    expect(messagesOf({}, [beside])).toEqual([
      { role: 'system', content: 'Be brief.' },
      ASKED,
      { ...CALLED, content: 'One moment.' },
    ])
    expect(messagesOf({}, [callOf(1, { input: [ASKED], output: calls })])).toEqual([ASKED, CALLED])
    const told = { 'llm.output_messages.0.message.role': 'assistant', 'llm.output_messages.0.message.content': '' }
    const elsewhere = callOf(1, { input: [ASKED], output: [CALLED] as unknown as Json, attributes: told })
    const apart = callOf(1, { input: [ASKED], detail: { toolCalls: calls }, attributes: told })
    expect([elsewhere, apart].map((one) => messagesOf({}, [one]))).toEqual([
      [ASKED, CALLED],
      [ASKED, CALLED],
    ])
    const json = callOf(1, { input: [ASKED], output: { sky: 1 }, attributes: { 'ai.response.text': '{ "sky": 1 }' } })
    expect(messagesOf({}, [json])).toEqual([ASKED, { role: 'assistant', content: '{ "sky": 1 }' }])
  })

  it('is none of what was cut when it was stored', () => {
    const repairs = [{ field: 'input[0].content', reason: 'cut from 300000 to 262144 characters' }]
    expect(messagesOf({}, [callOf(1, { input: [ASKED], output: 'Snow.', repairs })])).toBe('cut')
    const other = [{ field: 'name', reason: 'cut from 3000 to 1000 characters' }]
    expect(messagesOf({}, [callOf(1, { input: [ASKED], output: 'Snow.', repairs: other })])).toEqual([ASKED, ANSWERED])
  })
})

describe('the tools of a chat line', () => {
  const schema = { type: 'object', properties: { city: { type: 'string' } } }
  const tool = { type: 'function', function: { name: 'weather', description: 'Looks up', parameters: schema } }
  const flat = { name: 'weather', description: 'Looks up' }
  const places: Record<string, Partial<Span>> = {
    'OpenTelemetry GenAI': { attributes: { 'gen_ai.tool.definitions': JSON.stringify([tool]) } },
    'the AI SDK': {
      attributes: { 'ai.prompt.tools': [JSON.stringify({ type: 'function', ...flat, inputSchema: schema })] },
    },
    OpenInference: { attributes: { 'llm.tools.0.tool.json_schema': JSON.stringify(tool) } },
    'Anthropic in OpenInference': {
      attributes: { 'llm.tools.0.tool.json_schema': JSON.stringify({ ...flat, input_schema: schema }) },
    },
    Traceloop: {
      attributes: {
        'llm.request.functions.0.name': 'weather',
        'llm.request.functions.0.description': 'Looks up',
        'llm.request.functions.0.parameters': JSON.stringify(schema),
      },
    },
    'Pydantic AI': {
      attributes: { model_request_parameters: { function_tools: [{ ...flat, parameters_json_schema: schema }] } },
    },
    'a request': { input: { messages: [ASKED], tools: [tool] } },
    Gemini: {
      input: {
        contents: [{ role: 'user', parts: [{ text: 'Weather in Oslo?' }] }],
        config: { tools: [{ function_declarations: [{ ...flat, parameters: schema }] }] },
      },
    },
    'the invocation parameters': { attributes: { 'llm.invocation_parameters': JSON.stringify({ tools: [tool] }) } },
  }

  it.each(Object.entries(places))('are read from %s', (_writer, fields) => {
    const line = lineOf({}, [callOf(1, { input: [ASKED], output: 'Snow.', ...fields })])
    expect(line).toEqual({ messages: [ASKED, ANSWERED], tools: [tool] })
  })

  it('are all that the run was offered where the messages are its own, and say whether calls may be parallel', () => {
    const offered = (name: string, more = {}) => ({
      'llm.invocation_parameters': JSON.stringify({ tools: [{ type: 'function', function: { name } }], ...more }),
    })
    const spans = [
      callOf(1, { attributes: offered('first', { parallel_tool_calls: false }) }),
      callOf(2, { attributes: offered('second') }),
      callOf(3, { attributes: offered('first') }),
    ]
    expect(lineOf({ messages: TALK as unknown as Json }, spans)).toEqual({
      messages: TALK,
      tools: ['first', 'second'].map((name) => ({ type: 'function', function: { name } })),
      parallel_tool_calls: false,
    })
  })
})
