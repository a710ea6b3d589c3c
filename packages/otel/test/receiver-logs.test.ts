import { gzipSync } from 'node:zlib'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { describe, expect, it } from 'vitest'
import { CONVENTIONS, renormalise } from '../src/index.js'
import { keyValues, logRecord, logs } from './support/logs.js'
import { OTLP_SPAN } from './support/otlp-span.js'
import {
  bytes,
  listValue,
  logAttribute,
  mapValue,
  message,
  protoLog,
  requestOf,
  text,
  textValue,
} from './support/protobuf.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'
import { PROTOBUF, post, receiverOf } from './support/receivers.js'

const LOGS = '/v1/logs'
const ROOT = { ...OTLP_SPAN, spanId: '1'.repeat(16), name: 'root' }
const CHAT = {
  ...OTLP_SPAN,
  parentSpanId: ROOT.spanId,
  name: 'chat gpt',
  startTimeUnixNano: '1764859882049125000',
  attributes: keyValues({ 'gen_ai.operation.name': 'chat' }),
}
const spans = (...each: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: each }] }] })

/** As opentelemetry-instrumentation-openai-v2 writes them. */
const SYSTEM = { 'gen_ai.system': 'openai' }
const USER = logRecord('gen_ai.user.message', 10, { content: 'weather?' }, SYSTEM)
const CALLS = [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Paris"}' } }]
const ASSISTANT = logRecord('gen_ai.assistant.message', 20, { tool_calls: CALLS }, SYSTEM)
const TOOL = logRecord('gen_ai.tool.message', 30, { id: 'c1', content: 'rain' }, SYSTEM)
const ANSWER = { role: 'assistant', content: 'take a coat' }
const CHOICE = logRecord('gen_ai.choice', 40, { index: 0, finish_reason: 'stop', message: ANSWER }, SYSTEM)

const INPUT = [
  { event: 'gen_ai.user.message', ...SYSTEM, content: 'weather?' },
  { event: 'gen_ai.assistant.message', ...SYSTEM, tool_calls: CALLS },
  { event: 'gen_ai.tool.message', ...SYSTEM, id: 'c1', content: 'rain' },
]
const OUTPUT = [{ event: 'gen_ai.choice', ...SYSTEM, index: 0, finish_reason: 'stop', ...ANSWER }]

type Receiver = Awaited<ReturnType<typeof receiverOf>>

const sendLogs = ({ receive }: Receiver, ...records: object[]) => receive(post(logs(...records), {}, LOGS))
const sendSpan = ({ receive }: Receiver, span: object = CHAT) => receive(post(spans(span)))
const spanIn = ({ storage }: Receiver) => storage.traces.span(TRACE_ID, SPAN_ID)

describe('messages in log records are input and output of their span', () => {
  it('as if they were events of its own', async () => {
    const [apart, own] = [await receiverOf(), await receiverOf()]
    expect((await sendLogs(apart, USER, ASSISTANT, TOOL, CHOICE)).status).toBe(200)
    await sendSpan(apart)
    const events = [USER, ASSISTANT, TOOL, CHOICE].map(
      ({ eventName: name, observedTimeUnixNano, attributes, body }) => ({
        ...{ name, timeUnixNano: observedTimeUnixNano },
        attributes: [...attributes, { key: 'body', value: body }],
      }),
    )
    await sendSpan(own, { ...CHAT, events })
    const trace = await apart.storage.traces.get(TRACE_ID)
    expect(trace).toEqual(await own.storage.traces.get(TRACE_ID))
    expect(trace).toMatchObject({
      summary: { status: 'ok', inputPreview: 'rain', outputPreview: 'take a coat' },
      spans: [{ name: 'chat gpt', kind: 'llm', input: INPUT, output: OUTPUT }],
    })
  })

  it('as the details of a call in protobuf, with values that are maps', async () => {
    const receiver = await receiverOf()
    const said = (role: string, content: string) =>
      mapValue({
        role: textValue(role),
        parts: listValue(mapValue({ type: textValue('text'), content: textValue(content) })),
      })
    const record = protoLog(
      'gen_ai.client.inference.operation.details',
      logAttribute('gen_ai.operation.name', textValue('chat')),
      logAttribute(
        'gen_ai.system_instructions',
        listValue(mapValue({ type: textValue('text'), content: textValue('be brief') })),
      ),
      logAttribute('gen_ai.input.messages', listValue(said('user', 'weather?'))),
      logAttribute('gen_ai.output.messages', listValue(said('assistant', 'rain'))),
    )
    await sendSpan(receiver)
    const response = await receiver.receive(post(requestOf(record), PROTOBUF, LOGS))
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0])
    const parts = (content: string) => [{ type: 'text', content }]
    expect(await spanIn(receiver)).toMatchObject({
      name: 'chat gpt',
      status: 'ok',
      input: [
        { role: 'system', parts: parts('be brief') },
        { role: 'user', parts: parts('weather?') },
      ],
      output: [{ role: 'assistant', parts: parts('rain') }],
    })
  })

  it('as the details of a call in OTLP/JSON, with values that are JSON in texts, and packed', async () => {
    const receiver = await receiverOf()
    const messages = JSON.stringify([{ role: 'user', parts: [{ type: 'text', content: 'weather?' }] }])
    const attributes = { 'gen_ai.input.messages': messages }
    const record = logRecord('gen_ai.client.inference.operation.details', 50, undefined, attributes)
    const body = gzipSync(JSON.stringify(logs(record)))
    expect((await receiver.receive(post(body, { 'content-encoding': 'gzip' }, LOGS))).status).toBe(200)
    expect(await spanIn(receiver)).toMatchObject({ input: JSON.parse(messages) })
  })

  it('as Semantic Kernel logs them: the name is an attribute, the body a text', async () => {
    const receiver = await receiverOf()
    const message = { role: 'user', content: 'weather?' }
    const name = { 'event.name': 'gen_ai.user.message', 'gen_ai.system': 'openai', chat_message_index: 0 }
    await sendLogs(receiver, logRecord('', 10, JSON.stringify(message), name))
    expect(await spanIn(receiver)).toMatchObject({
      name: 'gen_ai.user.message',
      input: [{ event: 'gen_ai.user.message', ...SYSTEM, chat_message_index: 0, ...message }],
    })
  })

  it('with a body that is a text, which is the content', async () => {
    const receiver = await receiverOf()
    await receiver.receive(post(requestOf(protoLog('gen_ai.user.message', bytes(5, textValue('hi')))), PROTOBUF, LOGS))
    expect(await spanIn(receiver)).toMatchObject({ input: [{ event: 'gen_ai.user.message', content: 'hi' }] })
  })

  it('whose calls of tools are those of the span when it is read anew', async () => {
    const receiver = await receiverOf()
    const call = { type: 'tool_call', id: 'c1', name: 'weather', arguments: { city: 'Paris' } }
    const attributes = { 'gen_ai.output.messages': [{ role: 'assistant', parts: [call] }] }
    const resource = { attributes: keyValues({ 'service.name': 'desk' }) }
    await receiver.receive(post({ resourceSpans: [{ resource, ...spans(CHAT).resourceSpans[0] }] }))
    await sendLogs(receiver, logRecord('gen_ai.client.inference.operation.details', 50, undefined, attributes))
    expect((await spanIn(receiver))!.detail).toBeUndefined()
    expect(await renormalise(receiver.storage.traces)).toMatchObject({ changed: 1 })
    expect(await spanIn(receiver)).toMatchObject({ detail: { toolCalls: [call] }, output: [{ parts: [call] }] })
    expect(await renormalise(receiver.storage.traces)).toMatchObject({ changed: 0 })
  })

  it('which stay among its events where they are too large for that', async () => {
    const receiver = await receiverOf()
    const large = logRecord('gen_ai.user.message', 10, { content: 'x'.repeat(200_000) })
    await sendSpan(receiver)
    await sendLogs(receiver, large, large)
    const { name, input, events } = (await spanIn(receiver))!
    expect([name, input, events!.length]).toEqual(['chat gpt', undefined, 2])
  })

  it('and of a span that never comes, which is running under the name of the event', async () => {
    const receiver = await receiverOf()
    await sendLogs(receiver, USER)
    const { summary, spans } = (await receiver.storage.traces.get(TRACE_ID))!
    expect(summary).toMatchObject({ name: 'gen_ai.user.message', status: 'running', kinds: { other: 1 } })
    expect(spans).toMatchObject([{ startedAt: 1_764_859_882_050, input: [INPUT[0]] }])
  })
})

