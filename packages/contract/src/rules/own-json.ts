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
      return { json: unboxed(value.toJSON()) }
    } catch {
      return undefined
    }
  }
  const plain = unboxed(value)
  if (plain !== value) return { json: plain }
  if (value instanceof Error || ArrayBuffer.isView(value) || Object.keys(value).length === 0) return undefined
  return { json: { ...value } }
}

/** As `JSON.stringify` takes `new String('a')` and its like. */
function unboxed(value: unknown): unknown {
  return value instanceof String || value instanceof Number || value instanceof Boolean ? value.valueOf() : value
}

/** The property of an object that is not to be stored as it is, which says why and what to do: no data has it. */
export const NOT_JSON = Symbol('not JSON')

/** Why an object with a class is refused where JSON is asked for. */
export function whyNotJson(value: object): string {
  const why: unknown = Reflect.get(value, NOT_JSON)
  return typeof why === 'string' ? why : `${kindOf(value)} is not JSON; turn it into a plain object or a string`
}

export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  // That of another realm.
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Most items of an array whose keys are listed, to find what stands beside them: of millions that takes seconds. */
const LISTED = 100_000

/**
 * True of a plain object or an array all of which JSON shows: nothing inherited, hidden, computed or under a symbol, which
 * whoever is handed the value itself would see. Of more than 100,000 items, what stands beside them is not looked for.
 */
export function isAllShown(value: object): boolean {
  if (!inheritsNothing(value)) return false
  if (!Array.isArray(value)) {
    const keys = Reflect.ownKeys(value)
    return keys.every((key) => typeof key === 'string' && isShown(value, key))
  }
  for (let i = 0; i < value.length; i++) if (!isShown(value, i)) return false
  return value.length > LISTED || Reflect.ownKeys(value).length === value.length + 1
}

function isShown(value: object, key: PropertyKey): boolean {
  const property = Object.getOwnPropertyDescriptor(value, key)
  return property?.enumerable === true && property.get === undefined
}

/** True where the prototype is the usual one, or that of another realm. */
function inheritsNothing(value: object): boolean {
  const usual = Array.isArray(value) ? Array.prototype : Object.prototype
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === usual) return !hasToJson(value)
  const isUsual = Array.isArray(value) ? Array.isArray(prototype) : Object.getPrototypeOf(prototype) === null
  const isKnown = (key: PropertyKey) =>
    Object.hasOwn(usual, key) && !Object.prototype.propertyIsEnumerable.call(prototype, key)
  return isUsual && Reflect.ownKeys(prototype).every(isKnown) && !hasToJson(value)
}

/** Something readable in the place of what is not JSON. */
export function readable(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString()
  return (value instanceof Error ? errorText(value) : undefined) ?? `[${kindOf(value)}]`
}

/** `undefined` of an error whose name or message cannot be read: they may be anything. */
function errorText(error: Error): string | undefined {
  try {
    return cleanText(`${String(error.name)}: ${String(error.message)}`)
  } catch {
    return undefined
  }
}
