import type { JsonObject, StoreError } from '@freehold/contract'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage, type Storage } from 'freehold'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DoorOptions, FreeholdSpanProcessor, importOtlp, otlpReceiver } from '../src/index.js'
import { agentTracer } from '../src/manual/index.js'
import { OTLP_SPAN } from './support/otlp-span.js'
import { bytes, message, protoSpan, requestOf, text } from './support/protobuf.js'
import { TRACE_ID } from './support/raw-span.js'
import { PROTOBUF, post } from './support/receivers.js'

async function emptyStorage(): Promise<Storage> {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  return storage
}

/** Attributes, an event and a resource, as somebody's instrumentation writes them. */
interface Told {
  attributes: Record<string, string | number>
  event?: Record<string, string>
  resource?: Record<string, string>
  failure?: string
}

type Way = (storage: Storage, told: Told, door: DoorOptions) => Promise<unknown>

const pairs = (object: object = {}) =>
  Object.entries(object).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: value } : { stringValue: value },
  }))

const documentOf = ({ attributes, event, resource, failure }: Told) => ({
  resourceSpans: [
    {
      resource: { attributes: pairs(resource) },
      scopeSpans: [
        {
          spans: [
            {
              ...OTLP_SPAN,
              attributes: pairs(attributes),
              events: event && [{ name: 'e', timeUnixNano: OTLP_SPAN.startTimeUnixNano, attributes: pairs(event) }],
              status: failure === undefined ? undefined : { code: 2, message: failure },
            },
          ],
        },
      ],
    },
  ],
})

const proto = (number: number, object: object = {}) =>
  Object.entries(object).map(([key, value]) => {
    const read =
      typeof value === 'number' ? message((writer) => writer.tag(3, 0).int64(value)) : message(text(1, value))
    return bytes(number, message(text(1, key), bytes(2, read)))
  })

const protobufOf = ({ attributes, event, resource, failure }: Told) => {
  const events = event === undefined ? [] : [bytes(11, message(text(2, 'e'), ...proto(3, event)))]
  const status =
    failure === undefined
      ? []
      : [
          bytes(
            15,
            message(text(2, failure), (writer) => writer.tag(3, 0).int32(2)),
          ),
        ]
  const span = protoSpan(...proto(9, attributes), ...events, ...status)
  const within = requestOf(span)
  return resource === undefined
    ? within
    : message(bytes(1, message(bytes(1, message(...proto(1, resource))), bytes(2, message(bytes(2, span))))))
}

async function recorded(
  storage: Storage,
  { attributes, event, resource, failure }: Told,
  door: DoorOptions,
  kind: 'sdk' | 'manual',
) {
  const processor = new FreeholdSpanProcessor(storage.traces, door)
  const own = resource && {
    attributes: resource,
    asyncAttributesPending: false,
    merge: () => own,
    getRawAttributes: () => [],
  }
  const provider = new BasicTracerProvider({ spanProcessors: [processor], ...(own && { resource: own as never }) })
  const tracer = provider.getTracer('t')
  const tell = (span: ReturnType<typeof tracer.startSpan>) => {
    span.setAttributes(attributes)
    if (event !== undefined) span.addEvent('e', event)
    if (failure !== undefined) span.setStatus({ code: 2, message: failure })
  }
  if (kind === 'sdk') {
    const span = tracer.startSpan('span')
    tell(span)
    span.end()
  } else agentTracer(tracer).tool({ name: 'span' }, ({ otel }) => tell(otel))
  await provider.shutdown()
}

const WAYS: Record<string, Way> = {
  processor: (storage, told, door) => recorded(storage, told, door, 'sdk'),
  'spans by hand': (storage, told, door) => recorded(storage, told, door, 'manual'),
  import: (storage, told, door) => importOtlp(storage.traces, documentOf(told), door),
  'receiver of JSON': (storage, told, door) => otlpReceiver(storage, door)(post(documentOf(told))),
  'receiver of protobuf': (storage, told, door) => otlpReceiver(storage, door)(post(protobufOf(told), PROTOBUF)),
}

async function throughWay(way: Way, told: Told, door: DoorOptions) {
  const storage = await emptyStorage()
  await way(storage, told, door)
  const [summary] = (await storage.traces.find()).items
  const trace = summary && (await storage.traces.get(summary.traceId))
  return { span: trace?.spans[0], text: JSON.stringify(trace ?? null) }
}

