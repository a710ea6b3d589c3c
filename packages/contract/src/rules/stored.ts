import { StoreError } from '../errors.js'
import type { Json } from '../json.js'

/** JSON that a store wrote. */
export function storedJson(text: unknown): Json {
  try {
    return JSON.parse(text as string)
  } catch {
    throw changedByOthers('JSON')
  }
}

/** The error of what no store wrote where it stands: other hands put it there. It does not quote it. */
export function changedByOthers(what: string): StoreError {
  return new StoreError(
    'internal',
    `a stored value is not ${what} any more: it was changed by other hands; restore it from a copy`,
  )
}

/** True of JSON as it is read: an object of a driver's own, which has a text in JSON, is none. */
export function isPlainJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return value !== undefined && typeof value !== 'bigint'
  if (Array.isArray(value)) return value.every(isPlainJson)
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isPlainJson)
}

/** Reads a second time what seems not to be whole: some of it may have been removed while it was read, and all of it since. */
export async function readAgain<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!StoreError.is(error, 'internal')) throw error
    return read()
  }
}
