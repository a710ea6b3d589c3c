import { once } from 'node:events'
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { StoreError } from '@freehold/contract'
import { serve } from '@hono/node-server'
import type { Storage } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { otlpReceiver } from '../src/index.js'
import { read } from '../src/receiver/read-request.js'
import { Refusal } from '../src/receiver/refusal.js'
import { OTLP_SPAN } from './support/otlp-span.js'
import { protoSpan, requestOf } from './support/protobuf.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'
import { PROTOBUF, post, receiverOf } from './support/receivers.js'

const spans = (...each: object[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: each }] }] })
const ONE = spans(OTLP_SPAN)
const BYTES = Buffer.from(JSON.stringify(ONE))

/** The span in protobuf, built by hand: `resourceSpans[0].scopeSpans[0].spans[0]`. */
function protobuf(span: Buffer): Buffer {
  return [span, undefined, undefined].reduce<Buffer>(
    (inner, _, index) =>
      Buffer.concat([Buffer.from([index === 0 ? 0x12 : index === 1 ? 0x12 : 0x0a, inner.length]), inner]),
    span,
  )
}

const ID = Buffer.concat([
  Buffer.from([0x0a, 16]),
  Buffer.from(TRACE_ID, 'hex'),
  Buffer.from([0x12, 8]),
  Buffer.from(SPAN_ID, 'hex'),
])

function failingStorage(error: Error): Storage {
  return { traces: { write: () => Promise.reject(error) } } as unknown as Storage
}

describe('what is taken', () => {
  it.each([
    ['as it is', BYTES, {}],
    ['with gzip', gzipSync(BYTES), { 'content-encoding': 'gzip' }],
    ['with another name of gzip', gzipSync(BYTES), { 'content-encoding': 'X-GZIP' }],
    ['with deflate', deflateSync(BYTES), { 'content-encoding': 'deflate' }],
    ['with deflate that has no header', deflateRawSync(BYTES), { 'content-encoding': 'deflate' }],
    [
      'as identity, with a charset',
      BYTES,
      { 'content-encoding': 'identity', 'content-type': 'application/json; charset=utf-8' },
    ],
  ])('%s is kept before the answer', async (_, body, headers) => {
    const { storage, receive } = await receiverOf()
    const response = await receive(post(body, headers))
    expect([response.status, await response.json()]).toEqual([200, {}])
    expect(await storage.traces.span(TRACE_ID, SPAN_ID)).toMatchObject({ name: 'span' })
  })

  it('at any path that ends with that of OTLP', async () => {
    const { receive } = await receiverOf()
    expect((await receive(post(ONE, {}, '/agents/otlp/v1/traces?x=1'))).status).toBe(200)
  })

  it.each([
    ['JSON', '{}', {}],
    ['JSON that says so', '{"resourceSpans":null}', {}],
    ['protobuf', new Uint8Array(), PROTOBUF],
  ])('without spans, in %s', async (_, body, headers) => {
    const { receive } = await receiverOf()
    const response = await receive(post(body, headers))
    expect(response.status).toBe(200)
  })

  it('from Node in two lines', async () => {
    const { storage, receive } = await receiverOf()
    const server = serve({ fetch: receive, port: 0 })
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(BYTES),
    })
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    expect(await storage.traces.span(TRACE_ID, SPAN_ID)).not.toBeNull()
  })
})

