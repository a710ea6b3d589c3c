/**
 * An instant: milliseconds since the Unix epoch, as `Date.now()` gives. Its fraction carries microseconds, which
 * survive the round trip; anything finer is rounded. From 1970 to 2255, the range in which a `number` holds every
 * microsecond exactly.
 */
export type Timestamp = number

/** 2255-06-05T23:47:34.740Z: the last instant whose microseconds a `number` counts exactly. */
export const MAX_TIMESTAMP: Timestamp = 9_007_199_254_740

/** Rounds to the microsecond that a store keeps. */
export function toMicroseconds(at: Timestamp): number {
  return Math.round(at * 1000)
}

export function fromMicroseconds(micros: number): Timestamp {
  return micros / 1000
}

/** ISO 8601 in UTC with six decimals: `2026-11-23T01:36:18.123456Z`. Sorts as text in the order of time. */
export function toIso(at: Timestamp): string {
  const micros = toMicroseconds(at)
  const millis = Math.floor(micros / 1000)
  const rest = String(micros - millis * 1000).padStart(3, '0')
  return `${new Date(millis).toISOString().slice(0, -1)}${rest}Z`
}

/** Reads what {@link toIso} writes. */
export function fromIso(text: string): Timestamp {
  const millis = Date.parse(`${text.slice(0, 23)}Z`)
  return fromMicroseconds(millis * 1000 + Number(text.slice(23, 26)))
}

/** The UTC day of an instant: `2026-11-23`. */
export function dayOf(at: Timestamp): string {
  return toIso(at).slice(0, 10)
}
