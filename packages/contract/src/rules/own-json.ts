import type { Json } from '../json.js'
import { kindOf } from './kind-of.js'
import { cleanText } from './text.js'

export function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

/**
 * What `JSON.stringify` makes of an object with a class, one level deep: what its `toJSON` says, or its own properties.
 * `undefined` of one that has neither, and of bytes, which are not the numbers that they look like.
 */
export function ownJson(value: object): { json: unknown } | undefined {
  if (hasToJson(value)) {
    try {
      return { json: value.toJSON() }
    } catch {
      return undefined
    }
  }
  if (value instanceof String || value instanceof Number || value instanceof Boolean) return { json: value.valueOf() }
  if (value instanceof Error || ArrayBuffer.isView(value) || Object.keys(value).length === 0) return undefined
  return { json: { ...value } }
}

export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  // That of another realm.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/**
 * True of a plain object or an array all of which JSON shows: nothing inherited, hidden, computed or under a symbol, which
 * whoever is handed the value itself would see.
 */
export function isOpen(value: object): boolean {
  const hidden = Array.isArray(value) ? 1 : 0
  const keys = Object.keys(value)
  if (Reflect.ownKeys(value).length !== keys.length + hidden) return false
  if (hidden > 0 && keys.length !== (value as unknown[]).length) return false
  for (const key in value) if (!Object.hasOwn(value, key)) return false
  return keys.every((key) => Object.getOwnPropertyDescriptor(value, key)?.get === undefined)
}

/** Something readable in the place of what is not JSON. */
export function readable(value: unknown): Json {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Error) return `${value.name}: ${cleanText(value.message)}`
  return `[${kindOf(value)}]`
}
