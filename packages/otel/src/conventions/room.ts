import { MAX_SPAN_BYTES, MAX_SPAN_TEXT } from '@freehold/contract'

/**
 * Largest value that is copied from an attribute into a field, and longest text that is read as JSON: as long as the store keeps
 * a text. A larger one stays where it came from.
 */
export const MAX_COPY = MAX_SPAN_TEXT

/** Most bytes of JSON that the copies of one span have together: five of the largest text. */
const MOST = 5 * MAX_COPY
/** What there is always: owners, names and numbers make no span too large. */
const LEAST = 32_768
/** What a span may have as a whole in every store, less what its other fields take. */
const MAX_SPAN = MAX_SPAN_BYTES - 65_536
const MAX_DEPTH = 100

/**
 * Room for the copies of one span, in bytes of JSON: a character may take six of them, and a copy must not make a span too
 * large that would fit without it. Texts are not measured as long as they fit however they are written.
 */
export class Room {
  readonly #most: number
  readonly #taken: unknown[] = []
  /** Not less than the bytes of what was taken. */
  #bound = 0

  /**
   * @param own what the span has without copies
   * @param shared the same, of what many spans have
   */
  constructor(own: readonly unknown[], shared: readonly (object | undefined)[] = []) {
    const isSmall = leftOf(MAX_SPAN - MOST - sizeOf(shared, widest), own, widest) >= 0
    const left = isSmall ? MOST : leftOf(MAX_SPAN - sizeOf(shared, exact), own, exact)
    this.#most = isSmall ? MOST : Math.max(LEAST, Math.min(MOST, left))
  }

  /** Whether there was room for the copy, which is taken then. */
  take(copy: unknown): boolean {
    let left = leftOf(this.#most - this.#bound, copy, widest)
    if (left < 0) left = leftOf(this.#most, [...this.#taken, copy], exact)
    if (left < 0) return false
    this.#bound = this.#most - left
    this.#taken.push(copy)
    return true
  }
}

/** Bytes of a text as JSON. */
type Measure = (text: string) => number

const widest: Measure = (text) => 6 * text.length + 2
const exact: Measure = (text) => Buffer.byteLength(JSON.stringify(text))

/** Whether values have no more than so many bytes of JSON however their texts are written; they may fit where this says no. */
export function isWithin(room: number, own: unknown, shared: readonly (object | undefined)[]): boolean {
  return leftOf(room - sizeOf(shared, widest), own, widest) >= 0
}

/** Bytes of JSON of what a span shares with others, and is written with. */
export function sizeOfShared({ resource, scope }: { resource?: object; scope?: object }): number {
  return sizeOf([resource, scope], exact)
}

/** Of what many spans have: measured once. */
const sizes = new Map<Measure, WeakMap<object, number>>([
  [widest, new WeakMap()],
  [exact, new WeakMap()],
])

function sizeOf(shared: readonly (object | undefined)[], measure: Measure): number {
  const known = sizes.get(measure)!
  return shared.reduce((sum, value) => {
    if (value === undefined) return sum
    const size = known.get(value) ?? 2 * MAX_SPAN - leftOf(2 * MAX_SPAN, value, measure)
    known.set(value, size)
    return sum + size
  }, 0)
}

/** What is left of `room` after a value as JSON, its texts as the store cuts them. Below zero it may be less. */
function leftOf(room: number, value: unknown, measure: Measure, depth = 0): number {
  if (typeof value === 'string') return room - measure(value.slice(0, MAX_COPY))
  if (typeof value !== 'object' || value === null) return room - String(value).length
  if (depth > MAX_DEPTH) return -1
  let left = room - 2
  for (const key of Object.keys(value)) {
    if (left < 0) break
    const before = Array.isArray(value) ? 1 : measure(key) + 2
    left = leftOf(left - before, (value as Record<string, unknown>)[key], measure, depth + 1)
  }
  return left
}