describe('the span in the end does not depend on what comes first', () => {
  const REQUESTS = { user: [USER], step: [ASSISTANT, TOOL], choice: [CHOICE], root: ROOT, span: CHAT }
  const ORDERS = [
    ['root', 'span', 'user', 'step', 'choice'],
    ['user', 'span', 'step', 'choice', 'root'],
    ['choice', 'step', 'user', 'span', 'root'],
    ['step', 'root', 'choice', 'span', 'user'],
    ['user', 'user', 'step', 'span', 'step', 'root', 'choice', 'span', 'user', 'choice'],
  ] as (keyof typeof REQUESTS)[][]

  it.each(ORDERS.map((order) => [order.join(', '), order] as const))('%s', async (_, order) => {
    const [receiver, together] = [await receiverOf(), await receiverOf()]
    for (const sent of order) {
      const told = REQUESTS[sent]
      await (Array.isArray(told) ? sendLogs(receiver, ...told) : sendSpan(receiver, told))
    }
    await sendLogs(together, USER, ASSISTANT, TOOL, CHOICE)
    await together.receive(post(spans(CHAT, ROOT)))
    const trace = await receiver.storage.traces.get(TRACE_ID)
    expect(trace).toEqual(await together.storage.traces.get(TRACE_ID))
    expect(trace).toMatchObject({
      summary: { name: 'root', status: 'ok', running: 0 },
      spans: [{ name: 'root' }, { kind: 'llm', input: INPUT, output: OUTPUT }],
    })
  })

  it('where a span fails as well', async () => {
    const receiver = await receiverOf()
    const failed = { ...CHAT, status: { code: 2, message: 'away' } }
    await sendSpan(receiver, failed)
    await sendLogs(receiver, USER)
    await sendLogs(receiver, ASSISTANT)
    expect(await spanIn(receiver)).toMatchObject({
      ...{ kind: 'llm', status: 'error', error: { message: 'away' } },
      input: INPUT.slice(0, 2),
    })
  })

  it.each(['before', 'after'])('what a span says itself stays, and its own events with it: logs %s', async (when) => {
    const receiver = await receiverOf()
    const told = keyValues({
      'gen_ai.operation.name': 'chat',
      'gen_ai.input.messages': '[{"role":"user","content":"mine"}]',
    })
    const own = { ...CHAT, attributes: told, events: [{ name: 'retry', timeUnixNano: CHAT.startTimeUnixNano }] }
    if (when === 'after') await sendSpan(receiver, own)
    await sendLogs(receiver, USER)
    await sendLogs(receiver, CHOICE)
    if (when === 'before') await sendSpan(receiver, own)
    expect(await spanIn(receiver)).toMatchObject({
      ...{
        name: 'chat gpt',
        kind: 'llm',
        startedAt: 1_764_859_882_049.125,
        input: [{ content: 'mine' }],
        output: OUTPUT,
      },
      events: [{ name: 'retry' }],
    })
  })

  it('and begins when it says so, though a clock of milliseconds tells an event before', async () => {
    const receiver = await receiverOf()
    await sendSpan(receiver)
    await sendLogs(receiver, { ...USER, timeUnixNano: '1764859882049000000' })
    expect(await spanIn(receiver)).toMatchObject({ startedAt: 1_764_859_882_049.125, input: [INPUT[0]] })
  })

  it('in as many requests as there are readings before its own', async () => {
    const receiver = await receiverOf()
    await sendSpan(receiver)
    for (let n = 0; n < CONVENTIONS.reading; n++)
      await sendLogs(receiver, logRecord('gen_ai.user.message', n, { content: String(n) }))
    const { input, kind } = (await spanIn(receiver))!
    expect([kind, (input as object[]).length]).toEqual(['llm', CONVENTIONS.reading])
  })
})

