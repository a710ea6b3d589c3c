import { MAX_DEPTH, MAX_SPAN_TEXT } from './clean-json.js'
import { MAX_KEY } from './clean-keys.js'

/** How much of a span is looked at in the quick way, in items, keys and characters: less than any limit of the thorough one. */
const ROOM = 6_000_000
/** What an array or an object takes of that: there may be fewer of them. */
const CONTAINER = 8

/** The characters that not every engine can hold, as JSON writes them, or what looks like them. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** True of JSON text of which every engine can hold every text; false also of some that merely looks otherwise. */
export function isStorableJson(text: string): boolean {
  return !text.includes('\\u') || !UNSTORABLE.test(text)
}

/**
 * Tells, without a copy, whether `JSON.stringify` makes of values what {@link cleanJson} would keep of them in a span, with
 * no mark, but for what {@link isStorableJson} sees in the text. False is no verdict: it leaves a value to `cleanJson`.
 */
export class PlainJson {
  private room = ROOM

  isPlain(value: unknown, depth = 0): boolean {
    switch (typeof value) {
      case 'string':
        this.room -= value.length
        return value.length <= MAX_SPAN_TEXT && this.room >= 0
      case 'number':
        return Number.isFinite(value)
      case 'boolean':
      case 'undefined':
        return true
      case 'object':
        return (
          value === null ||
          (depth < MAX_DEPTH && (Array.isArray(value) ? this.isList(value, depth) : this.isObject(value, depth)))
        )
      default:
        return false
    }
  }

  /** The same of one that is an object and no array. */
  isObject(value: object, depth = 0): boolean {
    const prototype = Object.getPrototypeOf(value)
    if ((prototype !== Object.prototype && prototype !== null) || 'toJSON' in value) return false
    this.room -= CONTAINER
    for (const key in value) {
      this.room -= key.length + 1
      if (key.length > MAX_KEY || !this.isPlain(value[key as keyof typeof value], depth + 1)) return false
    }
    return this.room >= 0
  }

  /** Whether that many more items can be looked at. */
  hasRoomFor(items: number): boolean {
    this.room -= items
    return this.room >= 0
  }

  private isList(value: readonly unknown[], depth: number): boolean {
    if (!this.hasRoomFor(value.length + CONTAINER) || 'toJSON' in value) return false
    for (let i = 0; i < value.length; i++) if (!this.isPlain(value[i], depth + 1)) return false
    return true
  }
}