describe.each(Object.entries(WAYS))('%s', (_, way) => {
  it('takes out what is named, wherever it stands, and all that is derived from it', async () => {
    const told: Told = {
      attributes: {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.call.arguments': JSON.stringify({
          order: 'A-17',
          card: { number: 'hidden-1' },
          list: [{ PIN: 'hidden-2' }],
        }),
        'gen_ai.tool.call.result': 'card 4111 1111 1111 1111 of Maria',
        'http.request.header.authorization': 'hidden-3',
        'user.id': 'hidden-4@example.com',
        phone: 491_701_234_567,
      },
      event: { 'db.password': 'hidden-5', note: 'call hidden-6@example.com' },
      resource: { 'service.name': 'shop', api_key: 'hidden-7' },
      failure: 'no mail to hidden-8@example.com',
    }
    const { span, text } = await throughWay(way, told, {
      redact: {
        keys: ['number', 'pin', 'http.request.header.authorization', /pass(word|wd)$/i, 'API_KEY'],
        patterns: [/[\w.+-]+@[\w-]+\.\w+/, /\b\d(?:[ -]?\d){11,18}\b/],
      },
    })
    expect(text).not.toMatch(/hidden|4111|491701234567/)
    expect(span).toMatchObject({
      kind: 'tool',
      detail: {
        arguments: { order: 'A-17', card: { number: '[redacted]' }, list: [{ PIN: '[redacted]' }] },
        result: 'card [redacted] of Maria',
      },
      error: { message: 'no mail to [redacted]' },
      attributes: { phone: '[redacted]', 'http.request.header.authorization': '[redacted]' },
      events: [{ attributes: { 'db.password': '[redacted]', note: 'call [redacted]' } }],
      resource: { attributes: { 'service.name': 'shop', api_key: '[redacted]' } },
    })
    expect(span!.userId).toBeUndefined()
  })

  it('asks a function about each text', async () => {
    const seen: string[] = []
    const { span } = await throughWay(
      way,
      { attributes: { a: 'one', 'gen_ai.prompt': '[{"content":"two"}]' } },
      {
        redact: {
          text: (text, key) => {
            seen.push(`${key}=${text}`)
            return text === 'two' ? 'zwei' : text
          },
        },
      },
    )
    expect(seen).toEqual(expect.arrayContaining(['a=one', 'content=two']))
    expect(span!.attributes!['gen_ai.prompt']).toBe('[{"content":"zwei"}]')
  })

  it.each<[string, (text: string) => string]>([
    [
      'throws',
      (text) => {
        throw new Error(`cannot read ${text}`)
      },
    ],
    ['returns no text', () => undefined as never],
    ['returns later', (async (text: string) => text) as never],
  ])('keeps no span where the function %s, and tells nothing of it', async (_, redact) => {
    const warnings: string[] = []
    const listen = (warning: Error) => warnings.push(warning.message)
    process.on('warning', listen)
    onTestFinished(() => void process.off('warning', listen))
    const { span } = await throughWay(way, { attributes: { a: 'hidden' } }, { redact: { text: redact } })
    expect(span).toBeUndefined()
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings.join()).not.toContain('hidden')
  })

  it('cuts long texts, also within JSON, and says how much', async () => {
    const messages = JSON.stringify([{ role: 'user', content: 'x'.repeat(5_000) }])
    const attributes = { long: 'y'.repeat(3_000), 'gen_ai.operation.name': 'chat', 'gen_ai.input.messages': messages }
    const { span } = await throughWay(way, { attributes }, { caps: { value: 1_000 } })
    const { long, 'gen_ai.input.messages': input } = span!.attributes as Record<string, string>
    expect(long).toMatch(/^y{900,}… \[cut: 9\d\d of 3000 characters\]$/)
    expect(long!.length).toBeLessThanOrEqual(1_000)
    expect(JSON.parse(input!)).toEqual([
      { role: 'user', content: expect.stringMatching(/x… \[cut: \d+ of 5000 characters\]$/) },
    ])
    expect(span!.input).toEqual(JSON.parse(input!))
  })

  it('cuts the longest texts of a span that is too large', async () => {
    const attributes = { a: 'a'.repeat(60_000), b: 'b'.repeat(30_000), c: 'c'.repeat(900) }
    const { span, text } = await throughWay(way, { attributes }, { caps: { span: 20_000 } })
    const cut = span!.attributes as Record<string, string>
    expect([cut.a!.length, cut.c]).toEqual([cut.b!.length, attributes.c])
    expect(cut.a).toMatch(/… \[cut: \d+ of 60000 characters\]$/)
    expect(text.length).toBeLessThan(21_500)
    expect(text.length).toBeGreaterThan(18_000)
  })

  it('keeps a span that no store would take, cut', async () => {
    const long = (n: number) => String.fromCharCode(97 + n).repeat(250_000)
    const attributes = Object.fromEntries(Array.from({ length: 22 }, (_, n) => [`k${n}`, long(n)]))
    const { span } = await throughWay(way, { attributes }, {})
    expect((span!.attributes as Record<string, string>).k0).toMatch(/\[cut: \d+ of 250000 characters\]$/)
  })

  it('refuses wrong options, all at once', async () => {
    const door = {
      redact: { keys: 'x', patterns: ['y'], text: 1, other: 1 },
      caps: { value: 1, span: 1e9 },
      sample: { rate: 2, hold: -1 },
    }
    const error = await (async () => way(await emptyStorage(), { attributes: {} }, door as never))().catch(
      (thrown) => thrown,
    )
    expect(error).toMatchObject({ code: 'invalid' })
    expect((error as StoreError).problems.map(({ field }) => field)).toEqual([
      'redact.other',
      'redact.keys',
      'redact.patterns',
      'redact.text',
      'caps.value',
      'caps.span',
      'sample.hold',
      'sample.rate',
    ])
  })
})

