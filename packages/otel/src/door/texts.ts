import { type Json, type JsonObject, MAX_DEPTH } from '@freehold/contract'
import { REDACTED } from '../redacted.js'
import { jsonText, withoutNamed } from './json-text.js'

/** What becomes of the texts and named values of a span. */
export interface Change {
  /** What stands in the place of a value with this name; nothing where it is looked into. */
  named: (key: string) => string | undefined
  /** What a text or a number becomes that is no JSON. */
  leaf: (value: string | number, key: string) => Json
  /** Texts are not looked into for JSON. */
  isWhole?: true
  /** What is to be taken out must be seen: a text that says more than the JSON in it is written anew. */
  isThorough?: true
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
  if (Array.isArray(value)) return changedList(value as Json[], key, change, depth)
  return isPlain(value)
    ? changedObject(value as JsonObject, change, depth)
    : changed(asJson(value), key, change, depth + 1)
}

function changedText(text: string, key: string, change: Change, depth: number): Json {
  const json = change.isWhole ? undefined : jsonText(text)
  if (json === undefined) return change.leaf(text, key)
  if (depth > MAX_DEPTH) return TOO_DEEP
  const { value, saysMore } = json
  if (value === undefined) {
    const isNamed = (name: string) => change.named(name) !== undefined
    return change.leaf(change.isThorough ? withoutNamed(text, isNamed, REDACTED) : text, key)
  }
  const after = changed(value, key, change, depth + 1)
  return after === value && !(saysMore && change.isThorough) ? text : JSON.stringify(after)
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

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** What the store would make of it. */
function asJson(value: object): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json
  } catch {
    return '[unreadable]'
  }
}