describe('what cannot be kept of it', () => {
  it('is counted and named, and the rest is kept', async () => {
    const { storage, receive } = await receiverOf()
    const bad = [
      { ...OTLP_SPAN, spanId: 'x' },
      { ...OTLP_SPAN, spanId: '1'.repeat(16), startTimeUnixNano: '0' },
    ]
    const response = await receive(post(spans(...bad, OTLP_SPAN)))
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        partialSuccess: {
          rejectedSpans: '2',
          errorMessage:
            'resourceSpans[0].scopeSpans[0].spans[0] spanId must be 16 hex digits that are not all zero; ' +
            'resourceSpans[0].scopeSpans[0].spans[1] startTimeUnixNano must be nanoseconds since 1970',
        },
      },
    ])
    expect(await storage.traces.span(TRACE_ID, SPAN_ID)).not.toBeNull()
  })

  it('is counted where the store rejects it', async () => {
    const { receive } = await receiverOf()
    // Texts would be cut, but not names.
    const attributes = Array.from({ length: 20_000 }, (_, n) => ({ key: `${n} `.repeat(60), value: { intValue: n } }))
    const response = await receive(post(spans({ ...OTLP_SPAN, spanId: '2'.repeat(16), attributes }, OTLP_SPAN)))
    const { partialSuccess } = (await response.json()) as {
      partialSuccess: { rejectedSpans: string; errorMessage: string }
    }
    expect(partialSuccess.rejectedSpans).toBe('1')
    expect(partialSuccess.errorMessage).toMatch(/^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\] span has \d+ bytes/)
  })

  it('is told of ten at most', async () => {
    const { receive } = await receiverOf()
    const response = await receive(post(spans(...Array.from({ length: 12 }, () => ({ ...OTLP_SPAN, spanId: 'x' })))))
    const { partialSuccess } = (await response.json()) as { partialSuccess: { errorMessage: string } }
    expect(partialSuccess.errorMessage.split('; ')).toHaveLength(11)
    expect(partialSuccess.errorMessage).toMatch(/; and 2 more$/)
  })

  it('is told in protobuf as well', async () => {
    const { receive } = await receiverOf()
    const response = await receive(post(protobuf(ID), PROTOBUF))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/x-protobuf'])
    const reader = new BinaryReader(new Uint8Array(await response.arrayBuffer()))
    expect([
      reader.tag()[0],
      reader.uint32() > 0,
      reader.tag()[0],
      reader.int64(),
      reader.tag()[0],
      reader.string(),
    ]).toEqual([
      1,
      true,
      1,
      1n,
      2,
      'resourceSpans[0].scopeSpans[0].spans[0] startTimeUnixNano must be nanoseconds since 1970',
    ])
  })

  it('is no parent of no bytes, nor of zeros', async () => {
    const { receive } = await receiverOf()
    for (const none of [new Uint8Array(), new Uint8Array(8)]) {
      const span = protoSpan((writer) => writer.tag(4, 2).bytes(none))
      const response = await receive(post(requestOf(span), PROTOBUF))
      expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, 0])
    }
  })

  it('is an end that no time is', async () => {
    const { storage, receive } = await receiverOf()
    const response = await receive(post(spans({ ...OTLP_SPAN, endTimeUnixNano: '18446744073709551615' })))
    expect(await response.json()).toMatchObject({ partialSuccess: { rejectedSpans: '0' } })
    expect(await storage.traces.span(TRACE_ID, SPAN_ID)).toMatchObject({ status: 'running' })
  })

  it('is told as a warning where the span is kept', async () => {
    const { receive } = await receiverOf()
    const response = await receive(post(spans({ ...OTLP_SPAN, kind: 9 })))
    expect(await response.json()).toMatchObject({
      partialSuccess: {
        rejectedSpans: '0',
        errorMessage: expect.stringContaining('.kind must be a number from 0 to 5'),
      },
    })
  })
})

