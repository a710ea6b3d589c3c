import { describe, expect, it } from 'vitest'
import { CONVENTIONS, fromOtlp } from '../src/index.js'
import { LINK, OTLP_SPAN, PLACE, read } from './support/otlp-span.js'
import { SPAN_ID, TRACE_ID } from './support/raw-span.js'

const NO_TRACE_ID = 'traceId must be 32 hex digits that are not all zero'
const NO_SPAN_ID = 'spanId must be 16 hex digits that are not all zero'
const NO_START = 'startTimeUnixNano must be nanoseconds since 1970'

const rejectedOf = (span: unknown) => fromOtlp({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).rejected

describe('a span that cannot be read is rejected with every reason, and no other', () => {
  it.each([
    ['a text', 'span', 'is not an object'],
    ['without ids', { startTimeUnixNano: '1764859882049123456' }, `${NO_TRACE_ID}; ${NO_SPAN_ID}`],
    ['without a start', { ...OTLP_SPAN, startTimeUnixNano: undefined }, NO_START],
    ['with an empty start', { ...OTLP_SPAN, startTimeUnixNano: '' }, NO_START],
    ['that is empty', {}, `${NO_TRACE_ID}; ${NO_SPAN_ID}; ${NO_START}`],
  ])('%s', (_, span, reason) => {
    expect(rejectedOf(span)).toEqual([{ path: PLACE, reason }])
  })

  it.each([
    ['too few digits', 'abc'],
    ['too many digits', `${TRACE_ID}ab`],
    ['as many digits as a span has', SPAN_ID],
    ['no digit at first', `x${TRACE_ID.slice(1)}`],
    ['no digit at last', `${TRACE_ID.slice(1)}x`],
    ['base64 with padding within', `${'q'.repeat(10)}=${'q'.repeat(12)}`],
    ['base64 with another character at first', `!${'q'.repeat(21)}`],
    ['base64 with another character at last', `${'q'.repeat(21)}!`],
    ['zeros', '0'.repeat(32)],
  ])('a trace id of %s', (_, traceId) => {
    expect(rejectedOf({ ...OTLP_SPAN, traceId })).toEqual([{ path: PLACE, reason: NO_TRACE_ID }])
  })
})

describe('what a span says is read as it was meant, without a word', () => {
  it('no more than it must say', () => {
    const { span, told } = read({})
    expect([span, told]).toEqual([
      {
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        name: 'span',
        kind: 'other',
        status: 'ok',
        startedAt: 1764859882049.123,
        endedAt: 1764859882050,
        attributes: {},
        reading: CONVENTIONS.reading,
      },
      [],
    ])
    expect(span).not.toHaveProperty('resource')
    expect(span).not.toHaveProperty('scope')
  })

  it.each([
    ['no name', { name: undefined }, { name: '' }],
    ['an empty name', { name: '' }, { name: '' }],
    ['an empty end', { endTimeUnixNano: '' }, { status: 'running' }],
    ['an empty kind', { kind: '' }, { attributes: {} }],
    ['a kind in a text', { kind: '3' }, { attributes: { 'otel.span.kind': 'client' } }],
    ['a status of 0', { status: { code: 0 } }, { status: 'ok', attributes: {} }],
    ['a status of 0 in a text', { status: { code: '0' } }, { status: 'ok', attributes: {} }],
    ['a status that is unset', { status: { code: 'STATUS_CODE_UNSET' } }, { status: 'ok', attributes: {} }],
    ['an empty status', { status: { code: '' } }, { status: 'ok', attributes: {} }],
    ['a status of 1 in a text', { status: { code: '1' } }, { attributes: { 'otel.status_code': 'OK' } }],
    ['a status that is ok', { status: { code: 'STATUS_CODE_OK' } }, { attributes: { 'otel.status_code': 'OK' } }],
    ['an event without a name', { events: [{}] }, { events: [{ name: '', at: 1764859882049.123, attributes: {} }] }],
    [
      'all that a link may say',
      { links: [{ ...LINK, traceState: 'a=1', flags: 769, droppedAttributesCount: 2, attributes: [] }] },
      {
        links: [
          {
            ...LINK,
            attributes: { 'otel.trace_state': 'a=1', 'otel.flags': 769, 'otel.dropped_attributes_count': 2 },
          },
        ],
      },
    ],
  ])('%s', (_, given, expected) => {
    const { span, told } = read(given)
    expect(span).toMatchObject(expected)
    expect(told).toEqual([])
  })
})

describe('what a span says and cannot be read is named, and costs nothing else', () => {
  it.each([
    ['a parent that is malformed', { parentSpanId: 'xyz' }, 'parentSpanId: must be 16 hex digits; read as a root'],
    ['a parent that is a list', { parentSpanId: [] }, 'parentSpanId: must be 16 hex digits; read as a root'],
    [
      'a kind of two digits',
      { kind: 51 },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ],
    [
      'a kind after another digit',
      { kind: 15 },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ],
    [
      'a kind with its prefix within',
      { kind: 'cliSPAN_KIND_ent' },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ],
    ['a status that is no object', { status: 2 }, 'status: must be an object { code, message }; passed over'],
    ['events that are an object', { events: {} }, 'events: must be a list; passed over'],
    ['links that are a text', { links: 'x' }, 'links: must be a list; passed over'],
    [
      'a link without a trace',
      { links: [{ spanId: LINK.spanId }] },
      'links[0]: must have a traceId of 32 and a spanId of 16 hex digits; left out',
    ],
    [
      'a link without a span',
      { links: [{ traceId: LINK.traceId }] },
      'links[0]: must have a traceId of 32 and a spanId of 16 hex digits; left out',
    ],
  ])('%s', (_, given, warning) => {
    const { span, told } = read(given)
    expect(told).toEqual([warning])
    expect(span).toMatchObject({ status: 'ok', attributes: {} })
    expect([span.parentId, span.events, span.links, span.attributes]).toEqual([undefined, undefined, undefined, {}])
  })

  it('a repeated key, beside entries that have none', () => {
    const a = { key: 'a', value: { intValue: 1 } }
    expect(read({ attributes: [null, { key: 7 }, { key: 7 }, a, a] }).told).toEqual([
      'attributes[0]: must be an object { key, value }; passed over',
      'attributes[1]: must have a key that is a text; passed over',
      'attributes[2]: must have a key that is a text; passed over',
      'attributes[4].key: is there already; the last value is kept',
    ])
  })
})
