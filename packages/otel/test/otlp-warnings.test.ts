import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'
import { LINK, OTLP_SPAN, PLACE, read } from './support/otlp-span.js'

const NO_LIST = 'must be a list of { key, value }; passed over'

describe('what a span says and cannot be read is named', () => {
  it.each([
    ['attributes that are an object', { attributes: { a: 'x' } }, `attributes: ${NO_LIST}`],
    ['attributes that are a text', { attributes: 'x' }, `attributes: ${NO_LIST}`],
    ['attributes of an event', { events: [{ name: 'e', attributes: {} }] }, `events[0].attributes: ${NO_LIST}`],
    ['attributes of a link', { links: [LINK, { ...LINK, attributes: {} }] }, `links[1].attributes: ${NO_LIST}`],
    [
      'an attribute that is a text',
      { attributes: ['x'] },
      'attributes[0]: must be an object { key, value }; passed over',
    ],
    [
      'an attribute without a key',
      { attributes: [{ key: 'b' }, { value: { stringValue: 'x' } }] },
      'attributes[1]: must have a key that is a text; passed over',
    ],
    [
      'an attribute whose key is a number',
      { attributes: [{ key: 7, value: { stringValue: 'x' } }] },
      'attributes[0]: must have a key that is a text; passed over',
    ],
    [
      'an attribute with its value beside the key',
      { attributes: [{ key: 'a', stringValue: 'x' }] },
      'attributes[0]: has other fields than key and value; put what it holds under value',
    ],
    [
      'a key that is repeated',
      { attributes: ['x', 'y'].map((stringValue) => ({ key: 'a', value: { stringValue } })) },
      'attributes[1].key: is there already; the last value is kept',
    ],
    ['events that are an object', { events: {} }, 'events: must be a list; passed over'],
    ['an event that is a text', { events: ['x'] }, 'events[0]: must be an object; passed over'],
    ['the name of an event', { events: [{ name: 7 }] }, 'events[0].name: must be a text; passed over'],
    [
      'the time of an event',
      { events: [{ name: 'e', timeUnixNano: 'later' }] },
      'events[0].timeUnixNano: must be nanoseconds since 1970; read as the start of the span',
    ],
    ['links that are an object', { links: {} }, 'links: must be a list; passed over'],
    ['a link that is null', { links: [null] }, 'links[0]: must be an object; passed over'],
    ['a name that is no text', { name: 7 }, 'name: must be a text; passed over'],
    ['a status that is no object', { status: 2 }, 'status: must be an object { code, message }; passed over'],
    [
      'a code of a status that is not known',
      { status: { code: 'ERROR' } },
      'status.code: must be 0 (unset), 1 (ok) or 2 (error); read as unset',
    ],
    ['the message of a status', { status: { code: 2, message: {} } }, 'status.message: must be a text; passed over'],
    [
      'an end that is no number',
      { endTimeUnixNano: 'soon' },
      'endTimeUnixNano: must be nanoseconds since 1970; read as running',
    ],
    [
      'an end before 1970',
      { endTimeUnixNano: '-1' },
      'endTimeUnixNano: must be nanoseconds since 1970; read as running',
    ],
    [
      'a kind that is not known',
      { kind: 'SPAN_KIND_OTHER' },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ],
    [
      'a kind beyond the last',
      { kind: 6 },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ],
    ...[{ toString: 1 }, [3]].map((kind): [string, object, string] => [
      `a kind that is ${JSON.stringify(kind)}`,
      { kind },
      'kind: must be a number from 0 to 5, or a name such as SPAN_KIND_CLIENT; passed over',
    ]),
    ['a trace state that is no text', { traceState: {} }, 'traceState: must be a text; passed over'],
    ['flags that are no number', { flags: 'x' }, 'flags: must be a whole number from 0; passed over'],
    [
      'a count that is negative',
      { droppedEventsCount: -1 },
      'droppedEventsCount: must be a whole number from 0; passed over',
    ],
    [
      'a field of an event that OTLP does not have',
      { events: [{ name: 'e', time: 7 }] },
      'events[0].time: is no field here; passed over: the fields are timeUnixNano, name, attributes, droppedAttributesCount',
    ],
  ])('%s', (_, span, warning) => {
    expect(read(span).told).toEqual([warning])
  })

  it('a field that OTLP does not have', () => {
    expect(read({ end_time_unix_nano: '1' }).told[0]).toMatch(/^end_time_unix_nano: is no field here; passed over/)
  })

  it.each([['startTimeUnixNano'], ['endTimeUnixNano']])('%s in seconds, milliseconds or microseconds', (field) => {
    for (const time of ['1764859882', '1764859882049', 1_764_859_882_049_123])
      expect(read({ [field]: time }).told).toEqual([
        `${field}: is before 1973, as if it counted seconds, milliseconds or microseconds; give nanoseconds`,
      ])
  })

  it('all at once, each with its path', () => {
    const { told } = read({ name: 7, attributes: {}, events: [{ attributes: 'x' }, 7], flags: -1 })
    expect(told.map((warning) => warning.replace(/: .*/, '')).sort()).toEqual([
      'attributes',
      'events[0].attributes',
      'events[1]',
      'flags',
      'name',
    ])
  })

  it('of every span by its own path', () => {
    const { warnings } = fromOtlp({
      resourceSpans: [{ schemaUrl: 7 }, { scopeSpans: [{ spans: [0, 1].map(() => ({ ...OTLP_SPAN, name: 7 })) }] }],
    })
    expect(warnings.map(({ path }) => path)).toEqual([
      'resourceSpans[0].schemaUrl',
      'resourceSpans[1].scopeSpans[0].spans[0].name',
      'resourceSpans[1].scopeSpans[0].spans[1].name',
    ])
  })

  it.each([
    [{ startTimeUnixNano: '100000000000000000' }, 0],
    [{ startTimeUnixNano: '99999999999999999' }, 1],
    [{ flags: 2 ** 32 - 1 }, 0],
    [{ flags: 2 ** 32 }, 1],
  ])('from the edge on: %j', (span, count) => {
    expect(read(span).told).toHaveLength(count)
  })

  it('and costs nothing else', () => {
    expect(read({ attributes: ['x', { key: 'a', value: { intValue: 1 } }] }).span.attributes).toEqual({ a: 1 })
  })

  it('but nothing of a span that is not read: its reason says it all', () => {
    const span = { ...OTLP_SPAN, startTimeUnixNano: 'soon', name: 7 }
    const { warnings, rejected } = fromOtlp({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })
    expect([warnings, rejected]).toEqual([
      [],
      [{ path: PLACE, reason: 'startTimeUnixNano must be nanoseconds since 1970' }],
    ])
  })
})

