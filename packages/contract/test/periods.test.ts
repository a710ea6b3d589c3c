import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DAY, daysOf, periodsOf } from '../src/rules/periods.js'

const at = (day: string) => Date.parse(`${day}T00:00:00Z`)

const days = (month: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${month}-${String(first + i).padStart(2, '0')}`)

test.each([
  ['2026-12-01', '2026-12-02', ['2026-12-01'], []],
  ['2026-11-30', '2026-12-02', ['2026-11-30', '2026-12-01'], []],
  ['2026-11-01', '2026-12-01', ['2026-11'], []],
  ['2026-11-01', '2026-11-16', days('2026-11', 1, 15), []],
  ['2026-11-01', '2026-11-17', ['2026-11'], days('2026-11', 17, 30)],
  ['2026-11-03', '2026-11-29', ['2026-11'], ['2026-11-01', '2026-11-02', '2026-11-29', '2026-11-30']],
  ['2025-12-31', '2026-03-02', ['2025-12-31', '2026-01', '2026-02', '2026-03-01'], []],
])('from %s to %s are the fewest periods', (from, to, periods, less) => {
  expect(periodsOf(at(from), at(to))).toEqual({ periods, less })
})

/** The days of a month, and a day alone as it is. */
function daysIn(period: string): string[] {
  if (period.length === '2026-12-01'.length) return [period]
  const first = new Date(`${period}-01T00:00:00Z`)
  return daysOf(first.getTime(), Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1))
}

test('the periods of a window have each of its days once and no other, and are few', () => {
  const start = fc.integer({ min: 0, max: 30_000 })
  fc.assert(
    fc.property(start, fc.integer({ min: 1, max: 366 }), (first, length) => {
      const [from, to] = [first * DAY, (first + length) * DAY]
      const { periods, less } = periodsOf(from, to)
      const added = periods.flatMap(daysIn)
      expect(less.filter((day) => !added.includes(day))).toEqual([])
      expect(added.filter((day) => !less.includes(day))).toEqual(daysOf(from, to))
      expect(periods.length + less.length).toBeLessThanOrEqual(43)
    }),
  )
})
