import type { Json, JsonObject } from '@freehold/contract'
import { NotChat } from './chat.js'
import { asText, isList, isObject, textAmong } from './values.js'

/** A call of a tool; some frameworks give it no id. */
export interface Call {
  id: string | undefined
  name: string
  /** As JSON text. */
  arguments: string
}

/** What a tool gave. */
export interface Result {
  id: string | undefined
  name: string | undefined
  content: string
}

const CALLS = new Set(['tool_call', 'tool-call', 'tool_use', 'function_call', 'function'])
const RESULTS = new Set([
  'tool-result',
  'tool_result',
  'tool_call_response',
  'function_call_output',
  'function_call_result',
  'tool-error',
])

export function isCall(raw: JsonObject): boolean {
  const isNamed = raw.type === undefined && raw.toolName !== undefined && raw.result === undefined
  return CALLS.has(textAmong(raw.type) ?? '') || isObject(raw.function_call) || isObject(raw.functionCall) || isNamed
}

export function isResult(raw: JsonObject): boolean {
  return RESULTS.has(textAmong(raw.type) ?? '') || isObject(raw.function_response) || isObject(raw.functionResponse)
}

/** @throws NotChat where the call names no tool */
export function callOf(raw: Json): Call {
  if (!isObject(raw)) throw new NotChat('unfit_content')
  const call = [raw.tool_call, raw.function_call, raw.functionCall].find(isObject) ?? raw
  const told = isObject(call.function) ? call.function : call
  const name = textAmong(told.name, call.toolName)
  if (name === undefined) throw new NotChat('unfit_content')
  const given = told.arguments ?? told.args ?? told.input ?? call.input ?? call.args
  return { id: idIn(call), name, arguments: given === undefined || given === '' ? '{}' : asText(given) }
}

export function resultOf(raw: JsonObject): Result {
  const told = [raw.function_response, raw.functionResponse].find(isObject) ?? raw
  const given = told.output ?? told.result ?? told.response ?? told.content ?? told.error
  return { id: idIn(told), name: textAmong(told.name, told.toolName), content: resultText(given) }
}

/** The Responses API has an id of the item beside the one of the call. */
function idIn(raw: JsonObject): string | undefined {
  return textAmong(raw.call_id, raw.callId, raw.toolCallId, raw.tool_call_id, raw.tool_use_id, raw.id)
}

/** What the model was given of it: a text, also where it is in parts or in the wrapping of the AI SDK. */
export function resultText(given: Json | undefined): string {
  if (isObject(given) && typeof given.type === 'string') {
    const { type, value, text, reason } = given
    if (/^(text|json|error-text|error-json|content)$/.test(type) && 'value' in given) return resultText(value)
    if (type === 'execution-denied') return asText(reason ?? 'the call was denied')
    if (/^(text|output_text|input_text)$/.test(type)) return asText(text)
  }
  if (!isList(given) || given.length === 0 || !given.every((part) => isObject(part) && typeof part.type === 'string'))
    return asText(given)
  const texts = given.map((part) => (part as JsonObject).text)
  if (!texts.every((text) => typeof text === 'string')) throw new NotChat('unfit_content')
  return texts.join('')
}
