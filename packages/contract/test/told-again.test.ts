import { expect, test } from 'vitest'
import { acceptBatch, writeBatch } from '../src/rules/accept-batch.js'
import { isHeld, retell, retellStored } from '../src/rules/retell.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { storedSpan } from '../src/rules/stored-span.js'

const ID = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), name: 'span', startedAt: 1 }
/** Almost 4 MiB. */
const LARGE = Array.from({ length: 15 }, () => 'x'.repeat(262_144))
const told = (fields: object) => acceptBatch([{ ...ID, ...fields }]).records[0]!

test('of the records of one span in a batch, that which would make it too large is rejected by its place', () => {
  const { records, partsOf, rejected } = acceptBatch([
    { ...ID, input: LARGE },
    { ...ID, output: LARGE },
    { ...ID, attributes: { LARGE } },
    { ...ID, resource: { LARGE } },
    { ...ID, userId: 'ada' },
  ])
  expect([records.length, rejected.map(({ index }) => index)]).toEqual([1, [3]])
  expect(records.flatMap(partsOf).map(({ place }) => place)).toEqual([0, 1, 2, 4])
  expect(records[0]!.span).toMatchObject({ input: LARGE, userId: 'ada' })
})

test('a record that tells nothing new changes nothing, one that does gives the span of both', () => {
  const [start, end] = [told({}), told({ endedAt: 2, output: 'done' })]
  expect(retell(end, end)).toBeUndefined()
  expect(retell(end, start)).toBeUndefined()
  expect(retell(start, end)).toMatchObject({ span: { endedAt: 2, output: 'done' } })
})

test('a record is held by a span of its rank, unless it adds up others, which the span may not hold', () => {
  const [start, end] = [told({ input: 'asked' }), told({ endedAt: 2, output: 'done' })]
  const both = acceptBatch([
    { ...ID, input: 'asked' },
    { ...ID, endedAt: 2, output: 'done' },
  ]).records[0]!
  expect(isHeld(end, end.rank)).toBe(true)
  expect(isHeld(start, end.rank)).toBe(false)
  expect(both.rank).toBe(end.rank)
  expect(isHeld(both, end.rank)).toBe(false)
  // The greater has every field that is ranked: the other leaves no source, but an owner and an earlier start.
  const late = { ...ID, startedAt: 3, endedAt: 4 }
  const [alone] = acceptBatch([late]).records
  const [merged] = acceptBatch([late, { ...ID, startedAt: 2, userId: 'ada' }]).records
  expect([merged!.rank, merged!.sources]).toEqual([alone!.rank, undefined])
  expect(isHeld(merged!, alone!.rank)).toBe(false)
})

test('a record that makes the stored span too large is refused with the reason', () => {
  const parts = [{ output: LARGE }, { attributes: { LARGE } }]
  const stored = parts.reduce<SpanRecord>(
    (span, fields) => retell(span, told(fields)) as SpanRecord,
    told({ input: LARGE }),
  )
  expect(retell(stored, told({ resource: { LARGE } }))).toMatch(/12582912/)
  expect(retellStored(storedSpan(stored), told({ resource: { LARGE } }))).toMatch(/12582912/)
  expect(retellStored(storedSpan(stored), told({ userId: 'ada' }))).toMatchObject({ facts: { userId: 'ada' } })
})

test('of the spans of a record that was refused late, those that are too large are rejected in their places', async () => {
  const nonsense = { ...ID, startedAt: -1 }
  const other = { ...ID, spanId: '2'.repeat(16) }
  const batch = acceptBatch([{ ...ID, endedAt: 2 }, nonsense, other, { ...ID, resource: { LARGE } }, other])
  const told: number[] = []
  const { rejected, ...counts } = await writeBatch(batch, async (records) => {
    told.push(records.length)
    const large = records.filter(({ span }) => span.resource !== undefined)
    const updated = records.filter(({ span }) => span.spanId === ID.spanId).length - large.length
    return { written: 0, updated, refused: new Map(large.map((record) => [record, 'too large'])) }
  })
  expect(told).toEqual([2, 1, 1])
  expect(counts).toEqual({ written: 0, updated: 1, duplicates: 2 })
  expect(rejected.map(({ index }) => index)).toEqual([1, 3])
})

test('very many records of one span, each with a property of its own, make one span with all of them', () => {
  const spans = Array.from({ length: 2000 }, (_, n) => ({ ...ID, detail: { [`k${n}`]: n } }))
  const { records, rejected } = acceptBatch(spans)
  expect([records.length, rejected]).toEqual([1, []])
  expect(Object.keys(records[0]!.span.detail!)).toHaveLength(2000)
})
