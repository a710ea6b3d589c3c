import { describe, expect, test } from 'vitest'
import type { AuditInput } from '../src/audit.js'
import type { StoreError } from '../src/errors.js'
import { acceptEntries, acceptStream, sameEntry } from '../src/rules/accept-audit.js'
import { fieldsOf, fieldsOfCall } from './refused-fields.js'

const NOW = 1000
const entry = (fields: object = {}): AuditInput => ({ id: 'e', actor: 'ann', action: 'noted', ...fields })
const accept = (entries: readonly AuditInput[]) => acceptEntries(entries, new Map(), NOW)

describe('an entry', () => {
  test('is of the main stream and of now unless told', async () => {
    expect(await accept([entry()])).toEqual([
      { id: 'e', stream: 'main', time: NOW, timeGiven: false, actor: 'ann', action: 'noted' },
    ])
  })

  test('is as it was told', async () => {
    const told = {
      stream: 's',
      time: 0,
      target: '',
      outcome: 'o',
      reason: 'r',
      data: {},
      traceId: 't',
      runId: 'r',
      sessionId: 's',
      approvalId: 'a',
    }
    expect(await accept([entry(told)])).toEqual([{ ...entry(told), timeGiven: true }])
  })

  test('gets an id of its own', async () => {
    const [one, two] = await accept([entry({ id: undefined }), entry({ id: undefined })])
    expect(one!.id).not.toBe(two!.id)
  })

  test.each<[object, string[]]>([
    [{ actor: undefined }, ['actor']],
    [{ action: null }, ['action']],
    [{ actor: 'x'.repeat(255) }, []],
    [{ actor: 'x'.repeat(256) }, ['actor']],
    [{ target: 'x'.repeat(256), outcome: 7 }, ['target', 'outcome']],
    [{ reason: 'x'.repeat(10_000) }, []],
    [{ reason: 'x'.repeat(10_001) }, ['reason']],
    [{ stream: '' }, ['stream']],
    [{ time: -1 }, ['time']],
    [{ data: [] }, ['data']],
    [{ seq: 1 }, ['seq']],
    [{ hash: 'x' }, ['hash']],
    [{ shape: 'other' }, ['shape']],
    [{ actor: 'a\0' }, ['actor']],
    [{ data: { a: ['\ud800'] } }, ['data.a[0]']],
  ])('%o is refused by %j', async (fields, refused) => {
    expect(await fieldsOfCall(accept([entry(), entry({ id: 'f', ...fields })]))).toEqual(
      refused.map((field) => `entries[1].${field}`),
    )
  })
})

describe('a batch', () => {
  test.each([
    [0, []],
    [1000, []],
    [1001, ['entries']],
  ])('of %i entries', async (count, refused) => {
    expect(await fieldsOfCall(accept(Array.from({ length: count }, () => entry())))).toEqual(refused)
  })

  const sized = (...bytes: number[]) =>
    bytes.map((count, i) => entry({ id: `e${i}`, data: { text: 'x'.repeat(count - '{"text":""}'.length) } }))

  test.each<[string, number[], string[]]>([
    ['4 MiB in an entry', [4_194_304], []],
    ['a byte more in an entry', [10_000, 4_194_305], ['entries[1].data']],
    ['8 MiB in all', [4_194_304, 4_194_304], []],
    ['a byte more in all', [4_194_304, 4_194_281, 24], ['entries']],
    ['a byte more in each of two', [4_194_305, 4_194_305], ['entries[0].data', 'entries[1].data']],
  ])('of %s', async (_, sizes, refused) => {
    expect(await fieldsOfCall(accept(sized(...sizes)))).toEqual(refused)
  })

  test('is refused for every entry that is wrong', async () => {
    expect(await fieldsOfCall(accept([entry({ actor: 7 }), entry(), entry({ action: 7 })]))).toEqual([
      'entries[0].actor',
      'entries[2].action',
    ])
  })
})

describe('an entry whose id is there', () => {
  const stored = {
    id: 'e',
    stream: 'main',
    seq: 1,
    time: 500,
    actor: 'ann',
    action: 'noted',
    data: { a: 1, b: 2 },
    previousHash: 'p',
    hash: 'h',
  }
  const met = async (fields: object) => {
    const [wanted] = await accept([entry({ data: { b: 2, a: 1 }, ...fields })])
    try {
      return sameEntry(wanted!, stored) === stored
    } catch (error) {
      expect((error as StoreError).message).toMatch(/^the id of an audit entry is taken .*; give \S/)
      return (error as StoreError).code
    }
  }

  test.each<[string, object, unknown]>([
    ['is the same, without a time', {}, true],
    ['is the same, of its time', { time: 500 }, true],
    ['is of another time', { time: 500.001 }, 'conflict'],
    ['has other data', { data: { a: 1 } }, 'conflict'],
    ['has a target', { target: '' }, 'conflict'],
    ['is of another stream', { stream: 's' }, 'conflict'],
    ['is of another actor', { actor: 'bob' }, 'conflict'],
  ])('%s', async (_, fields, outcome) => {
    expect(await met(fields)).toBe(outcome)
  })
})

test.each(['', 'x'.repeat(129), 7])('%j names no stream', (stream) => {
  expect(fieldsOf(() => acceptStream(stream as never))).toEqual(['stream'])
})

describe('a refusal names what was called', () => {
  test.each<[string, () => Promise<unknown>]>([
    ['an append of none', () => accept('entries' as never)],
    ['an append of too many', () => accept(Array(1001))],
    ['an append of what is wrong', () => accept([entry({ actor: 7 })])],
    ['a stream', async () => acceptStream('')],
  ])('%s', async (_, call) => {
    await expect(call()).rejects.toThrow(/^audit: \w+/)
  })
})

test('a hole is no entry', async () => {
  expect(await fieldsOfCall(accept(new Array(2)))).toEqual(expect.arrayContaining(['entries[0]', 'entries[1]']))
})
