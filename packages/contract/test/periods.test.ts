import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, daysOf, periodsOf } from '../src/rules/periods.js'

const at = (day: string) => Date.parse(`${day}T00:00:00Z`)

test.each([
  ['2026-12-01', '2026-12-02', ['2026-12-01']],
  ['2026-11-30', '2026-12-02', ['2026-11-30', '2026-12-01']],
  ['2026-11-01', '2026-12-01', ['2026-11']],
  ['2026-11-01', '2026-11-30', Array.from({ length: 29 }, (_, i) => `2026-11-${String(i + 1).padStart(2, '0')}`)],
  ['2025-12-31', '2026-03-02', ['2025-12-31', '2026-01', '2026-02', '2026-03-01']],
])('from %s to %s are the fewest periods', (from, to, periods) => {
  expect(periodsOf(at(from), at(to))).toEqual(periods)
})

/** The days of a month, and a day alone as it is. */
function daysIn(period: string): string[] {
  if (period.length === '2026-12-01'.length) return [period]
  const first = new Date(`${period}-01T00:00:00Z`)
  return daysOf(first.getTime(), Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1))
}

test('the periods of a window have each of its days once, and are few', () => {
  const days = fc.integer({ min: 0, max: 30_000 })
  fc.assert(
    fc.property(days, fc.integer({ min: 1, max: 366 }), (first, length) => {
      const [from, to] = [first * DAY, (first + length) * DAY]
      const periods = periodsOf(from, to)
      expect(periods.flatMap(daysIn)).toEqual(daysOf(from, to))
      expect(periods.length).toBeLessThanOrEqual(70)
    }),
  )
})
