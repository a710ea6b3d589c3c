import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import { byStart } from '../src/rules/order.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { fieldsRepaired } from './refused-fields.js'
import { input, T0 } from './span-input.js'

const read = (fields: object = {}) => acceptSpan(input(fields)) as SpanRecord & { reason?: string }
const spanOf = (fields: object = {}) => {
  const { span, reason } = read(fields)
  if (reason !== undefined) throw new Error(reason)
  return span
}
const repairedIn = (fields: object) => {
  const { repairs } = spanOf(fields)
  return repairs && fieldsRepaired(repairs)
}

describe('a span', () => {
  test('is running and of no kind unless told', () => {
    expect(spanOf()).toEqual({ ...input(), kind: 'other', status: 'running' })
  })

  test('is as it was told', () => {
    const told = {
      parentId: 'c'.repeat(16),
      kind: 'tool',
      status: 'error',
      endedAt: T0 + 1,
      runId: 'r',
      sessionId: 's',
      userId: 'u',
      agentId: 'a',
      teamId: 't',
      workflowId: 'w',
      error: { type: 'E', message: 'm', stack: 's' },
      input: null,
      output: 0,
      detail: { tool: 'search' },
      attributes: { a: 1 },
      events: [{ name: 'e', at: T0, attributes: { a: 1 } }],
      links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), attributes: { a: 1 } }],
      resource: { r: 1 },
      scope: { s: 1 },
    }
    expect(spanOf(told)).toEqual(input(told))
  })

  test('has its ids in lower case', () => {
    const ids = { traceId: 'A'.repeat(32), spanId: 'B'.repeat(16), parentId: 'C'.repeat(16) }
    expect(spanOf(ids)).toMatchObject({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), parentId: 'c'.repeat(16) })
  })

  test.each<[object, string]>([
    [{ traceId: undefined }, 'traceId'],
    [{ traceId: '0'.repeat(32) }, 'traceId'],
    [{ spanId: undefined }, 'spanId'],
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
    [{ reading: -1 }, 'reading'],
    [{ reading: 1.5 }, 'reading'],
    [{ reading: 10_000 }, 'reading'],
    [{ reading: '1' }, 'reading'],
    [{ colour: 1 }, 'colour'],
    [{ events: {} }, 'events'],
    [{ attributes: [] }, 'attributes'],
  ])('%o is rejected by %s, with the remedy', (fields, field) => {
    expect(read(fields).reason).toMatch(new RegExp(`^${field} \\S.*; \\S.*\\S$`))
  })

  test('is rejected for all that is wrong with it', () => {
    expect(read({ spanId: '', kind: 'x' }).reason).toMatch(/^kind is .*; spanId is .*\S$/)
  })

  test.each([null, undefined, 'x', []])('is not %j', (value) => {
    expect(acceptSpan(value)).toEqual({
      reason: expect.stringMatching(/^span is .*; give an object; startedAt is missing; /),
    })
  })

  test('whose property throws is rejected alone', () => {
    const odd = Object.defineProperty(input(), 'input', {
      enumerable: true,
      get() {
        throw new Error('secret')
      },
    })
    expect(acceptSpan(odd)).toEqual({ reason: expect.stringMatching(/^input cannot be read: (?!.*secret).*; \S/) })
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

describe('the size of a span', () => {
  const texts = (last: number) => [...Array(15).fill('x'.repeat(262_144)), 'x'.repeat(last)]

  test.each([
    ['of 4 MiB fits', 262_013, true],
    ['of a byte more does not', 262_014, false],
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
    ['an end over none, however early', { status: 'ok', startedAt: 0, endedAt: 0.001 }, { status: 'ok', startedAt: 0 }],
    ['a later reading', { kind: 'llm', endedAt: T0, reading: 10 }, { kind: 'llm', endedAt: T0, reading: 9 }],
    ['one that tells its kind', { kind: 'other', endedAt: T0, reading: 1 }, { endedAt: T0, reading: 9999 }],
    ['a later end over a later reading', { endedAt: T0 + 2 }, { kind: 'llm', endedAt: T0 + 1, reading: 9999 }],
    ['a later end of more digits', { startedAt: 1, endedAt: 10 }, { startedAt: 1, endedAt: 9 }],
  ])('is greater: %s', (_, greater, lesser) => {
    expect(rank(greater) > rank(lesser)).toBe(true)
  })

  test.each(['ok', 'error'])('that is %s is greater than any that runs, without an end too', (status) => {
    const running = Array.from({ length: 30 }, (_, output) => rank({ status: 'running', output }))
    expect(running.filter((one) => one >= rank({ status }))).toEqual([])
  })

  test('is short, of whatever length the span', () => {
    expect(rank({ input: 'x'.repeat(1000) })).toMatch(/^000{16}0000[\w-]{22}$/)
  })

  test('does not depend on ids, nor on the order of fields', () => {
    const other = { output: 1, input: { a: 2, b: 1 }, traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }
    expect(rank(other)).toBe(rank({ input: { a: 2, b: 1 }, output: 1 }))
  })

  test.each([{ name: 'm' }, { input: 1 }, { userId: 'u' }, { attributes: {} }, { parentId: 'c'.repeat(16) }])(
    'is another for %j',
    (fields) => {
      expect(rank(fields)).not.toBe(rank({}))
    },
  )
})

test('spans are in the order of their start, then of their ids', () => {
  const at = (spanId: string, startedAt: number) => ({ ...spanOf(), spanId, startedAt })
  const spans = [at('c', 2), at('b', 2), at('a', 3), at('d', 1.999)]
  expect(spans.sort(byStart).map(({ spanId }) => spanId)).toEqual(['d', 'b', 'c', 'a'])
})
