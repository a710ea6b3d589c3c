import { createGzip, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { fromJson } from '../src/receiver/from-json.js'
import { fromProtobuf } from '../src/receiver/from-protobuf.js'
import { OTLP_SPAN } from './support/otlp-span.js'
import {
  attribute,
  bytes,
  message,
  nanoseconds,
  protoSpan,
  requestOf,
  text,
  textValue,
  type Write,
} from './support/protobuf.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'
import { PROTOBUF, post, receiverOf } from './support/receivers.js'

const GZIP = { 'content-encoding': 'gzip' }
const MIB = 1_048_576

const document = (span: object) => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...OTLP_SPAN, ...span }] }] }] })

/** A value of `depth` lists within each other. */
const nestedValue = (depth: number): Uint8Array =>
  Array.from({ length: depth }).reduce<Uint8Array>(
    (inner) => message(bytes(5, message(bytes(1, inner)))),
    textValue('x'),
  )

const many =
  (count: number, each: (n: number) => Write): Write =>
  (writer) => {
    for (let n = 0; n < count; n++) each(n)(writer)
  }

/** An `EntityRef` of so many ids. */
const entityOf = (ids: number): Uint8Array => message(many(ids, () => text(3, 'a')))

/** Two hundred times these bytes, packed. */
async function bomb(chunk: Buffer): Promise<Buffer> {
  const gzip = createGzip({ level: 9 })
  const parts: Buffer[] = []
  gzip.on('data', (part: Buffer) => parts.push(part))
  for (let n = 0; n < 200; n++) if (!gzip.write(chunk)) await new Promise((resolve) => gzip.once('drain', resolve))
  gzip.end()
  await new Promise((resolve) => gzip.once('end', resolve))
  return Buffer.concat(parts)
}

describe('a body that is small and becomes large', () => {
  it('is refused before it does: 200 MiB in a few KiB', async () => {
    const packed = await bomb(Buffer.alloc(MIB, 0x20))
    expect(packed.length).toBeLessThan(MIB)
    const { receive } = await receiverOf()
    const before = process.memoryUsage().rss
    const answers = await Promise.all(Array.from({ length: 40 }, () => receive(post(packed, GZIP))))
    // Those for which there is no room at the same time may be sent again.
    expect(answers.map(({ status }) => status).filter((status) => status !== 413 && status !== 429)).toEqual([])
    expect((process.memoryUsage().rss - before) / MIB).toBeLessThan(300)
  })

  it('is refused where it is a bomb in a bomb', async () => {
    const { receive } = await receiverOf()
    const twice = gzipSync(await bomb(Buffer.alloc(MIB, 0x20)))
    expect((await receive(post(twice, GZIP))).status).toBe(400)
  })

  it.each([
    ['empty messages of protobuf', Buffer.alloc(4 * MIB, Buffer.from([0x0a, 0x00])), PROTOBUF],
    [
      'empty events of a span',
      requestOf(protoSpan((writer) => writer.raw(Buffer.alloc(4 * MIB, Buffer.from([0x5a, 0x00]))))),
      PROTOBUF,
    ],
    [
      'numbers in JSON where spans should be',
      Buffer.from(`{"resourceSpans":[{"scopeSpans":[{"spans":[${'1,'.repeat(1_500_000)}1]}]}]}`),
      {},
    ],
    [
      'short texts of a resource',
      message(bytes(1, message(bytes(1, message(bytes(3, entityOf(1_200_000))))))),
      PROTOBUF,
    ],
    ['empty objects of JSON', Buffer.from(`{"resourceSpans":[${'{},'.repeat(1_500_000)}{}]}`), {}],
  ])('is refused where it becomes millions of objects: %s', async (_, body, headers) => {
    const { storage, receive } = await receiverOf()
    const response = await receive(post(body, headers))
    expect(response.status).toBe(413)
    expect(await response.text()).toContain('send fewer spans at once')
    expect((await storage.traces.find()).items).toEqual([])
  })
})

describe('what spans share', () => {
  const resource = message(many(20_000, (n) => bytes(1, message(text(1, `k${n}`)))))
  const span = (n: number) => {
    const id = Buffer.from(n.toString(16).padStart(16, '0'), 'hex')
    const start = nanoseconds(7, 1_764_859_882_049_123_456n)
    return message(bytes(1, Buffer.from(TRACE_ID, 'hex')), bytes(2, id), start)
  }
  const body = (spans: number) =>
    message(bytes(1, message(bytes(1, resource), bytes(2, message(many(spans, (n) => bytes(2, span(n + 1))))))))

  it('is looked through once, and not for each span', () => {
    // With a look for each this takes minutes.
    expect(fromProtobuf(body(10_000)).spans).toHaveLength(10_000)
  })

  it('is refused where it is too much to be written with each of them', async () => {
    const { storage, receive } = await receiverOf()
    const response = await receive(post(body(1_000), PROTOBUF))
    expect([response.status, (await storage.traces.find()).items]).toEqual([413, []])
  })
})

