import { describe, expect, it } from 'vitest'
import { fromSdkSpan, type SdkSpan } from '../src/index.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'

const PARENT_ID = '00f067aa0ba902b7'

function sdkSpan(rest: Partial<SdkSpan> = {}): SdkSpan {
  return {
    name: 'span',
    spanContext: () => ({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1 }),
    startTime: [1_764_859_882, 49_123_456],
    endTime: [1_764_859_883, 0],
    ended: true,
    status: { code: 0 },
    attributes: {},
    events: [],
    links: [],
    resource: { attributes: { 'service.name': 'shop' } },
    ...rest,
  }
}

const contextOf = (traceFlags: number) => () => ({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags })

describe('fromSdkSpan', () => {
  it('keeps microseconds', () => {
    expect(fromSdkSpan(sdkSpan())).toMatchObject({ startedAt: 1_764_859_882_049.123, endedAt: 1_764_859_883_000 })
  })

  it('is running when it has not ended', () => {
    expect(fromSdkSpan(sdkSpan({ ended: false }))).toMatchObject({ status: 'running' })
  })

  it('is an error when its status code is ERROR', () => {
    const span = sdkSpan({ status: { code: 2, message: 'no' } })
    expect(fromSdkSpan(span)).toMatchObject({ status: 'error', error: { message: 'no' } })
  })

  it.each([
    ['1.x', { parentSpanId: PARENT_ID, instrumentationLibrary: { name: 'ai', version: '6' } }],
    ['2.x', { parentSpanContext: { spanId: PARENT_ID }, instrumentationScope: { name: 'ai', version: '6' } }],
  ])('reads parent and scope of SDK %s', (_, rest) => {
    expect(fromSdkSpan(sdkSpan(rest))).toMatchObject({ parentId: PARENT_ID, scope: { name: 'ai', version: '6' } })
  })

  it('is rounded to microseconds', () => {
    const span = sdkSpan({ startTime: [1_764_859_882, 49_123_500] })
    expect(fromSdkSpan(span).startedAt).toBe(1_764_859_882_049.124)
  })

  it('has no parent when that of SDK 1 is empty', () => {
    expect(fromSdkSpan(sdkSpan({ parentSpanId: '' }))).not.toHaveProperty('parentId')
  })

  it('keeps the schemas of resource and scope', () => {
    const resource = { attributes: {}, schemaUrl: 'https://r' }
    const instrumentationScope = { name: 'ai', schemaUrl: 'https://s' }
    expect(fromSdkSpan(sdkSpan({ resource, instrumentationScope }))).toMatchObject({
      resource: { schemaUrl: 'https://r' },
      scope: { schemaUrl: 'https://s' },
    })
  })

  it('has neither events nor links where there are none', () => {
    const span = fromSdkSpan(sdkSpan())
    expect([span.events, span.links]).toEqual([undefined, undefined])
  })

  it('is an error before it has ended', () => {
    expect(fromSdkSpan(sdkSpan({ ended: false, status: { code: 2 } }))).toMatchObject({ status: 'error' })
  })

  it('has the error of the last exception', () => {
    const events = ['first', 'second'].map((message) => ({
      name: 'exception',
      time: [1_764_859_882, 0] as const,
      attributes: { 'exception.message': message },
    }))
    expect(fromSdkSpan(sdkSpan({ status: { code: 2 }, events })).error).toEqual({ message: 'second' })
  })

  it('has no parent when it is a root', () => {
    expect(fromSdkSpan(sdkSpan())).not.toHaveProperty('parentId')
  })

  it('keeps attributes, events, links and resource', () => {
    const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }, attributes: { l: 1 } }
    const span = sdkSpan({
      attributes: { a: [1, 2] },
      events: [{ name: 'e', time: [1_764_859_882, 500_000_000], attributes: { e: true } }],
      links: [link],
    })
    expect(fromSdkSpan(span)).toMatchObject({
      attributes: { a: [1, 2] },
      events: [{ name: 'e', at: 1_764_859_882_500, attributes: { e: true } }],
      links: [{ ...link.context, attributes: { l: 1 } }],
      resource: { attributes: { 'service.name': 'shop' } },
    })
  })

  const traceState = { serialize: () => 'a=1' }

  it.each([
    ['a kind', { kind: 2 }, { 'otel.span.kind': 'client' }],
    ['the usual kind, which needs no word', { kind: 0 }, {}],
    ['flags', { spanContext: contextOf(3) }, { 'otel.flags': 0x103 }],
    ['flags beside a parent of SDK 1', { spanContext: contextOf(3), parentSpanId: PARENT_ID }, { 'otel.flags': 3 }],
    ['a remote parent', { parentSpanContext: { spanId: PARENT_ID, isRemote: true } }, { 'otel.flags': 0x301 }],
    ['a local parent, which needs no word', { parentSpanContext: { spanId: PARENT_ID, isRemote: false } }, {}],
    ['a parent that does not say, which is local', { parentSpanContext: { spanId: PARENT_ID } }, {}],
    [
      'a trace state',
      { spanContext: () => ({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 1, traceState }) },
      { 'otel.trace_state': 'a=1' },
    ],
    ['a count of attributes', { droppedAttributesCount: 2 }, { 'otel.dropped_attributes_count': 2 }],
    ['a count of events', { droppedEventsCount: 3 }, { 'otel.dropped_events_count': 3 }],
    ['a count of links', { droppedLinksCount: 4 }, { 'otel.dropped_links_count': 4 }],
    ['a status that is said to be ok', { status: { code: 1 } }, { 'otel.status_code': 'OK' }],
    ['the message of a status', { status: { code: 0, message: 'fine' } }, { 'otel.status_description': 'fine' }],
  ])('keeps %s among the attributes', (_, rest, attributes) => {
    expect(fromSdkSpan(sdkSpan(rest)).attributes).toEqual(attributes)
  })

  it('keeps what is said of events and links among theirs', () => {
    const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 3, traceState }
    const span = sdkSpan({
      events: [{ name: 'e', time: [1_764_859_882, 0], droppedAttributesCount: 2 }],
      links: [{ context, attributes: { l: 1 }, droppedAttributesCount: 3 }],
    })
    expect(fromSdkSpan(span)).toMatchObject({
      events: [{ attributes: { 'otel.dropped_attributes_count': 2 } }],
      links: [
        { attributes: { l: 1, 'otel.flags': 0x103, 'otel.trace_state': 'a=1', 'otel.dropped_attributes_count': 3 } },
      ],
    })
  })

  it.each([
    ['that is remote', { traceFlags: 1, isRemote: true }, { 'otel.flags': 0x301 }],
    ['that is not sampled', { traceFlags: 0 }, { 'otel.flags': 0x100 }],
    ['that is remote and not sampled', { traceFlags: 0, isRemote: true }, { 'otel.flags': 0x300 }],
    ['that is sampled and local, which needs no word', { traceFlags: 1, isRemote: false }, undefined],
    ['without flags', {}, undefined],
  ])('keeps the flags of a link %s', (_, rest, attributes) => {
    const context = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), ...rest }
    expect(fromSdkSpan(sdkSpan({ links: [{ context }] })).links?.[0]?.attributes).toEqual(attributes)
  })

  it('needs no resource', () => {
    const span = sdkSpan({ resource: undefined })
    expect(fromSdkSpan(span)).not.toHaveProperty('resource')
  })

  it('keeps empty attributes of an event, and adds none', () => {
    const time = [1_764_859_882, 0] as const
    const events = [
      { name: 'a', time },
      { name: 'b', time, attributes: {} },
    ]
    expect(fromSdkSpan(sdkSpan({ events })).events).toStrictEqual([
      { name: 'a', at: 1_764_859_882_000 },
      { name: 'b', at: 1_764_859_882_000, attributes: {} },
    ])
  })

  it('leaves the attributes of the application as they are', () => {
    const attributes = {}
    fromSdkSpan(sdkSpan({ kind: 2, attributes }))
    expect(attributes).toEqual({})
  })
})
