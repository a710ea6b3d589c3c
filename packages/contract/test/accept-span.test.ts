import { describe, expect, test } from 'vitest'
import type { StoreError } from '../src/errors.js'
import { acceptBatch } from '../src/rules/accept-batch.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { SpanRecord } from '../src/rules/merge-spans.js'
import { byStart } from '../src/rules/order.js'

const T0 = 1_750_000_000_000
const input = (fields: object = {}) => ({
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  name: 'n',
  startedAt: T0,
  ...fields,
})
const read = (fields: object = {}) => acceptSpan(input(fields)) as SpanRecord & { reason?: string }
const spanOf = (fields: object = {}) => {
  const { span, reason } = read(fields)
  if (reason !== undefined) throw new Error(reason)
  return span
}
const repairedIn = (fields: object) => spanOf(fields).repairs?.map(({ field }) => field)

describe('a span', () => {
  test('is running and of no kind unless told', () => {
    expect(spanOf()).toEqual({ ...input(), kind: 'other', status: 'running' })
  })

  test('has its ids in lower case', () => {
    const ids = { traceId: 'A'.repeat(32), spanId: 'B'.repeat(16), parentId: 'C'.repeat(16) }
    expect(spanOf(ids)).toMatchObject({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: 'c'.repeat(16) })
  })

  test.each<[object, string]>([
    [{ traceId: undefined }, 'traceId'],
    [{ traceId: '0'.repeat(32) }, 'traceId'],
    [{ spanId: 'b'.repeat(15) }, 'spanId'],
    [{ parentId: 'x' }, 'parentId'],
    [{ name: undefined }, 'name'],
    [{ name: 7 }, 'name'],
    [{ startedAt: undefined }, 'startedAt'],
    [{ startedAt: -1 }, 'startedAt'],
    [{ endedAt: 'x' }, 'endedAt'],
    [{ kind: 'x' }, 'kind'],
    [{ status: 'x' }, 'status'],
    [{ userId: 'x'.repeat(129) }, 'userId'],
    [{ colour: 1 }, 'colour'],
    [{ events: {} }, 'events'],
    [{ attributes: [] }, 'attributes'],
  ])('%o is rejected by %s', (fields, field) => {
    expect(read(fields).reason).toMatch(new RegExp(`^${field} `))
  })

  test('is rejected for all that is wrong with it', () => {
    expect(read({ spanId: '', kind: 'x' }).reason?.split('; ').length).toBeGreaterThan(1)
  })

  test.each([null, undefined, 'x', []])('is not %j', (value) => {
    expect(acceptSpan(value)).toEqual({ reason: expect.any(String) })
  })

  test('whose property throws is rejected alone', () => {
    const odd = Object.defineProperty(input(), 'input', {
      enumerable: true,
      get() {
        throw new Error('secret')
      },
    })
    expect(acceptSpan(odd)).toEqual({ reason: expect.not.stringContaining('secret') })
  })

  test.each([
    [1000, undefined],
    [1001, ['name']],
  ])('has a name of 1,000 characters, and of %i one that is cut', (length, repaired) => {
    expect(repairedIn({ name: 'x'.repeat(length) })).toEqual(repaired)
  })
})

describe('the status of a span', () => {
  test.each<[object, string, string[] | undefined]>([
    [{ endedAt: T0 }, 'ok', undefined],
    [{ error: 'boom' }, 'error', undefined],
    [{ error: { message: 'boom' }, endedAt: T0 + 1 }, 'error', undefined],
    [{ error: null, endedAt: T0 + 1 }, 'ok', undefined],
    [{ error: null }, 'running', undefined],
    [{ status: 'ok' }, 'ok', undefined],
    [{ status: 'running' }, 'running', undefined],
    [{ status: 'running', endedAt: T0 }, 'ok', ['status']],
    [{ status: 'ok', error: 'boom' }, 'ok', undefined],
    [{ status: 'error', endedAt: T0 }, 'error', undefined],
  ])('of %j is %s', (fields, status, repaired) => {
    expect([spanOf(fields).status, repairedIn(fields)]).toEqual([status, repaired])
  })
})

