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
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** Something readable in the place of what is not JSON. */
export function readable(value: unknown): Json {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  if (value instanceof Error) return `${value.name}: ${cleanText(value.message)}`
  return `[${kindOf(value)}]`
}
