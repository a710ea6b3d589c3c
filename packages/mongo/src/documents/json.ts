import { AS_TEXT, type JsonObject, propertiesAsText, propertiesOfText, storedJson } from '@freehold/contract'

/**
 * Most bytes by which one value may be larger as a document than as its text: what grows more is mostly keys and types
 * there. All values of a record together then fit into what a document takes, if their texts are what a record may have.
 */
const MAX_GROWTH = 240_000
/** By how much one value within grows, at most: a number in an array, by its type and the name of its place. */
const GROWTH = 12

/**
 * Keys that a path cannot name (empty, with a dot, with a dollar in front) or that the driver takes for one of its own
 * types. They are stored as URLs write such characters: `gen_ai.request.model` as `gen_ai%2Erequest%2Emodel`.
 */
const ODD_KEY = /^$|^\$|[.%]|^_bsontype$/
/** Stands for an empty key. No encoded key is that, or the one that says that a value is stored as its text. */
const EMPTY = '%'
/** Keys that the driver takes for those of its own types, wherever they stand. All others it leaves alone. */
const TAKEN_KEY = /^(_bsontype|\$ref)$/

type Container = Record<string, unknown>

/** A JSON value as the database holds it: a document that can be queried by paths; one that would be very large, its text. */
export function encodeJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return roomLeft(value, MAX_GROWTH) < 0 ? { [AS_TEXT]: JSON.stringify(value) } : withKeys(value, encodeKey)
}

export function decodeJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const text = (value as Container)[AS_TEXT]
  return typeof text === 'string' ? storedJson(text) : withKeys(value, decodeKey)
}

/**
 * An object of which each property can be read by itself, because views show them: under the keys of its own. Those of
 * its properties are encoded as above. A property is its text where it is one value too many, or has keys of the driver's;
 * the whole is, where its own keys are too odd.
 */
export function encodeProperties(data: JsonObject): JsonObject {
  let room = Object.keys(data).reduce((left, key) => left - growthOf(key), MAX_GROWTH)
  if (room < 0) return { [AS_TEXT]: JSON.stringify(data) }
  const asText = (value: unknown) => {
    const left = roomLeft(value, room)
    if (left < 0 || hasTakenKey(value)) return true
    room = left
    return false
  }
  return withTopKeys(propertiesAsText(data, asText), encodeKey)
}

export function decodeProperties(data: JsonObject): JsonObject {
  const text = data[AS_TEXT]
  return typeof text === 'string' ? (storedJson(text) as JsonObject) : propertiesOfText(withTopKeys(data, decodeKey))
}

function withTopKeys(data: JsonObject, rename: (key: string) => string): JsonObject {
  if (!Object.keys(data).some((key) => rename(key) !== key)) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [rename(key), value]))
}

function hasTakenKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasTakenKey)
  return Object.entries(value).some(([key, child]) => TAKEN_KEY.test(key) || hasTakenKey(child))
}

/** What is left of `room` after every value and odd key within; negative when it is not enough. */
function roomLeft(value: unknown, room: number): number {
  let left = room - GROWTH
  if (typeof value !== 'object' || value === null) return left
  if (Array.isArray(value)) {
    for (const child of value) {
      left = roomLeft(child, left)
      if (left < 0) return left
    }
    return left
  }
  for (const [key, child] of Object.entries(value)) {
    left -= growthOf(key)
    left = roomLeft(child, left)
    if (left < 0) return left
  }
  return left
}

function growthOf(key: string): number {
  return ODD_KEY.test(key) ? encodeKey(key).length - key.length : 0
}

/** The value with other keys: itself where no key changes, because few have odd ones. */
function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined
    for (const [i, child] of value.entries()) {
      const changed = withKeys(child, rename)
      if (changed === child) continue
      copy ??= [...value]
      copy[i] = changed
    }
    return copy ?? value
  }
  const entries = Object.entries(value)
  let same = true
  for (const entry of entries) {
    const [key, child] = entry
    entry[0] = rename(key)
    entry[1] = withKeys(child, rename)
    if (entry[0] !== key || entry[1] !== child) same = false
  }
  return same ? value : Object.fromEntries(entries)
}

function encodeKey(key: string): string {
  if (!ODD_KEY.test(key)) return key
  if (key === '') return EMPTY
  return key.replaceAll(/[.%]|^[$_]/g, (odd) => `%${odd.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decodeKey(key: string): string {
  if (!key.includes('%')) return key
  return key === EMPTY
    ? ''
    : key.replaceAll(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}
