import { cleanJson, type Json } from '@freehold/contract'

/** What OpenTelemetry takes as an attribute, of all versions of its API. */
export type AttributeValue = string | number | boolean | string[]

/**
 * Any value as JSON, as a store would keep it: cycles, bytes, what throws and the like are replaced by something readable.
 * Nothing of `null` and `undefined`, which say nothing.
 */
export function jsonOf(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined
  // Not measured or cut here: the store does, and texts are most of what there is.
  if (typeof value === 'string') return value
  return cleanJson(value, 'value', 'lenient', { problems: [], repairs: [] }) ?? undefined
}

/** JSON as an attribute: a text, a number or a boolean is one itself. */
export function attributeOf(json: Json | undefined): AttributeValue | undefined {
  if (json === undefined || json === null) return undefined
  return typeof json === 'object' ? JSON.stringify(json) : json
}

/** Whether it is a list of messages, as `gen_ai.input.messages` and `gen_ai.output.messages` of OpenTelemetry GenAI are. */
export function areMessages(json: Json | undefined): boolean {
  const isMessage = (item: Json) => typeof item === 'object' && item !== null && 'role' in item
  return Array.isArray(json) && json.length > 0 && json.every(isMessage)
}