describe('the end of a span', () => {
  test.each<[number, number, string[] | undefined]>([
    [T0, T0, undefined],
    [T0 + 0.001, T0 + 0.001, undefined],
    [T0 - 0.001, T0, ['endedAt']],
    [T0 - 1000, T0, ['endedAt']],
  ])('%d is kept as %d', (endedAt, kept, repaired) => {
    expect([spanOf({ endedAt }).endedAt, repairedIn({ endedAt })]).toEqual([kept, repaired])
  })
})

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
    [{ repairs: [{ field: 'f', reason: 'r' }] }, { repairs: [{ field: 'f', reason: 'r' }] }],
  ])('%j', (fields, kept) => {
    expect(spanOf(fields)).toMatchObject(kept)
  })

  test.each<[object, string[]]>([
    [{ events: [{ name: 'e' }] }, ['events[0].at']],
    [{ events: [{ name: 'e', at: T0 }, { at: T0 }] }, ['events[1].name']],
    [{ events: [7] }, ['events[0]', 'events[0].at', 'events[0].name']],
    [{ events: [undefined] }, ['events[0]', 'events[0].at', 'events[0].name']],
    [{ links: [{ traceId: 'x', spanId: 'e'.repeat(16) }] }, ['links[0].traceId']],
    [{ error: { message: 'm', code: 7 } }, ['error.code']],
    [{ error: { stack: 'x'.repeat(100_001) } }, ['error.stack']],
    [{ error: { stack: 'x'.repeat(100_000), message: 'x'.repeat(10_000), type: 'x'.repeat(255) } }, []],
    [{ error: { message: 'x'.repeat(10_001) } }, ['error.message']],
    [{ error: { type: 'x'.repeat(256) } }, ['error.type']],
  ])('%o costs what is wrong, and says so in %j', (fields, repaired) => {
    expect([...new Set(repairedIn(fields))].sort()).toEqual(repaired)
  })

  test('what is wrong with an event costs no other', () => {
    expect(spanOf({ events: [{ at: T0 }, { name: 'kept', at: T0 }] }).events).toEqual([{ name: 'kept', at: T0 }])
  })
})

describe('the size of a span', () => {
  const texts = (last: number) => [...Array(15).fill('x'.repeat(262_144)), 'x'.repeat(last)]

  test.each([
    ['fits', 200_000, true],
    ['does not fit', 262_144, false],
  ])('%s', (_, last, fits) => {
    expect(read({ input: texts(last) }).reason === undefined).toBe(fits)
  })

  test('is counted in bytes', () => {
    expect(read({ input: Array(6).fill('漢'.repeat(262_144)) }).reason).toMatch(/^span has \d{7} bytes/)
  })
})

describe('the rank of a record', () => {
  const rank = (fields: object) => read(fields).rank

  test.each<[string, object, object]>([
    ['ended over running', { endedAt: T0 }, { output: 'x' }],
    ['ended over one that began to fail later', { endedAt: T0 + 5 }, { status: 'running' }],
    ['error over ok', { status: 'error', endedAt: T0 }, { endedAt: T0 + 9 }],
    ['a later end', { endedAt: T0 + 1.001 }, { endedAt: T0 + 1 }],
    ['a later end of more digits', { startedAt: 1, endedAt: 10 }, { startedAt: 1, endedAt: 9 }],
  ])('is greater: %s', (_, greater, lesser) => {
    expect(rank(greater) > rank(lesser)).toBe(true)
  })

  test('does not depend on ids, nor on the order of what was given', () => {
    const other = { output: 1, input: { b: 1, a: 2 }, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }
    expect(rank(other)).toBe(rank({ input: { a: 2, b: 1 }, output: 1 }))
  })

  test.each([{ name: 'm' }, { input: 1 }, { userId: 'u' }, { attributes: {} }, { parentId: 'c'.repeat(16) }])(
    'is another for %j',
    (fields) => {
      expect(rank(fields)).not.toBe(rank({}))
    },
  )
})

describe('a batch', () => {
  test('has each span once, merged from its records', () => {
    const { records, parts, rejected } = acceptBatch([
      input(),
      input({ spanId: '' }),
      input({ endedAt: T0 + 1 }),
      input({ traceId: 'c'.repeat(32) }),
    ])
    expect([
      records.map(({ span }) => [span.traceId[0], span.endedAt]),
      [...parts.values()].map((of) => of.map(({ place }) => place)),
      rejected.map(({ index }) => index),
    ]).toEqual([
      [
        ['a', T0 + 1],
        ['c', undefined],
      ],
      [[0, 2], [3]],
      [1],
    ])
  })

  test.each<[unknown, boolean]>([
    [Array(10_000).fill(null), true],
    [Array(10_001).fill(null), false],
    ['spans', false],
    [undefined, false],
  ])('has at most 10,000 spans', (spans, fits) => {
    const accept = () => acceptBatch(spans as never).rejected.length
    if (fits) expect(accept()).toBe(10_000)
    else expect(accept).toThrow(expect.objectContaining({ code: 'invalid' }) as StoreError)
  })
})

test('spans are in the order of their start, then of their ids', () => {
  const at = (spanId: string, startedAt: number) => ({ ...spanOf(), spanId, startedAt })
  const spans = [at('c', 2), at('b', 2), at('a', 3), at('d', 1.999)]
  expect(spans.sort(byStart).map(({ spanId }) => spanId)).toEqual(['d', 'b', 'c', 'a'])
})

test('a list of more items than any span holds is not walked, and a hole is an item that is wrong', () => {
  const of = (events: unknown) => acceptSpan(input({ events } as object))
  expect(of(new Array(400_000_000))).toMatchObject({ reason: expect.stringMatching(/^events has 400000000 items/) })
  expect(of(new Array(1))).toMatchObject({
    span: { repairs: expect.arrayContaining([expect.objectContaining({ field: 'events[0]' })]) },
  })
})