describe('what is refused', () => {
  const [json, html] = [{}, { 'content-type': 'text/html' }]

  it.each<[number, string, Request]>([
    [400, 'JSON that is none', post('{', json)],
    [400, 'JSON of something else', post('[]', json)],
    [400, 'JSON without spans', post({ resourceLogs: [] }, json)],
    [400, 'JSON that is not UTF-8', post(Buffer.from([0x22, 0xff, 0x22]), json)],
    [400, 'protobuf that is none', post(Buffer.from([0xff]), PROTOBUF)],
    [400, 'JSON that is told to be protobuf', post(BYTES, PROTOBUF)],
    [400, 'gzip that is none', post(BYTES, { 'content-encoding': 'gzip' })],
    [400, 'gzip that is cut off', post(gzipSync(BYTES).subarray(0, 40), { 'content-encoding': 'gzip' })],
    [400, 'deflate that is none', post(Buffer.from('no'), { 'content-encoding': 'deflate' })],
    [404, 'logs', post({ resourceLogs: [] }, json, '/v1/logs')],
    [404, 'no logs', post(new Uint8Array(), PROTOBUF, '/v1/logs')],
    [400, 'logs that are none', post(ONE, json, '/v1/logs')],
    [404, 'metrics', post(ONE, json, '/v1/metrics')],
    [404, 'something else', post(ONE, json, '/')],
    [405, 'another method', new Request('http://localhost/v1/traces')],
    [405, 'another method for logs', new Request('http://localhost/v1/logs')],
    [415, 'another content type', post('x', html)],
    [415, 'another coding', post(BYTES, { 'content-encoding': 'br' })],
    [415, 'a coding that is the name of a method', post(BYTES, { 'content-encoding': 'constructor' })],
    [415, 'two codings', post(BYTES, { 'content-encoding': 'gzip, gzip' })],
  ])('with %i: %s', async (status, _, request) => {
    const { storage, receive } = await receiverOf()
    const response = await receive(request)
    expect(response.status).toBe(status)
    if (request.headers.get('content-type') !== PROTOBUF['content-type'])
      expect(await response.json()).toEqual({ code: expect.any(Number), message: expect.any(String) })
    expect((await storage.traces.find()).items).toEqual([])
  })

  it.each([
    ['a text that is not UTF-8', [0x2a, 1, 0xff], 'resourceSpans[0].scopeSpans[0].spans[0]: a text is not UTF-8'],
    [
      'a length beyond the end',
      [0x2a, 0xff, 0xff, 0xff, 0xff, 0x07],
      'resourceSpans[0].scopeSpans[0].spans[0]: premature EOF',
    ],
    [
      'a field of another type',
      [0x28, 1],
      'resourceSpans[0].scopeSpans[0].spans[0]: field 5 has wire type 0 in place of 2',
    ],
    ['a tag that is none', [0x07], 'resourceSpans[0].scopeSpans[0].spans[0]: illegal tag: field no 0 wire type 7'],
  ])('with where it is wrong: %s', async (_, field, message) => {
    const { receive } = await receiverOf()
    const response = await receive(post(protobuf(Buffer.concat([ID, Buffer.from(field)])), PROTOBUF))
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/x-protobuf'])
    const reader = new BinaryReader(new Uint8Array(await response.arrayBuffer()))
    expect([reader.tag()[0], reader.int32(), reader.tag()[0], reader.string()]).toEqual([
      1,
      3,
      2,
      `the body is no ExportTraceServiceRequest in protobuf: ${message}`,
    ])
  })

  it('with 413 where the body is larger than is taken, as it is told, sent or unpacked', async () => {
    const { storage, receive } = await receiverOf({ maxBytes: 1_000 })
    const large = JSON.stringify(spans({ ...OTLP_SPAN, name: 'x'.repeat(1_000) }))
    const stream = new Blob([large]).stream()
    const packed = gzipSync(large)
    expect(packed.length).toBeLessThan(1_000)
    for (const request of [post(large), post(stream), post(packed, { 'content-encoding': 'gzip' })])
      expect((await receive(request)).status).toBe(413)
    expect((await storage.traces.find()).items).toEqual([])
  })

  it('with 429 where too much is worked on, and taken later', async () => {
    const { receive } = await receiverOf({ maxBytes: 1_000, maxWaiting: 2_000, retryAfter: 3 })
    const body = JSON.stringify(spans({ ...OTLP_SPAN, name: 'x'.repeat(500) }))
    const answers = await Promise.all(Array.from({ length: 5 }, () => receive(post(body))))
    const late = answers.filter(({ status }) => status === 429)
    expect(late.length).toBeGreaterThan(0)
    expect(late.map(({ headers }) => headers.get('retry-after'))).toEqual(late.map(() => '3'))
    expect((await receive(post(body))).status).toBe(200)
  })

  it('with 503 where the body does not come in time, and no room is held for it', async () => {
    const { receive } = await receiverOf({ timeout: 50, maxBytes: 1_000, maxWaiting: 2_000 })
    const stalled = () =>
      new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(900).fill(0x20)) })
    const answers = await Promise.all([1, 2].map(() => receive(post(stalled()))))
    expect(answers.map(({ status }) => status)).toEqual([503, 503])
    expect((await receive(post(ONE))).status).toBe(200)
  })

  it('with 400 where the sender goes away', async () => {
    const { receive } = await receiverOf()
    const stream = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array([0x7b])),
      pull: (controller) => controller.error(new Error('gone')),
    })
    expect((await receive(post(stream))).status).toBe(400)
  })
})

