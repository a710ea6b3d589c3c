import { describe, expect, test } from 'vitest'
import { mergeSpans, sameRecord } from '../src/rules/merge-spans.js'
import type { SpanRecord, SpanSources } from '../src/rules/span-record.js'
import type { Span } from '../src/span.js'

const SPAN = { traceId: 't', spanId: 's', name: 'n', kind: 'other', status: 'running', startedAt: 5 } as const

const of = (rank: string, fields: object = {}, sources?: SpanSources): SpanRecord => ({
  span: { ...SPAN, ...fields } as Span,
  rank,
  ...(sources && { sources }),
})

describe('a lesser and a greater record add up to', () => {
  test.each<[string, object, object, object, SpanSources | undefined]>([
    ['no more than they tell', {}, {}, {}, undefined],
    ['the earliest start, of the lesser', { startedAt: 4 }, {}, { startedAt: 4 }, undefined],
    ['the earliest start, of the greater', {}, { startedAt: 4 }, { startedAt: 4 }, undefined],
    ['the latest end', { endedAt: 8 }, { endedAt: 7 }, { endedAt: 8 }, undefined],
    ['an end at the beginning of time', { endedAt: 0 }, { startedAt: 0 }, { startedAt: 0, endedAt: 0 }, undefined],
    ['the worst status', { status: 'error' }, { status: 'ok' }, { status: 'error' }, undefined],
    ['an end over none', { status: 'ok' }, {}, { status: 'ok' }, undefined],
    ['the least owner, of the lesser', { userId: 'a' }, { userId: 'b' }, { userId: 'a' }, undefined],
    ['the least owner, of the greater', { userId: 'b' }, { userId: 'a' }, { userId: 'a' }, undefined],
    ['the owner that one of them has', { userId: 'b' }, { runId: 'r' }, { userId: 'b', runId: 'r' }, undefined],
    ['the name of the greater', { name: 'a' }, {}, {}, undefined],
    ['the input of the greater', { input: 'a' }, { input: 'b' }, { input: 'b' }, undefined],
    ['the input of the lesser', { input: 'a' }, {}, { input: 'a' }, { fields: { '1': ['input'] } }],
    ['a text over null', { input: 'a' }, { input: null }, { input: 'a' }, { fields: { '1': ['input'] } }],
    ['false over null', { input: null }, { input: false }, { input: false }, undefined],
    ['null over nothing, which has no source', { input: null }, {}, { input: null }, undefined],
    [
      'a result over one that is null',
      { kind: 'tool', detail: { result: 1 } },
      { kind: 'tool', detail: { result: null } },
      { kind: 'tool', detail: { result: 1 } },
      { fields: { '1': ['detail.tool.result'] } },
    ],
    [
      'the marks of both, each once',
      { repairs: [{ field: 'b', reason: 'x' }] },
      {
        repairs: [
          { field: 'b', reason: 'x' },
          { field: 'a', reason: 'x' },
        ],
      },
      {
        repairs: [
          { field: 'a', reason: 'x' },
          { field: 'b', reason: 'x' },
        ],
      },
      undefined,
    ],
  ])('%s', (_, lesser, greater, fields, sources) => {
    const whole = of('2', fields, sources)
    expect(mergeSpans(of('1', lesser), of('2', greater))).toStrictEqual(whole)
    expect(mergeSpans(of('2', greater), of('1', lesser))).toStrictEqual(whole)
  })
})

test('the sources of a record are in one order, that of their ranks', () => {
  const records = [of('b', { attributes: {} }), of('a', { input: 1 }), of('c', { output: 1, resource: {} }), of('d')]
  const { sources } = records.reduce(mergeSpans)
  expect(Object.entries(sources!.fields)).toEqual([
    ['a', ['input']],
    ['b', ['attributes']],
    ['c', ['output', 'resource']],
  ])
})

test('a detail is an object like any other, whatever its keys', () => {
  const detail = JSON.parse('{"__proto__": 1, "a": 2}') as object
  const merged = mergeSpans(of('1', { detail }), of('1', { detail }))
  expect(Object.entries(Object.getOwnPropertyDescriptors(merged.span.detail!))).toEqual([
    ['__proto__', { value: 1, enumerable: true, configurable: true, writable: true }],
    ['a', { value: 2, enumerable: true, configurable: true, writable: true }],
  ])
})

describe('two records', () => {
  const FIELDS = {
    kind: 'tool',
    detail: { tool: 't' },
    endedAt: 9,
    input: 'q',
    repairs: [{ field: 'input', reason: 'x' }],
    runId: 'r',
    userId: 'u',
  }
  const SOURCES = { fields: { '1': ['input'], '0': ['name'] }, details: { 'detail.llm.model': 'm' } }
  const one = (fields: object = {}, sources: SpanSources | undefined = SOURCES, rank = '2') =>
    of(rank, { ...FIELDS, ...fields }, sources)

  test.each<[string, () => SpanRecord]>([
    ['of one content', () => one()],
    ['that name their sources in another order', () => one({}, { details: SOURCES.details, fields: SOURCES.fields })],
  ])('%s tell the same', (_, other) => {
    expect([sameRecord(one(), other()), sameRecord(other(), one())]).toEqual([true, true])
  })

  test.each<[string, () => SpanRecord]>([
    ['rank', () => one({}, SOURCES, '3')],
    ['source of a field', () => one({}, { ...SOURCES, fields: { '1': ['input'] } })],
    ['detail of another kind', () => one({}, { fields: SOURCES.fields })],
    ['mark', () => one({ repairs: [...FIELDS.repairs, { field: 'name', reason: 'x' }] })],
    ['start', () => one({ startedAt: 4 })],
    ['end', () => one({ endedAt: 10 })],
    ['status', () => one({ status: 'error' })],
    ['field that is null', () => one({ output: null })],
    ['detail that is null', () => one({ detail: { tool: 't', result: null } })],
    ['run', () => one({ runId: 'q' })],
    ['user', () => one({ userId: undefined })],
    ['team', () => one({ teamId: 't' })],
  ])('of another %s do not', (_, other) => {
    expect([sameRecord(one(), other()), sameRecord(other(), one())]).toEqual([false, false])
  })

  test('of which one has no sources do not', () => {
    const [without, withSome] = [of('2', FIELDS), one()]
    expect([sameRecord(without, withSome), sameRecord(withSome, without), sameRecord(without, without)]).toEqual([
      false,
      false,
      true,
    ])
  })
})
