import type { Timestamp } from '../time.js'

/** A place in the order of spans: start, then span id. */
export type Place = readonly [Timestamp, string]

interface Placed {
  startedAt: Timestamp
  spanId: string
}

/** True of the span that comes first in time, then by its id. */
export function isBefore(a: Placed, b: Placed): boolean {
  return a.startedAt < b.startedAt || (a.startedAt === b.startedAt && a.spanId < b.spanId)
}

export function comparePlaces(a: Place, b: Place): number {
  return a[0] - b[0] || (a[1] < b[1] ? -1 : 1)
}

export function earlier(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return comparePlaces(a, b) <= 0 ? a : b
}