describe('of very many warnings', () => {
  const odd = (count: number) => Array.from({ length: count }, () => ({ ...OTLP_SPAN, name: 7 }))
  const told = (spans: object[]) => fromOtlp({ resourceSpans: [{ scopeSpans: [{ spans }] }] }).warnings

  it('a thousand are told, and how many others there are', () => {
    expect(told(odd(1_000))).toHaveLength(1_000)
    expect(told(odd(1_002))).toEqual([
      ...told(odd(1_000)),
      { path: 'document', reason: 'has 2 other warnings; 1000 are told' },
    ])
  })

  it('those of a span that is not read are not counted', () => {
    const late = { ...OTLP_SPAN, startTimeUnixNano: 'soon' }
    expect(told([late, ...odd(1_001), late]).slice(999)).toEqual([
      { path: 'resourceSpans[0].scopeSpans[0].spans[1000].name', reason: 'must be a text; passed over' },
      { path: 'document', reason: 'has 1 other warnings; 1000 are told' },
    ])
  })

  it('lines that are none cost no other', () => {
    const good = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [OTLP_SPAN] }] }] })
    const { spans, warnings } = fromOtlp([...Array(130_000).fill('x'), good].join('\n'))
    expect([spans.length, warnings.length]).toEqual([1, 1_001])
  })
})

describe('what is said around spans and cannot be read is named', () => {
  const told = (resourceSpans: object, rest: object = {}) =>
    fromOtlp({ resourceSpans: [resourceSpans], ...rest }).warnings.map(({ path, reason }) => `${path}: ${reason}`)
  const scoped = (scopeSpans: object) => told({ scopeSpans: [scopeSpans] })
  const within = 'resourceSpans[0].scopeSpans[0]'

  it.each([
    [
      'a resource that is a text',
      () => told({ resource: 'x' }),
      'resourceSpans[0].resource: must be an object; passed over',
    ],
    [
      'attributes of a resource',
      () => told({ resource: { attributes: { a: 1 } } }),
      `resourceSpans[0].resource.attributes: ${NO_LIST}`,
    ],
    [
      'a schema that is no text',
      () => told({ schemaUrl: 7 }),
      'resourceSpans[0].schemaUrl: must be a text; passed over',
    ],
    [
      'a field of a resource that OTLP does not have',
      () => told({ resource: { name: 'x' } }),
      'resourceSpans[0].resource.name: is no field here; passed over: the fields are attributes, droppedAttributesCount, entityRefs, schemaUrl',
    ],
    [
      'a misspelt list of scopes',
      () => told({ scopespans: [] }),
      'resourceSpans[0].scopespans: is no field here; passed over: the fields are resource, scopeSpans, instrumentationLibrarySpans, schemaUrl',
    ],
    ['a scope that is a text', () => scoped({ scope: 'x' }), `${within}.scope: must be an object; passed over`],
    ['the name of a scope', () => scoped({ scope: { name: 7 } }), `${within}.scope.name: must be a text; passed over`],
    ['attributes of a scope', () => scoped({ scope: { attributes: {} } }), `${within}.scope.attributes: ${NO_LIST}`],
    [
      'the version of an older scope',
      () => scoped({ instrumentationLibrary: { version: 6 } }),
      `${within}.instrumentationLibrary.version: must be a text; passed over`,
    ],
    [
      'an older scope beside the new one',
      () => scoped({ scope: { name: 'a' }, instrumentationLibrary: { name: 'b' } }),
      `${within}.instrumentationLibrary: stands beside scope; passed over`,
    ],
    ['logs beside the traces', () => told({}, { resourceLogs: [] }), 'resourceLogs: holds no traces; not read'],
  ])('%s', (_, warnings, warning) => {
    expect(warnings()).toEqual([warning])
  })
})
