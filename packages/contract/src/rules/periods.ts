import { dayOf, type Timestamp } from '../time.js'

export const DAY = 86_400_000

/** The UTC days of a window, which begins and ends with one: `2026-12-01`. */
export function daysOf(from: Timestamp, to: Timestamp): string[] {
  return Array.from({ length: (to - from) / DAY }, (_, i) => dayOf(from + i * DAY))
}

/**
 * The fewest periods that make up a window, in their order: months (`2026-12`) that lie whole in it, and the days beside them. A window
 * of a year has at most 70.
 */
export function periodsOf(from: Timestamp, to: Timestamp): string[] {
  const periods: string[] = []
  for (let at = from; at < to; ) {
    const [day, next] = [dayOf(at), monthAfter(at)]
    const isWhole = day.endsWith('-01') && next <= to
    periods.push(isWhole ? day.slice(0, 7) : day)
    at = isWhole ? next : at + DAY
  }
  return periods
}

/** When the next month begins. */
function monthAfter(at: Timestamp): Timestamp {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}
