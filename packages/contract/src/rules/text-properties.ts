import type { Json, JsonObject } from '../json.js'
import { storedJson } from './stored.js'

/** Stands alone in an object: what is under it is the JSON text of what stands there. */
export const AS_TEXT = '%json'

/**
 * An object of which some properties are stored as their JSON text, because the database cannot read in them, or not hold
 * them: all others can still be read by themselves. A scalar always stands as it is.
 */
export function propertiesAsText(data: JsonObject, asText: (value: Json) => boolean): JsonObject {
  return changed(data, (value) =>
    isContainer(value) && (textOf(value) !== undefined || asText(value)) ? { [AS_TEXT]: JSON.stringify(value) } : value,
  )
}

/** What {@link propertiesAsText} was given. */
export function propertiesOfText(data: JsonObject): JsonObject {
  return changed(data, (value) => {
    const text = isContainer(value) ? textOf(value) : undefined
    return typeof text === 'string' ? storedJson(text) : value
  })
}

/** The object itself where no property changes: few do. */
function changed(data: JsonObject, change: (value: Json) => Json): JsonObject {
  const entries = Object.entries(data) as [string, Json][]
  let same = true
  for (const entry of entries) {
    const value = change(entry[1])
    if (value !== entry[1]) same = false
    entry[1] = value
  }
  return same ? data : Object.fromEntries(entries)
}

function isContainer(value: Json): value is readonly Json[] | JsonObject {
  return typeof value === 'object' && value !== null
}

function textOf(value: readonly Json[] | JsonObject): Json | undefined {
  return Object.hasOwn(value, AS_TEXT) ? (value as JsonObject)[AS_TEXT] : undefined
}
