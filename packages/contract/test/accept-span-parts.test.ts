import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { fieldsRepaired } from './refused-fields.js'

const T0 = 1_750_000_000_000
const accept = (fields: object) =>
  acceptSpan({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), name: 'n', startedAt: T0, ...fields })
const spanOf = (fields: object) => (accept(fields) as SpanRecord).span
const reasonOf = (fields: object) => (accept(fields) as { reason?: string }).reason

/** The event, the link or the mark of a span that has one. */
const EVENT = { name: 'e', at: T0 }
const LINK = { traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }
const MARK = { field: 'f', reason: 'cut' }

describe('the parts of a span', () => {
  test.each<[object, object]>([
    [{ error: 'boom' }, { error: { message: 'boom' } }],
    [{ error: { type: 'E', message: '', stack: 's' } }, { error: { type: 'E', message: '', stack: 's' } }],
    [{ events: [] }, { events: [] }],
    [
      { events: [{ name: 'e', at: T0, attributes: { a: 1 } }] },
      { events: [{ name: 'e', at: T0, attributes: { a: 1 } }] },
    ],
    [
      { links: [{ traceId: 'D'.repeat(32), spanId: 'e'.repeat(16) }] },
      { links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }] },
    ],
    [{ links: [{ ...LINK, attributes: { a: 1 } }] }, { links: [{ ...LINK, attributes: { a: 1 } }] }],
    [{ repairs: [{ field: 'f', reason: 'r' }] }, { repairs: [{ field: 'f', reason: 'r' }] }],
    [{ events: null, links: undefined, repairs: null }, {}],
  ])('%j', (fields, kept) => {
    const { error, events, links, repairs } = spanOf(fields)
    expect({ error, events, links, repairs }).toEqual(kept)
  })

  test.each<[object, string[]]>([
    [{ events: [{ name: 'e' }] }, ['events[0].at']],
    [{ events: [{ name: 'e', at: T0 }, { at: T0 }] }, ['events[1].name']],
    [{ events: [7] }, ['events[0]', 'events[0].at', 'events[0].name']],
    [{ events: [undefined] }, ['events[0]', 'events[0].at', 'events[0].name']],
    [{ links: [{ traceId: 'x', spanId: 'e'.repeat(16) }] }, ['links[0].traceId']],
    [{ links: [{ spanId: 'e'.repeat(16) }] }, ['links[0].traceId']],
    [{ links: [{ traceId: 'd'.repeat(32) }] }, ['links[0].spanId']],
    [{ repairs: [{ field: 'f' }] }, ['repairs[0].reason']],
    [{ repairs: [{ reason: 'r' }] }, ['repairs[0].field']],
    [{ error: 7 }, ['error']],
    [{ error: { message: 'm', code: 7 } }, ['error.code']],
    [{ error: { stack: 'x'.repeat(100_001) } }, ['error.stack']],
    [{ error: { stack: 'x'.repeat(100_000), message: 'x'.repeat(10_000), type: 'x'.repeat(255) } }, []],
    [{ error: { message: 'x'.repeat(10_001) } }, ['error.message']],
    [{ error: { type: 'x'.repeat(256) } }, ['error.type']],
  ])('%o costs what is wrong, and says so in %j', (fields, repaired) => {
    expect([...new Set(fieldsRepaired(spanOf(fields).repairs ?? []))].sort()).toEqual(repaired)
  })

  test.each<[string, object]>([
    ['events[0].name', { events: [{ at: T0 }] }],
    ['events[0].at', { events: [{ name: 'e' }] }],
    ['links[0].traceId', { links: [{ spanId: LINK.spanId }] }],
    ['links[0].spanId', { links: [{ traceId: LINK.traceId }] }],
    ['repairs[0].field', { repairs: [{ reason: 'r' }] }],
    ['repairs[0].reason', { repairs: [{ field: 'f' }] }],
  ])('%s that is missing costs its item, and the mark has the remedy', (field, fields) => {
    const reason = expect.stringMatching(/^is missing; \S.*\S; left out$/)
    expect(spanOf(fields).repairs).toEqual([{ field, reason }])
  })

  test.each<[object, object]>([
    [{ events: [{ ...EVENT, colour: 1 }] }, { events: [EVENT] }],
    [{ links: [{ ...LINK, colour: 1 }] }, { links: [LINK] }],
    [{ error: { message: 'm', colour: 1 } }, { error: { message: 'm' } }],
  ])('what is unknown in %j costs nothing else', (fields, kept) => {
    expect(spanOf(fields)).toMatchObject(kept)
    expect(fieldsRepaired(spanOf(fields).repairs!)).toEqual([expect.stringMatching(/colour$/)])
  })

  test('marks that are given come with those of what is wrong with one of them', () => {
    expect(fieldsRepaired(spanOf({ repairs: [{ ...MARK, colour: 1 }] }).repairs!)).toEqual(['f', 'repairs[0].colour'])
  })

  test('what is wrong with an event costs no other', () => {
    expect(spanOf({ events: [{ at: T0 }, { name: 'kept', at: T0 }] }).events).toEqual([{ name: 'kept', at: T0 }])
  })

  test('a stack that is too long is cut, and kept', () => {
    expect(spanOf({ error: { stack: 'x'.repeat(100_001) } }).error).toEqual({ stack: 'x'.repeat(100_000) })
  })
})

describe('a list of a span', () => {
  test.each(['events', 'links', 'repairs'])('of %s that is none is told, with the remedy', (field) => {
    expect(reasonOf({ [field]: {} })).toBe(`${field} is an object; give an array`)
  })

  test('of more items than any span holds is not walked, and a hole is an item that is wrong', () => {
    expect(reasonOf({ events: new Array(400_000_000) })).toMatch(/^events has 400000000 items/)
    expect(spanOf({ events: new Array(1) }).repairs).toContainEqual(expect.objectContaining({ field: 'events[0]' }))
  })

  test.each([
    [1_000_000, /^span cannot be read/],
    [1_000_001, /^events has 1000001 items; at most 1000000 /],
  ])('of %i items, the first of which throws', (length, reason) => {
    const thrown = () => {
      throw new Error('read')
    }
    expect(reasonOf({ events: Object.defineProperty(new Array(length), 0, { get: thrown }) })).toMatch(reason)
  })
})
