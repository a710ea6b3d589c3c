/**
 * An instant: milliseconds since the Unix epoch, as `Date.now()` gives. Its fraction carries microseconds, which
 * survive the round trip; anything finer is rounded. From 1970 to {@link MAX_TIMESTAMP}.
 */
export type Timestamp = number

/** 2248-09-26T15:10:22.208Z: from here on a `number` of milliseconds is coarser than a microsecond. */
export const MAX_TIMESTAMP: Timestamp = 2 ** 43

/** Rounds to the microsecond that a store keeps. */
export function toMicroseconds(at: Timestamp): number {
  const millis = Math.floor(at)
  // Times 1000, the whole number would lose bits that its fraction needs.
  return millis * 1000 + Math.round((at - millis) * 1000)
}

export function fromMicroseconds(micros: number): Timestamp {
  return micros / 1000
}

/** The last second that was written, and its text: times come in order, mostly. */
let lastSecond = Number.NaN
let lastText = ''

/** ISO 8601 in UTC with six decimals: `2026-11-23T01:36:18.123456Z`. Sorts as text in the order of time. */
export function toIso(at: Timestamp): string {
  const micros = toMicroseconds(at)
  const second = Math.floor(micros / 1_000_000)
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, 20)
    lastSecond = second
  }
  return `${lastText}${String(micros - second * 1_000_000).padStart(6, '0')}Z`
}

/** The same of what was read last. */
let lastReadText = ''
let lastReadSecond = Number.NaN

/** Reads what {@link toIso} writes, also without its fraction; `NaN` for anything else. */
export function fromIso(text: string): Timestamp {
  const second = text.slice(0, 19)
  if (second !== lastReadText) {
    lastReadSecond = Date.parse(`${second}Z`)
    lastReadText = second
  }
  return fromMicroseconds(lastReadSecond * 1000 + Number(text.slice(20, 26)))
}

/** The UTC day of an instant: `2026-11-23`. */
export function dayOf(at: Timestamp): string {
  return toIso(at).slice(0, 10)
}
