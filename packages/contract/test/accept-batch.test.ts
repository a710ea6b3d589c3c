import { describe, expect, test } from 'vitest'
import { type AcceptedBatch, acceptBatch, type ToldSpans, writeBatch } from '../src/rules/accept-batch.js'
import { fieldsOf } from './refused-fields.js'
import { input, T0 } from './span-input.js'

describe('a batch', () => {
  test('has each span once, merged from its records', () => {
    const { records, partsOf, rejected } = acceptBatch([
      input(),
      input({ spanId: '' }),
      input({ endedAt: T0 + 1 }),
      input({ traceId: 'c'.repeat(32) }),
    ])
    expect([
      records.map(({ span }) => [span.traceId[0], span.endedAt]),
      records.map((record) => partsOf(record).map(({ place }) => place)),
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

  test.each<[string, () => unknown, string[]]>([
    ['ten thousand', () => Array(10_000).fill(null), []],
    ['one more', () => Array(10_001).fill(null), ['spans']],
    ['a text', () => 'spans', ['spans']],
    ['nothing', () => undefined, ['spans']],
  ])('of %s', (_, spans, refused) => {
    expect(fieldsOf(() => acceptBatch(spans() as never))).toEqual(refused)
  })

  test.each<[string, unknown, RegExp]>([
    ['is none', {}, /^spans: spans: is an object; /],
    ['is too large', Array(10_001), /^spans: spans: has 10001 spans; .* 10000 /],
  ])('that %s is told by what it is', (_, spans, message) => {
    expect(() => acceptBatch(spans as never)).toThrow(message)
  })
})

describe('what is written of a batch', () => {
  /** Writes it to a store that answers its calls in turn, and refuses by the place in a call. */
  async function written(batch: AcceptedBatch, answers: { written?: number; updated?: number; refused?: number[] }[]) {
    const left = [...answers]
    const result = await writeBatch(batch, async (records): Promise<ToldSpans> => {
      const { written = 0, updated = 0, refused = [] } = left.shift()!
      return { written, updated, refused: new Map(refused.map((place) => [records[place]!, 'too large'])) }
    })
    expect(left).toEqual([])
    return result
  }

  const other = (n: number) => input({ spanId: String(n).repeat(16) })

  test('is counted as new, as changed, or as told before', async () => {
    const batch = acceptBatch([other(1), other(1), other(2), other(3), other(4)])
    expect(await written(batch, [{ written: 2, updated: 1 }])).toEqual({
      written: 2,
      updated: 1,
      duplicates: 2,
      rejected: [],
    })
  })

  test('is rejected with its reason where it is one span, and not told again', async () => {
    const batch = acceptBatch([other(1), other(2)])
    expect(await written(batch, [{ written: 1, refused: [1] }])).toEqual({
      written: 1,
      updated: 0,
      duplicates: 0,
      rejected: [{ index: 1, reason: 'too large' }],
    })
  })

  test('is not changed where none of several parts changes it', async () => {
    const batch = acceptBatch([input(), input({ endedAt: T0 + 1 })])
    expect(await written(batch, [{ refused: [0] }, { refused: [0] }, {}])).toEqual({
      written: 0,
      updated: 0,
      duplicates: 1,
      rejected: [{ index: 0, reason: 'too large' }],
    })
  })

  test('is changed once where several parts change it', async () => {
    const batch = acceptBatch([input(), input({ endedAt: T0 + 1 }), input({ endedAt: T0 + 2 })])
    const answers = [{ refused: [0] }, { updated: 1 }, { updated: 1 }, { refused: [0] }]
    expect(await written(batch, answers)).toMatchObject({ updated: 1, duplicates: 1, rejected: [{ index: 2 }] })
  })

  test('is rejected in the order of the batch', async () => {
    const batch = acceptBatch([other(1), input({ startedAt: -1 }), other(2), input({ startedAt: -1 })])
    const { rejected } = await written(batch, [{ refused: [1, 0] }])
    expect(rejected.map(({ index }) => index)).toEqual([0, 1, 2, 3])
  })
})