it('two messages that are alike in one request are two, and the same request again adds none', async () => {
  const receiver = await receiverOf()
  for (let n = 0; n < 2; n++) await sendLogs(receiver, USER, USER)
  expect(await spanIn(receiver)).toMatchObject({ input: [INPUT[0], INPUT[0]] })
})

it('a span of another tenant is another span', async () => {
  const receiver = await receiverOf({ tenantOf: (token) => token })
  const send = (token: string, ...records: object[]) =>
    receiver.receive(post(logs(...records), { authorization: `Bearer ${token}` }, LOGS))
  await send('acme', USER)
  await send('other', CHOICE)
  const of = (tenant: string) => receiver.storage.tenant(tenant).traces.span(TRACE_ID, SPAN_ID)
  expect((await of('acme'))!.output).toBeUndefined()
  expect((await of('other'))!.input).toBeUndefined()
  expect((await receiver.receive(post(logs(USER), {}, LOGS))).status).toBe(401)
})

describe('log records that are not taken', () => {
  const other = logRecord('', 10, 'GET / 200')
  const { spanId: _, ...without } = USER

  it.each([
    ['no records', []],
    ['a log line', [other]],
    ['an event of others', [logRecord('click', 10, { content: 'x' })]],
    [
      'an event of GenAI that is no message',
      [logRecord('gen_ai.evaluation.result', 10, {}, { 'gen_ai.evaluation.name': 'x' })],
    ],
    ['an event without a span', [without]],
    ['an event of a span that is none', [{ ...USER, spanId: '0'.repeat(16) }]],
    ['no object', ['x']],
  ])('are answered with 404 where there is nothing else: %s', async (_, records) => {
    const { storage, receive } = await receiverOf()
    const response = await receive(post(logs(...(records as object[])), {}, LOGS))
    expect([response.status, await response.json()]).toEqual([
      404,
      { code: 5, message: expect.stringMatching(/^only traces are taken here, at \/v1\/traces, and of logs /) },
    ])
    expect((await storage.traces.find()).items).toEqual([])
  })

  it('are counted beside those that are', async () => {
    const receiver = await receiverOf()
    const timeless = { ...CHOICE, observedTimeUnixNano: '0' }
    const response = await sendLogs(receiver, other, without, USER, timeless)
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        partialSuccess: {
          rejectedLogRecords: '3',
          errorMessage:
            '2 log records are not taken: only GenAI events of spans are, which tell messages; ' +
            'resourceLogs[0].scopeLogs[0].logRecords[3] timeUnixNano must be nanoseconds since 1970',
        },
      },
    ])
    expect(await spanIn(receiver)).toMatchObject({ input: [INPUT[0]] })
  })

  it('are counted in protobuf as well', async () => {
    const { receive } = await receiverOf()
    const body = requestOf(message(text(3, 'INFO')), protoLog('gen_ai.user.message', bytes(5, textValue('hi'))))
    const response = await receive(post(body, PROTOBUF, LOGS))
    const reader = new BinaryReader(new Uint8Array(await response.arrayBuffer()))
    expect([response.status, reader.tag()[0], reader.uint32() > 0, reader.tag()[0], reader.int64()]).toEqual([
      200,
      1,
      true,
      1,
      1n,
    ])
  })

  it('are each counted where the store rejects what they add up to', async () => {
    const receiver = await receiverOf()
    // Texts would be cut, but not names.
    const names = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`${n} `.repeat(60), 'x']))
    const large = Array.from({ length: 20 }, (_, n) => logRecord('gen_ai.user.message', n, names))
    const response = await sendLogs(receiver, ...large)
    const { partialSuccess } = (await response.json()) as { partialSuccess: Record<string, string> }
    expect(partialSuccess.rejectedLogRecords).toBe('20')
    expect(partialSuccess.errorMessage).toMatch(
      /^resourceLogs\[0\]\.scopeLogs\[0\]\.logRecords\[0\] span has \d+ bytes/,
    )
  })

  it('as bytes that are none, with where they are wrong', async () => {
    const { receive } = await receiverOf()
    const wrong = requestOf(
      protoLog('gen_ai.user.message', (writer) => writer.raw(new Uint8Array([0x2a, 0x02, 0x0a, 0x05]))),
    )
    const response = await receive(post(wrong, PROTOBUF, LOGS))
    expect(response.status).toBe(400)
    expect(Buffer.from(await response.arrayBuffer()).toString()).toContain(
      'the body is no ExportLogsServiceRequest in protobuf: resourceLogs[0].scopeLogs[0].logRecords[0]',
    )
  })

  it('are told of what was passed over of those that are', async () => {
    const receiver = await receiverOf()
    const response = await sendLogs(receiver, { ...USER, eventNam: 'x' })
    expect(await response.json()).toMatchObject({
      partialSuccess: {
        rejectedLogRecords: '0',
        errorMessage: expect.stringMatching(
          /^resourceLogs\[0\]\.scopeLogs\[0\]\.logRecords\[0\]\.eventNam is no field here/,
        ),
      },
    })
  })
})
