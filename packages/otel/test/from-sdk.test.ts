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
})
