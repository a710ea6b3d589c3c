import { type Json, type JsonObject, MAX_DEPTH } from '@freehold/contract'
import { structure } from '../conventions/readers.js'

/** What becomes of the texts and named values of a span. */
export interface Change {
  /** What stands in the place of a value with this name; nothing where it is looked into. */
  named: (key: string) => Json | undefined
  /** What a text or a number becomes that is no JSON. */
  leaf: (value: string | number, key: string) => Json
}

/** Deeper than any store keeps. */
const TOO_DEEP = '[too deep]'

/**
 * The same value, its texts changed wherever they stand, also within JSON that is a text: frameworks write messages and
 * arguments so. What does not change is the same object as before.
 */
export function changed(value: Json, key: string, change: Change, depth = 0): Json {
  if (typeof value === 'string') return changedText(value, key, change, depth)
  if (typeof value === 'number') return change.leaf(value, key)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return TOO_DEEP
  return Array.isArray(value)
    ? changedList(value as Json[], key, change, depth)
    : changedObject(value as JsonObject, change, depth)
}

function changedText(text: string, key: string, change: Change, depth: number): Json {
  const read = depth > MAX_DEPTH ? text : structure(text)
  if (typeof read !== 'object' || read === null) return change.leaf(text, key)
  const after = changed(read, key, change, depth + 1)
  return after === read ? text : JSON.stringify(after)
}

function changedList(list: readonly Json[], key: string, change: Change, depth: number): Json {
  const after = list.map((item) => changed(item, key, change, depth + 1))
  return after.some((item, index) => item !== list[index]) ? after : (list as Json[])
}

export function changedObject(object: JsonObject, change: Change, depth = 0): JsonObject {
  let isSame = true
  const entries = (Object.entries(object) as [string, Json][]).map(([key, value]): [string, Json] => {
    const instead = value === null ? undefined : change.named(key)
    const after = instead ?? changed(value, key, change, depth + 1)
    if (after !== value) isSame = false
    return [key, after]
  })
  return isSame ? object : Object.fromEntries(entries)
}