describe('with tokens', () => {
  const tenantOf = (token: string) => (token === 'secret-a' ? 'acme' : token === 'secret-b' ? 'other' : undefined)
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

  it('spans are those of the tenant, and of no other', async () => {
    const { storage, receive } = await receiverOf({ tenantOf })
    expect((await receive(post(ONE, bearer('secret-a')))).status).toBe(200)
    const found = async (tenant: string) => (await storage.tenant(tenant).traces.find()).items.length
    expect([await found('acme'), await found('other'), (await storage.traces.find()).items.length]).toEqual([1, 0, 0])
  })

  it.each([
    ['none', {}],
    ['another', bearer('secret-c')],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another scheme', { authorization: 'Basic secret-a' }],
    ['two', { authorization: 'Bearer secret-a secret-b' }],
  ])('with %s it is 401, and no body is read', async (_, headers) => {
    const { storage, receive } = await receiverOf({ tenantOf })
    const request = post(ONE, headers as Record<string, string>)
    const response = await receive(request)
    expect([response.status, response.headers.get('www-authenticate'), request.bodyUsed]).toEqual([
      401,
      'Bearer',
      false,
    ])
    expect(await response.text()).not.toContain('secret')
    expect((await storage.traces.find()).items).toEqual([])
  })

  it('it is 503 where nobody can say whose token it is', async () => {
    const errors: Error[] = []
    const lookup = () => Promise.reject(new Error('directory is away'))
    const { receive } = await receiverOf({ tenantOf: lookup, onError: (error) => errors.push(error) })
    const response = await receive(post(ONE, bearer('secret-a')))
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await response.text()).not.toContain('directory')
    expect(errors.map(({ message }) => message)).toEqual(['directory is away'])
  })
})

describe('where the database fails', () => {
  it.each<[number, string, Error]>([
    [503, 'away', new StoreError('unavailable', 'host db-7 is down', { retryable: true })],
    [503, 'with a password that somebody must mend', new StoreError('unavailable', 'password of app is wrong')],
    [503, 'for a reason that nobody knows', new Error('disk of db-7 is full')],
    [500, 'for a tenant that is none', new StoreError('invalid', 'tenant is too long')],
  ])('it is %i: %s', async (status, _, error) => {
    const errors: Error[] = []
    const receive = otlpReceiver(failingStorage(error), { onError: (each) => errors.push(each), retryAfter: 1 })
    const response = await receive(post(ONE))
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, status === 503 ? '1' : null])
    expect(await response.text()).not.toMatch(/db-7|app/)
    expect(errors).toEqual([error])
  })

  it('it is 503 as well where the storage was closed', async () => {
    const { storage, receive } = await receiverOf({ onError: () => {} })
    await storage.close()
    expect((await receive(post(ONE))).status).toBe(503)
  })
})

it('what was refused is not stored later, when it turns out what it would have been', async () => {
  const { storage, receive } = await receiverOf()
  const agent = (spanId: string, name: string, fields: object) => ({
    ...OTLP_SPAN,
    spanId,
    attributes: Object.entries({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': name, ...fields }).map(
      ([key, stringValue]) => ({ key, value: { stringValue } }),
    ),
  })
  const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`${n} `.repeat(60), 'x']))
  const clerk = { ...agent('2'.repeat(16), 'clerk', many), parentSpanId: '1'.repeat(16) }
  expect(await (await receive(post(spans(clerk)))).json()).toMatchObject({ partialSuccess: { rejectedSpans: '1' } })
  await receive(post(spans(agent('1'.repeat(16), 'boss', {}))))
  expect((await storage.traces.get(TRACE_ID))!.spans.map(({ spanId }) => spanId)).toEqual(['1'.repeat(16)])
})

it('an agent that is called from a batch that comes later is a delegation then', async () => {
  const { storage, receive } = await receiverOf()
  const agent = (spanId: string, name: string, parentSpanId?: string) => ({
    ...OTLP_SPAN,
    spanId,
    parentSpanId,
    attributes: Object.entries({ 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': name }).map(
      ([key, stringValue]) => ({ key, value: { stringValue } }),
    ),
  })
  await receive(post(spans(agent('2'.repeat(16), 'clerk', '1'.repeat(16)))))
  expect(await storage.traces.span(TRACE_ID, '2'.repeat(16))).toMatchObject({ kind: 'run' })
  await receive(post(spans(agent('1'.repeat(16), 'boss'))))
  expect(await storage.traces.span(TRACE_ID, '2'.repeat(16))).toMatchObject({ kind: 'delegation' })
})

it('wrong options are all refused at once', () => {
  const options = { tenantOf: 'x', maxBytes: 0, maxWaiting: 1.5, retryAfter: -1, onError: 1, port: 4318 }
  expect(() => otlpReceiver({} as Storage, options as never)).toThrow(
    expect.objectContaining({
      code: 'invalid',
      problems: expect.objectContaining({ length: 6 }),
    }),
  )
})

it('a fault that is none of the body is not answered with 400, after which a sender gives it up', async () => {
  const faulty = null as never
  for (const format of ['json', 'protobuf'] as const)
    await expect(read(faulty, format, 'traces', (raw) => raw)).rejects.not.toBeInstanceOf(Refusal)
  await expect(read(Buffer.from('{'), 'json', 'traces', (raw) => raw)).rejects.toBeInstanceOf(Refusal)
})
