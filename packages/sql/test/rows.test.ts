import type { AuditEntry, Json } from '@freehold/contract'
import { describe, expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { entryOf, linkRow, vouchedOf } from '../src/rows/audit.js'
import { Codec } from '../src/rows/codec.js'

const SQLITE = dialectOf('sqlite:a.db')

describe('the data of an entry', () => {
  /** As an engine reads JSON of three levels. */
  const shallow = { ...SQLITE, jsonLevels: 3 }
  const entry = { id: 'a', stream: 'main', seq: 1, actor: 'ada', action: 'pay', time: 1_750_000_000_000 }
  const rowOf = (data: Json | undefined, dialect = shallow) => {
    const given = { ...entry, ...(data === undefined ? {} : { data }), previousHash: 'p', hash: 'h' } as AuditEntry
    return linkRow(dialect, 'acme', { entry: given, text: 'hashed' })
  }
  const stored = (data: Json) => JSON.parse(rowOf(data).data as string) as Json

  test.each<[string, Json]>([
    ['no object', 'text'],
    ['null', { a: null }],
    ['nothing nested', { a: 1, b: [], c: {} }],
    ['what is nested as deep as the engine reads', { a: { b: { c: 1 } }, c: [[]], d: [[null]] }],
    ['an odd name', { 'a.b': true }],
  ])('that has %s is stored as it is', (_, data) => {
    expect(stored(data)).toEqual(data)
    expect(entryOf(shallow, rowOf(data)).data).toEqual(data)
  })

  test.each<[string, { [property: string]: Json }]>([
    ['an object', { deep: { b: { c: {} } }, plain: 1 }],
    ['a list', { deep: [[[]]], plain: 1 }],
    ['one item of several', { deep: [1, [{ c: 1 }], 2], plain: 1 }],
  ])('of which %s is nested deeper has a text there, is shown the rest, and is read as it was', (_, data) => {
    const { deep, plain } = stored(data) as { deep: unknown; plain: number }
    expect(deep).not.toEqual(data.deep)
    expect(plain).toBe(1)
    expect(entryOf(shallow, rowOf(data)).data).toEqual(data)
  })

  test('is stored as it is where the engine reads any depth', () => {
    const data = { deep: { b: { c: { d: 1 } } } }
    expect(rowOf(data, SQLITE).data).toBe(JSON.stringify(data))
    expect(entryOf(SQLITE, rowOf(data, SQLITE)).data).toEqual(data)
  })

  test('may be absent', () => {
    expect(rowOf(undefined)).toMatchObject({ data: null, hashed_text: 'hashed', tenant: 'acme' })
    expect(entryOf(shallow, rowOf(undefined))).not.toHaveProperty('data')
  })
})

test('a checkpoint without its hash vouches for no head that there is', () => {
  const row = { checkpoint_seq: 3, checkpoint_hash: null, checkpoint_at: 'soon' }
  expect(vouchedOf(SQLITE, row)).toEqual({ seq: 3, hash: '' })
  expect(vouchedOf(SQLITE, { ...row, checkpoint_seq: null })).toBeUndefined()
})

test('what a driver gives for a number, a time and JSON is read by the dialect, and what is absent is absent', () => {
  const codec = new Codec<{ firstCount: number; at: number; body: Json; name: string }>({
    firstCount: 'integer',
    at: 'time',
    body: 'json',
    name: 'plain',
  })
  expect(codec.columns).toEqual(['first_count', 'at', 'body', 'name'])
  const dialect = { ...SQLITE, fromInteger: Number, fromTime: () => 7, fromJson: () => ['json'] } as typeof SQLITE
  const row = { first_count: '12', at: 'then', body: '…', name: 'n' }
  expect(codec.fromRow(dialect, row)).toEqual({ firstCount: 12, at: 7, body: ['json'], name: 'n' })
  expect(codec.fromRow(dialect, { ...row, first_count: null, name: undefined })).toEqual({ at: 7, body: ['json'] })
})