describe('10^6 attributes', () => {
  it('of one span are refused, in protobuf', async () => {
    const { receive } = await receiverOf()
    const body = requestOf(protoSpan(many(1_000_000, (n) => attribute(`k${n}`, message()))))
    expect((await receive(post(body, PROTOBUF))).status).toBe(413)
  })

  it('of which a span has 100,000 cost that span alone', async () => {
    const { storage, receive } = await receiverOf()
    const attributes = many(100_000, (n) => attribute(`key number ${n} of many`, textValue('x'.repeat(20))))
    const other = message(
      bytes(1, Buffer.from(TRACE_ID, 'hex')),
      bytes(2, Buffer.from('2'.repeat(16), 'hex')),
      text(5, 'good'),
      (writer) => writer.tag(7, 1).fixed64(1_764_859_882_049_123_456n),
    )
    const response = await receive(post(requestOf(protoSpan(attributes), other), PROTOBUF))
    expect(response.status).toBe(200)
    expect((await storage.traces.spans()).items.map(({ name }) => name)).toEqual(['good'])
  })
})

describe('values that are nested', () => {
  it.each([1, 50, 99])('%i deep are kept whole, whichever way they come', (depth) => {
    const [span] = fromProtobuf(requestOf(protoSpan(attribute('deep', nestedValue(depth))))).spans
    let value: unknown = span!.attributes!.deep
    for (let n = 0; n < depth; n++) value = (value as unknown[])[0]
    expect(value).toBe('x')
  })

  it.each([101, 200, 5_000])('%i deep are cut off with a warning, in protobuf', (depth) => {
    const { spans, warnings } = fromProtobuf(requestOf(protoSpan(attribute('deep', nestedValue(depth)))))
    expect(JSON.stringify(spans[0]!.attributes!.deep)).toContain('[too deep]')
    expect(warnings).toEqual([
      {
        path: expect.stringMatching(
          /^resourceSpans\[0\]\.scopeSpans\[0\]\.spans\[0\]\.attributes\[0\]\.value\.arrayValue/,
        ),
        reason: 'is nested too deep; cut off',
      },
    ])
  })

  it('are warned of at the same place as in JSON', () => {
    const value = Array.from({ length: 101 }).reduce<object>((inner) => ({ arrayValue: { values: [inner] } }), {
      stringValue: 'x',
    })
    const json = fromJson(Buffer.from(JSON.stringify(document({ attributes: [{ key: 'deep', value }] }))))
    const proto = fromProtobuf(requestOf(protoSpan(attribute('deep', nestedValue(101)))))
    expect([proto.warnings, proto.spans[0]!.attributes]).toEqual([json.warnings, json.spans[0]!.attributes])
  })

  it('100,000 deep are refused in JSON', async () => {
    const { receive } = await receiverOf()
    expect((await receive(post(`{"resourceSpans":${'['.repeat(100_000)}${']'.repeat(100_000)}}`))).status).toBe(400)
  })

  it('100,000 groups deep are refused in protobuf', async () => {
    const { receive } = await receiverOf()
    expect((await receive(post(Buffer.alloc(100_000, 0x0b), PROTOBUF))).status).toBe(400)
  })
})

it('an id of eleven bytes is none, though its digits are as many as those of one in base64', () => {
  const span = message(bytes(1, Buffer.alloc(11, 1)), bytes(2, Buffer.from(SPAN_ID, 'hex')), (writer) =>
    writer.tag(7, 1).fixed64(1_764_859_882_049_123_456n),
  )
  expect(fromProtobuf(requestOf(span)).rejected).toEqual([
    { path: 'resourceSpans[0].scopeSpans[0].spans[0]', reason: 'traceId must be 32 hex digits that are not all zero' },
  ])
})

it('names of what every object has are names like others', () => {
  const span = protoSpan(attribute('__proto__', textValue('x')), attribute('constructor', textValue('y')))
  const { attributes } = fromProtobuf(requestOf(span)).spans[0]!
  expect(Object.entries(attributes!)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ])
})