it.each<[string, Record<string, string>]>([
  ['twice encoded', { args: JSON.stringify(JSON.stringify({ password: 'hidden' })) }],
  ['with an escape', { args: '"hidd\\u0065n"' }],
  ['twice under one key', { args: '{"password":"hidden","password":null}' }],
  ['in a text that a store would cut', { args: JSON.stringify({ password: 'hidden', pad: 'x'.repeat(300_000) }) }],
  ['in a text that was cut off', { args: '{"a":1,"password":"hidd en hidden' }],
  ['in an object that was cut off', { args: '{"a":1,"password":{"x":"hidden","y' }],
  ['behind a byte order mark', { args: '\uFEFF{"password":"hidden"}' }],
  ['one document per line', { args: '{"password":"hidden"}\n{"password":"hidden"}' }],
  ['under a numbered name', { 'gen_ai.prompt.0.password.0': 'hidden' }],
  ['nested in lists', { args: `${'['.repeat(70)}{"password":"hidden"}${']'.repeat(70)}` }],
  ['as what a status says', { args: 'x' }],
])('what is named is taken out %s', async (_, attributes) => {
  const { text } = await throughWay(
    WAYS['receiver of JSON']!,
    { attributes, failure: 'hidden' },
    { redact: { keys: ['password', 'exception.message'], patterns: [/^hidden$/] } },
  )
  expect(text).not.toMatch(/hidd ?en/)
})

it.each([
  ['a part of it was taken out', 'mailto:ada@example.com', { redact: { patterns: [/\w+@\w+\.\w+/] } }],
  ['it was cut', 'u'.repeat(120), { caps: { value: 100 } }],
])('a user of whose id %s is nobody', async (_, user, door) => {
  const { span } = await throughWay(WAYS.import!, { attributes: { 'user.id': user } }, door)
  expect(span!.userId).toBeUndefined()
})

it.each([
  ['of three bytes each', Object.fromEntries(Array.from({ length: 16 }, (_, n) => [`k${n}`, '漢'.repeat(150_000)]))],
  [
    'of JSON of numbers',
    Object.fromEntries(Array.from({ length: 25 }, (_, n) => [`k${n}`, `[${'1,'.repeat(100_000)}1]`])),
  ],
])('texts %s are cut until a store takes the span', async (_, attributes) => {
  const { span } = await throughWay(WAYS.import!, { attributes }, {})
  expect(span).toBeDefined()
})

it('patterns with a memory find the same in every span', async () => {
  const storage = await emptyStorage()
  const door = { redact: { keys: [/secret/gy], patterns: [/hidden/y] } }
  const receive = otlpReceiver(storage, door)
  for (const n of [1, 2, 3]) {
    const told = { attributes: { secret: 'x', b: 'a hidden and a hidden word' } }
    const document = documentOf(told)
    document.resourceSpans[0]!.scopeSpans[0]!.spans[0]!.spanId = `${n}`.repeat(16)
    await receive(post(document))
  }
  const { spans } = (await storage.traces.get(TRACE_ID))!
  expect(spans.map(({ attributes }) => attributes)).toEqual(
    Array(3).fill({ secret: '[redacted]', b: 'a [redacted] and a [redacted] word' }),
  )
})

it('what does not change is kept as it came, such as numbers that no double is', async () => {
  const exact = '{"n":12345678901234567890,"list":[1.0, 2]}'
  const { span } = await throughWay(WAYS.import!, { attributes: { exact } }, { redact: { keys: ['other'] } })
  expect(span!.attributes).toEqual({ exact })
})

it('the span of an application is left as it was', async () => {
  const storage = await emptyStorage()
  const seen: unknown[] = []
  const other = {
    onStart() {},
    onEnd: (span: { attributes: JsonObject }) => void seen.push(span.attributes),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const door = new FreeholdSpanProcessor(storage.traces, { redact: { keys: ['a'] } })
  const provider = new BasicTracerProvider({ spanProcessors: [door, other as never] })
  provider
    .getTracer('t')
    .startSpan('span', { attributes: { a: 'x' } })
    .end()
  await provider.shutdown()
  expect(seen).toEqual([{ a: 'x' }])
})
