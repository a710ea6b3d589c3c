import { expect, test } from 'vitest'
import { acceptBatch, resultOf, retell } from '../src/rules/accept-batch.js'
import type { SpanRecord } from '../src/rules/merge-spans.js'

const ID = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'span', startedAt: 1 }
/** Almost 4 MiB. */
const LARGE = Array.from({ length: 15 }, () => 'x'.repeat(262_144))
const told = (fields: object) => acceptBatch([{ ...ID, ...fields }]).records[0]!

test('of the records of one span in a batch, that which would make it too large is rejected by its place', () => {
  const { records, places, kept, rejected } = acceptBatch([
    { ...ID, input: LARGE },
    { ...ID, output: LARGE },
    { ...ID, attributes: { LARGE } },
    { ...ID, resource: { LARGE } },
    { ...ID, userId: 'ada' },
  ])
  expect([records.length, kept, rejected.map(({ index }) => index)]).toEqual([1, 4, [3]])
  expect([...places.values()]).toEqual([[0, 1, 2, 4]])
  expect(records[0]!.span).toMatchObject({ input: LARGE, userId: 'ada' })
})

test('a record that tells nothing new changes nothing, one that does gives the span of both', () => {
  const [start, end] = [told({}), told({ endedAt: 2, output: 'done' })]
  expect(retell(end, end)).toBeUndefined()
  expect(retell(end, start)).toBeUndefined()
  expect(retell(start, end)).toMatchObject({ span: { endedAt: 2, output: 'done' } })
})

test('a record that makes the stored span too large is refused with the reason', () => {
  const parts = [{ output: LARGE }, { attributes: { LARGE } }]
  const stored = parts.reduce<SpanRecord>(
    (span, fields) => retell(span, told(fields)) as SpanRecord,
    told({ input: LARGE }),
  )
  expect(retell(stored, told({ resource: { LARGE } }))).toMatch(/12582912/)
})

test('the spans of a record that was refused late are rejected in their places, and none of them is a duplicate', () => {
  const nonsense = { ...ID, startedAt: -1 }
  const other = { ...ID, spanId: '2'.repeat(16) }
  const batch = acceptBatch([ID, nonsense, other, { ...ID, userId: 'ada' }, other])
  const refused = new Map([[batch.records[0]!, 'too large']])
  const { rejected, ...counts } = resultOf(batch, 0, 1, refused)
  expect(counts).toEqual({ written: 0, updated: 1, duplicates: 1 })
  expect(rejected.map(({ index }) => index)).toEqual([0, 1, 3])
})
