import { MAX_ID_BYTES } from '../ids.js'
import type { Json, JsonObject } from '../json.js'
import { fromMicroseconds, MAX_TIMESTAMP, type Timestamp, toMicroseconds } from '../time.js'
import { LIKE_SECONDS } from './fields.js'
import type { PlainJson } from './plain-json.js'

/** A character takes at most three bytes. */
const SHORT_ID = MAX_ID_BYTES / 3
const HEX = { 16: /^(?!0+$)[0-9a-f]{16}$/, 32: /^(?!0+$)[0-9a-f]{32}$/ } as const

/**
 * Reads the fields of an object that is as most are: every one of the right type, within its limits, and kept as it is. The
 * first that is not makes it `isOdd`, and then nothing that was read counts: {@link Fields} looks again and says what it is.
 * Texts that no engine can hold are not noticed here, but in the JSON that they become.
 */
export class PlainFields {
  isOdd = false

  constructor(
    private readonly given: Readonly<Record<string, unknown>>,
    known: ReadonlySet<string>,
    private readonly values: PlainJson,
  ) {
    const prototype = Object.getPrototypeOf(given)
    if (prototype !== Object.prototype && prototype !== null) this.isOdd = true
    for (const field in given) if (!known.has(field)) this.isOdd = true
  }

  text(field: string, most: number): string | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && value.length <= most) return value
    return this.odd()
  }

  id(field: string): string | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string' || value === '') return this.odd()
    if (value.length > SHORT_ID && Buffer.byteLength(value) > MAX_ID_BYTES) return this.odd()
    return value
  }

  hex(field: string, digits: 16 | 32): string | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'string' && HEX[digits].test(value)) return value
    return this.odd()
  }

  time(field: string): Timestamp | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number' || !(value >= LIKE_SECONDS && value <= MAX_TIMESTAMP)) return this.odd()
    return fromMicroseconds(toMicroseconds(value))
  }

  choice<T extends string>(field: string, values: readonly T[]): T | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    return values.includes(value as T) ? (value as T) : this.odd()
  }

  count(field: string, most: number): number | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most) return value as number
    return this.odd()
  }

  number(field: string, least: number, most: number): number | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'number' && value >= least && value <= most && Number.isFinite(value)) return value
    return this.odd()
  }

  json(field: string): Json | undefined {
    const value = this.given[field]
    if (value === undefined) return undefined
    return this.values.isPlain(value) ? (value as Json) : this.odd()
  }

  object(field: string): JsonObject | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (typeof value === 'object' && !Array.isArray(value) && this.values.isObject(value)) return value as JsonObject
    return this.odd()
  }

  array(field: string): readonly Json[] | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    return Array.isArray(value) && this.values.isPlain(value) ? value : this.odd()
  }

  list<T>(field: string, known: ReadonlySet<string>, read: (item: PlainFields) => T): T[] | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value) || !this.values.hasRoomFor(value.length)) return this.odd()
    const items: T[] = []
    for (let i = 0; i < value.length && !this.isOdd; i++) {
      const part = this.partOf(value[i], known)
      if (part !== undefined) items.push(read(part))
      if (part?.isOdd) this.isOdd = true
    }
    return items
  }

  part<T>(field: string, known: ReadonlySet<string>, read: (part: PlainFields) => T): T | undefined {
    const value = this.given[field]
    if (value === undefined || value === null) return undefined
    const part = this.partOf(value, known)
    if (part === undefined) return undefined
    const one = read(part)
    if (part.isOdd) this.isOdd = true
    return one
  }

  required<T>(value: T | undefined): T {
    if (value === undefined) this.isOdd = true
    return value as T
  }

  odd(): undefined {
    this.isOdd = true
    return undefined
  }

  private partOf(value: unknown, known: ReadonlySet<string>): PlainFields | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return this.odd()
    return new PlainFields(value as Record<string, unknown>, known, this.values)
  }
}
