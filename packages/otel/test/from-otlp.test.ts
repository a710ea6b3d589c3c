import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'

const OTLP_SPAN = {
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: 'span',
  startTimeUnixNano: '1764859882049123456',
  endTimeUnixNano: '1764859882050000000',
}

function documentOf(...spans: unknown[]) {
  return { resourceSpans: [{ scopeSpans: [{ spans }] }] }
}

function readSpan(span: object) {
  return fromOtlp(documentOf({ ...OTLP_SPAN, ...span })).spans[0]
}

function readValue(value: unknown) {
  return readSpan({ attributes: [{ key: 'a', value }] })?.attributes?.a
}

describe('a value', () => {
  it.each([
    ['text', { stringValue: 'x' }, 'x'],
    ['an empty text', { stringValue: '' }, ''],
    ['a flag', { boolValue: false }, false],
    ['an integer as text', { intValue: '-42' }, -42],
    ['an integer as a number', { intValue: 42 }, 42],
    ['an integer in two halves', { intValue: { low: 1, high: 1 } }, 4_294_967_297],
    ['a negative integer in two halves', { intValue: { low: -1, high: -1 } }, -1],
    ['an integer beyond 2^53', { intValue: '9007199254740993' }, '9007199254740993'],
    ['a double', { doubleValue: 0.5 }, 0.5],
    ['a double as text', { doubleValue: '0.5' }, 0.5],
    ['NaN', { doubleValue: 'NaN' }, 'NaN'],
    ['infinity', { doubleValue: '-Infinity' }, '-Infinity'],
    ['bytes', { bytesValue: 'AQID' }, 'AQID'],
    ['a list', { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'b' }] } }, [1, 'b']],
    ['an empty list', { arrayValue: {} }, []],
    ['nothing', {}, null],
  ])('%s is read', (_, value, expected) => {
    expect(readValue(value)).toEqual(expected)
  })

  it('may be nested', () => {
    const inner = { kvlistValue: { values: [{ key: 'b', value: { arrayValue: { values: [{ boolValue: true }] } } }] } }
    expect(readValue({ kvlistValue: { values: [{ key: 'a', value: inner }] } })).toEqual({ a: { b: [true] } })
  })

  it('may be called __proto__', () => {
    const span = readSpan({ attributes: [{ key: '__proto__', value: { stringValue: 'x' } }] })
    expect(Object.entries(span!.attributes!)).toEqual([['__proto__', 'x']])
  })

  it('that is nested without end is cut off', () => {
    let value: object = { stringValue: 'x' }
    for (let i = 0; i < 5_000; i++) value = { arrayValue: { values: [value] } }
    expect(JSON.stringify(readValue(value))).toContain('[too deep]')
  })
})

describe('an id', () => {
  it('may be upper-case hex', () => {
    expect(readSpan({ traceId: TRACE_ID.toUpperCase() })?.traceId).toBe(TRACE_ID)
  })

  it('may be base64', () => {
    const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64')
    expect(readSpan({ traceId: base64(TRACE_ID), spanId: base64(SPAN_ID) })).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
    })
  })

  it.each([[''], ['0000000000000000'], ['AAAAAAAAAAA='], ['AAAAAAAAAAA'], [null], [undefined]])(
    '%j is no parent',
    (parentSpanId) => {
      const { spans, warnings } = fromOtlp(documentOf({ ...OTLP_SPAN, parentSpanId }))
      expect([spans[0]?.parentId, warnings]).toEqual([undefined, []])
    },
  )

  it('of a parent that is malformed makes a root and is named', () => {
    const { warnings } = fromOtlp(documentOf({ ...OTLP_SPAN, parentSpanId: 'xyz' }))
    expect(warnings.map(({ path }) => path)).toEqual(['resourceSpans[0].scopeSpans[0].spans[0].parentSpanId'])
  })
})

describe('a time', () => {
  it('keeps microseconds', () => {
    expect(readSpan({})).toMatchObject({ startedAt: 1764859882049.123, endedAt: 1764859882050 })
  })

  it('is rounded to microseconds', () => {
    expect(readSpan({ startTimeUnixNano: '1764859882049123500' })?.startedAt).toBe(1764859882049.124)
  })

  it('may be a number', () => {
    expect(readSpan({ startTimeUnixNano: 1_000_000_000 })?.startedAt).toBe(1_000)
  })

  it.each([[undefined], ['0'], [0]])('of %j as the end means running', (endTimeUnixNano) => {
    expect(readSpan({ endTimeUnixNano })).toMatchObject({ status: 'running' })
  })

  it('of an event is that of the span when it is missing', () => {
    const events = [{ name: 'e', timeUnixNano: 'later' }]
    expect(readSpan({ events })?.events).toEqual([{ name: 'e', at: 1764859882049.123, attributes: {} }])
  })
})

