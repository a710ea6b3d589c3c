import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'
import { LINK, OTLP_SPAN, read } from './support/otlp-span.js'

describe('what no field of ours holds is kept among the attributes', () => {
  it.each([
    ['a kind', { kind: 3 }, { 'otel.span.kind': 'client' }],
    ['a kind by its name', { kind: 'SPAN_KIND_SERVER' }, { 'otel.span.kind': 'server' }],
    ['the last kind', { kind: 5 }, { 'otel.span.kind': 'consumer' }],
    ['the usual kind, which needs no word', { kind: 1 }, {}],
    ['no kind', { kind: 0 }, {}],
    ['a trace state', { traceState: 'a=1' }, { 'otel.trace_state': 'a=1' }],
    ['flags', { flags: 769 }, { 'otel.flags': 769 }],
    ['the usual flags, which need no word', { flags: 1 }, {}],
    ['the usual flags where nothing is remote', { flags: 257 }, {}],
    ['flags that are not sampled', { flags: 256 }, { 'otel.flags': 256 }],
    ['a count of attributes', { droppedAttributesCount: 2 }, { 'otel.dropped_attributes_count': 2 }],
    ['a count of events', { droppedEventsCount: '3' }, { 'otel.dropped_events_count': 3 }],
    ['a count of links', { droppedLinksCount: 4 }, { 'otel.dropped_links_count': 4 }],
    ['nothing dropped', { droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 }, {}],
    ['a status that is said to be ok', { status: { code: 1 } }, { 'otel.status_code': 'OK' }],
    ['the message of a status', { status: { message: 'fine' } }, { 'otel.status_description': 'fine' }],
    ['the message of an error, which has its field', { status: { code: 2, message: 'no' } }, {}],
    [
      'the message of a status beside that of an exception',
      {
        status: { code: 2, message: 'no' },
        events: [{ name: 'exception', attributes: [{ key: 'exception.message', value: { stringValue: 'why' } }] }],
      },
      { 'otel.status_description': 'no' },
    ],
  ])('%s', (_, given, attributes) => {
    const { span, told } = read(given)
    expect([span.attributes, told]).toEqual([attributes, []])
  })

  it('beside those that came, which win', () => {
    const attributes = [{ key: 'otel.span.kind', value: { stringValue: 'mine' } }]
    expect(read({ kind: 3, flags: 769, attributes }).span.attributes).toEqual({
      'otel.span.kind': 'mine',
      'otel.flags': 769,
    })
  })

  it('of an event and of a link too', () => {
    const links = [{ ...LINK, traceState: 'a=1', flags: 769, droppedAttributesCount: 2 }]
    const events = [{ name: 'e', timeUnixNano: OTLP_SPAN.endTimeUnixNano, droppedAttributesCount: 3 }]
    expect(read({ links, events }).span).toMatchObject({
      links: [{ attributes: { 'otel.trace_state': 'a=1', 'otel.flags': 769, 'otel.dropped_attributes_count': 2 } }],
      events: [{ attributes: { 'otel.dropped_attributes_count': 3 } }],
    })
  })

  it('of a resource and of a scope in their own words', () => {
    const { spans, warnings } = fromOtlp({
      resourceSpans: [
        {
          resource: { droppedAttributesCount: 1, entityRefs: [{ type: 'service' }] },
          scopeSpans: [
            { scope: { name: 'ai', droppedAttributesCount: 2 }, schemaUrl: 'https://s', spans: [OTLP_SPAN] },
          ],
        },
        { schemaUrl: 'https://r', scopeSpans: [{ schemaUrl: 'https://s', spans: [OTLP_SPAN] }] },
      ],
    })
    expect([spans.map(({ resource, scope }) => ({ resource, scope })), warnings]).toEqual([
      [
        {
          resource: { attributes: {}, droppedAttributesCount: 1, entityRefs: [{ type: 'service' }] },
          scope: { name: 'ai', droppedAttributesCount: 2, schemaUrl: 'https://s' },
        },
        { resource: { schemaUrl: 'https://r' }, scope: { schemaUrl: 'https://s' } },
      ],
      [],
    ])
  })
})
