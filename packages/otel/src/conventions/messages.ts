import type { Json, JsonObject, SpanEvent } from '@freehold/contract'
import { payload, structure } from './readers.js'
import { isPresent } from './table.js'

/**
 * The message that an event is, or the messages. What is JSON in one of `within`, and what lies in that, stands in its place: an
 * object with its fields, messages each for itself, anything else as the content. That is read as an input is.
 */
export function messageIn(event: string, attributes: JsonObject, within: readonly string[]): JsonObject[] {
  const { 'event.name': _, ...fields } = attributes
  return unwrapped({ event, ...fields }, within).map((message) =>
    Object.hasOwn(message, 'content') ? { ...message, content: payload(message.content!) } : message,
  )
}

function unwrapped(message: JsonObject, [name, ...others]: readonly string[]): JsonObject[] {
  if (name === undefined) return [message]
  const { [name]: held, ...rest } = message
  if (!isPresent(held)) return unwrapped(message, others)
  const told = structure(held!)
  if (isObject(told)) return unwrapped({ ...rest, ...told }, others)
  if (areMessages(told)) return told.flatMap((one) => unwrapped({ ...rest, ...one }, others))
  return Object.hasOwn(rest, 'content') ? [message] : [{ ...rest, content: told }]
}

/** The events of a list that have one of these names, as messages. */
export function listed(list: Json | undefined, names: readonly string[], within: readonly string[]): Json | undefined {
  if (!Array.isArray(list)) return undefined
  const messages = list.flatMap((item: Json) => {
    const name = isObject(item) ? item['event.name'] : undefined
    return isObject(item) && typeof name === 'string' && names.includes(name) ? messageIn(name, item, within) : []
  })
  return messages.length === 0 ? undefined : messages
}

interface Details {
  details: readonly string[]
  attribute: string
  instructions?: string
}

/** What the events tell under the attribute, one list behind another; instructions are the parts of a message before them. */
export function detailsIn(
  events: readonly SpanEvent[],
  { details, attribute, instructions }: Details,
): Json | undefined {
  const meant = events.filter((event) => details.includes(event.name))
  const of = (name: string): Json[] =>
    meant.map(({ attributes }) => attributes?.[name]).filter((value) => isPresent(value)) as Json[]
  const told = of(attribute)
  const lists = told.map(structure)
  if (lists.length === 0 || !lists.every((list) => Array.isArray(list))) return told[0]
  const [parts] = instructions === undefined ? [] : of(instructions).map(structure)
  const first = Array.isArray(parts) && parts.length > 0 ? [{ role: 'system', parts }] : []
  return lists.length === 1 && first.length === 0 ? told[0] : [...first, ...lists.flat(1)]
}

function areMessages(value: Json): value is JsonObject[] {
  return (
    Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && Object.hasOwn(item, 'role'))
  )
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
