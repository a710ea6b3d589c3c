/** Most values within one that is stored as a document: what has more is mostly keys and types there. */
const MAX_VALUES = 20_000

/**
 * Keys that a path cannot name (empty, with a dot, with a dollar in front) or that the driver takes for one of its own
 * types. They are stored as URLs write such characters: `gen_ai.request.model` as `gen_ai%2Erequest%2Emodel`.
 */
const ODD_KEY = /^$|^\$|[.%]|^_bsontype$/
/** Stands for an empty key, and, with `json` behind it, for a value that is stored as its text. No encoded key is either. */
const EMPTY = '%'
const AS_TEXT = '%json'

type Container = Record<string, unknown>

/** A JSON value as the database holds it: a document that can be queried by paths; a very large one as its text. */
export function encodeJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return countOf(value, MAX_VALUES) < 0 ? { [AS_TEXT]: JSON.stringify(value) } : withKeys(value, encodeKey)
}

export function decodeJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const text = (value as Container)[AS_TEXT]
  return typeof text === 'string' ? JSON.parse(text) : withKeys(value, decodeKey)
}

/** What is left of `room` after every value within; negative when it is not enough. */
function countOf(value: unknown, room: number): number {
  if (typeof value !== 'object' || value === null) return room - 1
  let left = room - 1
  for (const child of Object.values(value)) {
    left = countOf(child, left)
    if (left < 0) return left
  }
  return left
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
