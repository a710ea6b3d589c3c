import { describe, expect, it } from 'vitest'
import { fromOtlp } from '../src/index.js'
import { OTLP_SPAN, PLACE } from './support/otlp-span.js'

const DOCUMENT = { resourceSpans: [{ scopeSpans: [{ spans: [OTLP_SPAN] }] }] }
const TEXT = JSON.stringify(DOCUMENT)

describe('the place of a span', () => {
  it.each([
    ['in a document', TEXT, [PLACE]],
    ['in a document of many lines', JSON.stringify(DOCUMENT, null, 2), [PLACE]],
    ['in a list of documents', `[${TEXT},${TEXT}]`, [`[0].${PLACE}`, `[1].${PLACE}`]],
    ['in a document per line, some blank', `${TEXT}\r\n\n \t\n\r\n${TEXT}\n`, [`line 1: ${PLACE}`, `line 5: ${PLACE}`]],
  ])('%s', (_, text, places) => {
    const { paths, warnings } = fromOtlp(text)
    expect([paths, warnings]).toEqual([places, []])
  })
})

describe('what is no document is named by its place', () => {
  const MISSING = 'is missing; give an OTLP/JSON trace document'

  it.each([
    ['a text', 'not JSON', 'document', 'is not JSON; give OTLP/JSON, or one document per line'],
    ['a line', `${TEXT}\n7\n${TEXT}`, 'line 2', 'is not a JSON object; write one document per line'],
    ['an object', {}, 'resourceSpans', MISSING],
    ['an entry of a list', [DOCUMENT, {}], '[1].resourceSpans', MISSING],
    ['an object on a line', `${TEXT}\n{}`, 'line 2: resourceSpans', MISSING],
    [
      'logs on a line',
      `${TEXT}\n{"resourceSpans":[],"resourceLogs":[]}`,
      'line 2: resourceLogs',
      'holds no traces; not read',
    ],
    ['an entry of resourceSpans', { resourceSpans: [7] }, 'resourceSpans[0]', 'must be an object; passed over'],
    [
      'scopeSpans that are an object',
      { resourceSpans: [{ scopeSpans: {} }] },
      'resourceSpans[0].scopeSpans',
      'must be a list; passed over',
    ],
  ])('%s', (_, given, path, reason) => {
    expect(fromOtlp(given).warnings).toEqual([{ path, reason }])
  })
})

describe('what is empty around spans is nothing', () => {
  it('a name of a scope', () => {
    const scope = { name: '', version: '1' }
    const { spans, warnings } = fromOtlp({ resourceSpans: [{ scopeSpans: [{ scope, spans: [OTLP_SPAN] }] }] })
    expect([spans[0]?.scope, warnings]).toEqual([{ version: '1' }, []])
    expect(spans[0]?.scope).not.toHaveProperty('name')
  })

  it('a schema', () => {
    const { spans, warnings } = fromOtlp({
      resourceSpans: [{ schemaUrl: '', scopeSpans: [{ schemaUrl: '', spans: [OTLP_SPAN] }] }],
    })
    expect([spans[0]?.resource, spans[0]?.scope, warnings]).toEqual([undefined, undefined, []])
  })
})

describe('what stands where OTLP has nothing is named', () => {
  const spanWith = (attribute: object) => ({
    resourceSpans: [{ scopeSpans: [{ spans: [{ ...OTLP_SPAN, attributes: [attribute] }] }] }],
  })
  const AT = `${PLACE}.attributes[0]`

  it.each<[what: string, document: object, path: string, reason: RegExp]>([
    ['beside the spans', { ...DOCUMENT, other: 1 }, 'other', /^is no field of a trace document; not read$/],
    ['beside them, of logs', { ...DOCUMENT, resourceLogs: [] }, 'resourceLogs', /^holds no traces; not read$/],
    [
      'in an attribute',
      spanWith({ key: 'a', value: { stringValue: 'x' }, extra: 1 }),
      `${AT}.extra`,
      /^is no field here; passed over: the fields are key, value$/,
    ],
    [
      'in a value',
      spanWith({ key: 'a', value: { stringValue: 'x', textValue: 'y' } }),
      `${AT}.value.textValue`,
      /^is no kind of value; give one of stringValue,/,
    ],
    [
      'in a value, as a second one',
      spanWith({ key: 'a', value: { intValue: 1, stringValue: 'x' } }),
      `${AT}.value.intValue`,
      /^stands beside stringValue; passed over$/,
    ],
  ])('%s', (_, document, path, reason) => {
    const { warnings, spans } = fromOtlp(document)
    expect(warnings).toEqual([{ path, reason: expect.stringMatching(reason) }])
    expect(spans).toHaveLength(1)
  })

  it('but not a kind of value that is null', () => {
    expect(fromOtlp(spanWith({ key: 'a', value: { stringValue: 'x', intValue: null } })).warnings).toEqual([])
  })
})
