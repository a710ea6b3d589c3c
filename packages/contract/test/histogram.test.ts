import { DDSketch } from '@datadog/sketches-js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bucketOf, quantile, RELATIVE_ERROR } from '../src/rules/histogram.js'
import { MAX_TIMESTAMP } from '../src/time.js'

/** From a microsecond to longer than a quarter of an hour, each decade as often as another. */
const duration = fc.double({ min: 0, max: 9, noNaN: true }).map((exponent) => Math.round(10 ** exponent))
const QUANTILES = [0.01, 0.5, 0.95, 0.99, 1]

function histogramOf(durations: readonly number[]): Map<number, number> {
  const histogram = new Map<number, number>()
  for (const each of durations) histogram.set(bucketOf(each), (histogram.get(bucketOf(each)) ?? 0) + 1)
  return histogram
}

/** By how much, in proportion, one number differs from another that is not 0. */
function errorOf(told: number, exact: number): number {
  return Math.abs(told - exact) / exact
}

/** The same place among the durations, in the words of the sketch: it has `q * (n - 1)` rounded down, counted from 0. */
function sketchedAt(sketch: DDSketch, place: number, n: number): number {
  return sketch.getValueAtQuantile(n === 1 ? 0 : Math.min(1, (place + 0.5) / (n - 1)))
}

describe('the buckets of durations', () => {
  test('are at most 2.5 % from what they stand for', () => {
    expect(RELATIVE_ERROR).toBeLessThan(0.025)
  })

  test.each([0, -0, -1, -86_400_000_000, 0.4])('have one for what takes no time: %d', (micros) => {
    expect(bucketOf(micros)).toBe(-14)
  })

  test.each([
    [1, 0],
    [2, 14],
    [3, 14 + 8],
    [1023, 9 * 14 + 13],
    [1024, 140],
    [2 ** 32 - 1, 32 * 14 - 1],
    [2 ** 32, 32 * 14],
    [2 ** 52 - 1, 52 * 14 - 1],
    [MAX_TIMESTAMP * 1000, 52 * 14 + 13],
  ])('%d microseconds are in bucket %d', (micros, bucket) => {
    expect(bucketOf(micros)).toBe(bucket)
  })

  test('never put the longer of two durations before the shorter', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.maxSafeInteger(), (a, b) => {
        expect(bucketOf(Math.max(a, b))).toBeGreaterThanOrEqual(bucketOf(Math.min(a, b)))
      }),
    )
  })

  test('stand for durations that are within the error of all that are in them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: MAX_TIMESTAMP * 1000 }), (micros) => {
        expect(errorOf(quantile(histogramOf([micros]), 1)!, micros)).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-12)
      }),
    )
  })
})

describe('a quantile', () => {
  test('of nothing is none', () => {
    expect([quantile(new Map(), 0.5), quantile(new Map([[3, 0]]), 0.5)]).toEqual([undefined, undefined])
  })

  test('is that of the nearest rank', () => {
    const histogram = histogramOf([0, 0, 1000, 1_000_000])
    expect([0.01, 0.5, 0.51, 0.75, 0.76, 1].map((q) => bucketOf(Math.round(quantile(histogram, q)!)))).toEqual(
      [0, 0, 1000, 1000, 1_000_000, 1_000_000].map(bucketOf),
    )
  })

  test('of what takes no time is 0', () => {
    expect(quantile(histogramOf([0, -5, 3_000_000]), 0.5)).toBe(0)
  })

  test('is as near to the exact one as that of DDSketch', () => {
    fc.assert(
      fc.property(fc.array(duration, { minLength: 1, maxLength: 300 }), (durations) => {
        const sketch = new DDSketch({ relativeAccuracy: RELATIVE_ERROR })
        for (const each of durations) sketch.accept(each)
        const sorted = durations.toSorted((a, b) => a - b)
        for (const q of QUANTILES) {
          const place = Math.ceil(q * sorted.length) - 1
          const exact = sorted[place]!
          const [told, sketched] = [quantile(histogramOf(durations), q)!, sketchedAt(sketch, place, sorted.length)]
          expect(errorOf(sketched, exact)).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9)
          expect(errorOf(told, exact)).toBeLessThanOrEqual(RELATIVE_ERROR + 1e-9)
        }
      }),
      { numRuns: 300 },
    )
  })
})
