import { dayOf, type Timestamp } from '../time.js'

export const DAY = 86_400_000

/** What makes up a window: what is counted in some periods, less what is counted in others. */
export interface Periods {
  /** Days, `2026-12-01`, and months, `2026-12`. */
  periods: string[]
  /** Days of these months that are not in the window. */
  less: string[]
}

/** The UTC days of a window, which begins and ends with one. */
export function daysOf(from: Timestamp, to: Timestamp): string[] {
  return Array.from({ length: (to - from) / DAY }, (_, i) => dayOf(from + i * DAY))
}

/**
 * The fewest periods that make up a window: of a month of which most days lie in it, the month less the others. Of a year there are at
 * most 43.
 */
export function periodsOf(from: Timestamp, to: Timestamp): Periods {
  const made: Periods = { periods: [], less: [] }
  for (let at = from; at < to; ) {
    const [first, next] = [monthAt(at, 0), monthAt(at, 1)]
    const end = Math.min(to, next)
    const others = [...daysOf(first, at), ...daysOf(end, next)]
    if (others.length < (end - at) / DAY) {
      made.periods.push(dayOf(at).slice(0, 7))
      made.less.push(...others)
    } else made.periods.push(...daysOf(at, end))
    at = end
  }
  return made
}

/** When the month of a time begins, or one that many months later. */
function monthAt(at: Timestamp, later: number): Timestamp {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}
