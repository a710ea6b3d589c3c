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

/** The day that was read last, and when it began, in milliseconds: a whole text takes ten times as long to parse. */
let lastReadDay = ''
let lastReadStart = Number.NaN

const [ZERO, FRACTION_AT, MOST_DIGITS] = [48, 20, 6]

/**
 * Reads what {@link toIso} writes, and what databases make of it: with a blank for the `T`, and without what is zero at the
 * end, or the fraction, or the `Z`. `NaN` for anything else.
 */
export function fromIso(text: string): Timestamp {
  const day = text.slice(0, 10)
  if (day !== lastReadDay) {
    lastReadStart = Date.parse(`${day}T00:00:00Z`)
    lastReadDay = day
  }
  const [hours, minutes, seconds] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)]
  if (hours > 23 || minutes > 59 || seconds > 59 || !isSpaced(text)) return Number.NaN
  const micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fractionOf(text)
  return fromMicroseconds(lastReadStart * 1000 + micros)
}

/** Whether what stands between the numbers is what is to stand there. */
function isSpaced(text: string): boolean {
  const [beforeHours, behindSeconds] = [text[10], text[19]]
  return (
    (beforeHours === 'T' || beforeHours === ' ') &&
    text[13] === ':' &&
    text[16] === ':' &&
    (behindSeconds === '.' || behindSeconds === 'Z' || behindSeconds === undefined)
  )
}

function twoDigits(text: string, at: number): number {
  const [tens, ones] = [digitAt(text, at), digitAt(text, at + 1)]
  return tens * 10 + ones
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}

/** In microseconds. */
function fractionOf(text: string): number {
  let end = text.length
  if (text.endsWith('Z')) end -= 1
  let micros = 0
  let unit = 100_000
  for (let at = FRACTION_AT; at < Math.min(end, FRACTION_AT + MOST_DIGITS); at++) {
    micros += digitAt(text, at) * unit
    unit /= 10
  }
  return micros
}

/** The UTC day of an instant: `2026-11-23`. */
export function dayOf(at: Timestamp): string {
  return toIso(at).slice(0, 10)
}