describe('a span', () => {
  it.each([[2], ['2'], ['STATUS_CODE_ERROR']])('with status %j failed', (code) => {
    expect(readSpan({ status: { code, message: 'no' } })).toMatchObject({ status: 'error', error: { message: 'no' } })
  })

  it('keeps resource and scope', () => {
    const document = {
      resourceSpans: [
        {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
          schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
          scopeSpans: [{ scope: { name: 'ai', version: '6' }, spans: [OTLP_SPAN] }],
        },
      ],
    }
    expect(fromOtlp(document).spans[0]).toMatchObject({
      resource: { attributes: { 'service.name': 'shop' }, schemaUrl: 'https://opentelemetry.io/schemas/1.41.0' },
      scope: { name: 'ai', version: '6' },
    })
  })

  it('keeps its links', () => {
    const link = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }
    expect(readSpan({ links: [link] })?.links).toEqual([{ ...link, attributes: {} }])
  })

  it('loses a malformed link, which is named', () => {
    const { spans, warnings } = fromOtlp(documentOf({ ...OTLP_SPAN, links: [{ traceId: 'x' }] }))
    expect([spans.length, warnings[0]?.path]).toEqual([1, 'resourceSpans[0].scopeSpans[0].spans[0].links[0]'])
  })

  it.each([
    [{ traceId: 'xyz' }, 'traceId'],
    [{ spanId: '0'.repeat(16) }, 'spanId'],
    [{ startTimeUnixNano: 'soon' }, 'startTimeUnixNano'],
  ])('with %j is rejected by the name of the field', (field, name) => {
    expect(fromOtlp(documentOf({ ...OTLP_SPAN, ...field })).rejected[0]?.reason).toContain(name)
  })

  it.each([[null], [7], ['span'], [[]]])('that is %j is rejected by its place and costs no other', (span) => {
    const { spans, rejected } = fromOtlp(documentOf(span, OTLP_SPAN))
    expect([spans.length, rejected.map(({ path }) => path)]).toEqual([1, ['resourceSpans[0].scopeSpans[0].spans[0]']])
  })
})

describe('a document', () => {
  const text = JSON.stringify(documentOf(OTLP_SPAN))

  it('may be a text', () => {
    expect(fromOtlp(text).spans).toHaveLength(1)
  })

  it('may begin with a byte order mark', () => {
    expect(fromOtlp(`\uFEFF${text}`).spans).toHaveLength(1)
  })

  it('may begin with a byte order mark before its lines', () => {
    expect(fromOtlp(`\uFEFF${text}\n\uFEFF${text}`)).toMatchObject({ spans: [{}, {}], warnings: [] })
  })

  it('may be older than scopeSpans', () => {
    const instrumentationLibrary = { name: 'ai', version: '6' }
    const { spans, paths, warnings } = fromOtlp({
      resourceSpans: [{ instrumentationLibrarySpans: [{ instrumentationLibrary, spans: [OTLP_SPAN] }] }],
    })
    expect([spans[0]?.scope, paths, warnings]).toEqual([
      instrumentationLibrary,
      ['resourceSpans[0].instrumentationLibrarySpans[0].spans[0]'],
      [],
    ])
  })

  const place = 'resourceSpans[0]'
  it.each([
    ['an entry of resourceSpans that is null', null, place],
    ['an entry of resourceSpans that is a text', 'x', place],
    ['scopeSpans that are null', { scopeSpans: null }, `${place}.scopeSpans`],
    ['scopeSpans that are an object', { scopeSpans: {} }, `${place}.scopeSpans`],
    ['an entry of scopeSpans that is null', { scopeSpans: [null] }, `${place}.scopeSpans[0]`],
    ['an entry of scopeSpans that is a list', { scopeSpans: [[]] }, `${place}.scopeSpans[0]`],
    ['spans that are an object', { scopeSpans: [{ spans: {} }] }, `${place}.scopeSpans[0].spans`],
  ])('names %s, and reads the rest', (_, malformed, path) => {
    const { spans, warnings } = fromOtlp({ resourceSpans: [malformed, ...documentOf(OTLP_SPAN).resourceSpans] })
    expect([spans.length, warnings.map((warning) => warning.path)]).toEqual([1, [path]])
  })

  it('without scopes or spans in it is no problem', () => {
    expect(fromOtlp({ resourceSpans: [{}, { scopeSpans: [{}] }] }).warnings).toEqual([])
  })

  it('may be one of an array', () => {
    expect(fromOtlp([documentOf(OTLP_SPAN), documentOf(OTLP_SPAN)]).paths).toEqual([
      '[0].resourceSpans[0].scopeSpans[0].spans[0]',
      '[1].resourceSpans[0].scopeSpans[0].spans[0]',
    ])
  })

  it('may be one per line', () => {
    expect(fromOtlp(`${text}\r\n\n${text}\n`).spans).toHaveLength(2)
  })

  it('that is broken costs only its line', () => {
    const { spans, warnings } = fromOtlp(`${text}\n{"resourceSpans":\n${text}`)
    expect([spans.length, warnings.map(({ path }) => path)]).toEqual([2, ['line 2']])
  })

  it.each([['not JSON'], [''], ['{"resourceSpans": ['], ['[1, 2']])('that is no JSON is named once: %j', (broken) => {
    expect(fromOtlp(broken).warnings).toHaveLength(1)
  })

  it.each([[{}], [[{}]], [{ resourceSpans: {} }]])('without spans is named: %j', (document) => {
    expect(fromOtlp(document).warnings[0]?.reason).toContain('OTLP/JSON')
  })

  it('never repeats a payload in what it says', () => {
    expect(JSON.stringify(fromOtlp('{"secret": "hunter2"'))).not.toContain('hunter2')
  })
})
