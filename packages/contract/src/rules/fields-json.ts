import { constants } from 'node:buffer'
import type { Json, JsonObject, Repair } from '../json.js'
import { kindOf } from './kind-of.js'

/** How the mark of a value ends that something readable stands for. */
const REPLACED = '; replaced'

/** The size of what makes a longer text than there can be. */
export const NO_TEXT = constants.MAX_STRING_LENGTH + 1

/** Bytes of UTF-8, or {@link NO_TEXT}. */
export function jsonBytes(json: Json): number {
  let text: string
  try {
    text = JSON.stringify(json)
  } catch {
    return NO_TEXT
  }
  return Buffer.byteLength(text)
}

export function isJsonObject(json: Json | undefined): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** Why what was an object is left out, when its JSON is none: as the marks of that JSON say, if they do. */
export function whyNoObject(json: Json | undefined, path: string, marks: readonly Repair[]): string {
  const told = marks.find(({ field, reason }) => field === path && reason.endsWith(REPLACED))
  return told?.reason.slice(0, -REPLACED.length) ?? `is ${kindOf(json)} as JSON; give an object`
}
