import type { Json, JsonObject } from '@freehold/contract'
import { attempt, NotChat } from './chat.js'
import { type Draft, messagesOf, type Role } from './messages.js'
import { isCall } from './tool-parts.js'
import { isList, isObject, unfolded } from './values.js'

/** Requests of APIs and what frameworks put around messages: where their messages are, and the instructions before them. */
const WRAPPINGS: readonly ((value: JsonObject) => readonly [messages: Json, system?: Json] | undefined)[] = [
  ({ messages, system }) => around(messages, system),
  ({ contents, config, system_instruction, systemInstruction }) => {
    const { system_instruction: snake, systemInstruction: camel } = isObject(config) ? config : {}
    return around(contents, system_instruction ?? systemInstruction ?? snake ?? camel)
  },
  ({ choices }) => (isList(choices) && choices.length > 0 ? [choices.slice(0, 1)] : undefined),
  ({ candidates }) => (isList(candidates) && isObject(candidates[0]) ? around(candidates[0].content) : undefined),
  ({ generations }) => around(generations),
  ({ output }) => (isList(output) ? [output] : undefined),
  ({ input, instructions }) => around(input, instructions),
  ({ prompt, system }) => around(prompt, system),
  ({ content }) => (isObject(content) ? [[content]] : undefined),
]

function around(messages: Json | undefined, system?: Json): readonly [Json, Json?] | undefined {
  if (messages === undefined || messages === null) return undefined
  return system === undefined || system === null ? [messages] : [messages, system]
}

/**
 * The messages in what a run or a span has as its input or output: messages, parts of one, the request or the answer of an API, or a
 * text.
 *
 * @param unless whose it is, where it does not say
 * @throws NotChat where there are none, or some have what the form has not
 */
export function draftsIn(given: Json | undefined, unless: Role): Draft[] {
  if (given === undefined || given === null || given === '') throw new NotChat('no_conversation')
  if (typeof given === 'string') return inText(given, unless)
  if (isList(given)) return joined(listed(given, unless))
  if (!isObject(given)) return messagesOf(JSON.stringify(given), unless)
  return inObject(given, unless)
}

/** A text that is JSON may hold messages; else it is what somebody said. */
function inText(text: string, unless: Role): Draft[] {
  const value = unfolded(text)
  const drafts = value === text ? undefined : attempt(() => draftsIn(value, unless))
  if (drafts === undefined || (drafts instanceof NotChat && drafts.reason === 'no_conversation'))
    return messagesOf(text, unless)
  if (drafts instanceof NotChat) throw drafts
  return drafts
}

function inObject(value: JsonObject, unless: Role): Draft[] {
  if (value.role !== undefined) return messagesOf(value, unless)
  for (const wrapping of WRAPPINGS) {
    const [messages, system] = wrapping(value) ?? []
    if (messages === undefined) continue
    const before = system === undefined ? [] : systemIn(system)
    return [...before, ...draftsIn(messages, unless)]
  }
  return joined(
    messagesOf(value, typeof value.content === 'string' || typeof value.text === 'string' ? unless : undefined),
  )
}

/** Instructions that stand beside the messages: a text, its parts, or a message. */
export function systemIn(given: Json): Draft[] {
  const value = unfolded(given)
  if (isObject(value)) return messagesOf({ ...value, role: 'system' })
  return messagesOf({ role: 'system', content: value })
}

function listed(items: readonly Json[], unless: Role): Draft[] {
  const [first] = items
  if (first === undefined) fail()
  // LangChain has a list for each of its prompts.
  if (isList(first)) return items.length === 1 ? listed(first, unless) : fail()
  // Of several choices of one answer, the first.
  if (
    unless === 'assistant' &&
    items.every((item) => isObject(item) && 'finish_reason' in item && ('index' in item || 'parts' in item))
  )
    return messagesOf(first, unless)
  const arePartsOfOne = items.every((item) => isPart(item)) && !items.every((item) => isObject(item) && isItem(item))
  if (arePartsOfOne) return messagesOf({ role: unless, content: items })
  return items.flatMap((item) => messagesOf(item, isText(item) ? unless : undefined))
}

function fail(): never {
  throw new NotChat('no_conversation')
}

/** What has a text and does not say whose it is. A text in a list is what some framework printed of a message. */
function isText(item: Json): boolean {
  return isObject(item) && typeof (item.content ?? item.text) === 'string'
}

function isPart(item: Json): boolean {
  if (!isObject(item) || item.role !== undefined || item.event !== undefined || item.message !== undefined) return false
  if (isObject(item.kwargs) || isObject(item.data)) return false
  return isCall(item) || (typeof item.type === 'string' && item.content === undefined) || item.text !== undefined
}

/** An item of the Responses API, which is a message for itself. */
function isItem({ type }: JsonObject): boolean {
  return type === 'function_call' || type === 'function_call_output' || type === 'function_call_result'
}

/** Calls that are items for themselves belong to what the assistant said before them. */
function joined(drafts: readonly Draft[]): Draft[] {
  const all: Draft[] = []
  for (const draft of drafts) {
    const last = all.at(-1)
    const belongs = last?.role === 'assistant' && draft.role === 'assistant' && draft.content.length === 0
    if (belongs && last.results.length === 0) {
      last.calls.push(...draft.calls)
      last.results.push(...draft.results)
    } else all.push(draft)
  }
  return all
}
