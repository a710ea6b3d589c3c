import type { Json, JsonObject } from '@freehold/contract'
import { type ChatPart, NotChat } from './chat.js'
import { isSilent, type Part, partsOf } from './parts.js'
import { type Call, callOf, isCall, isResult, type Result, resultText } from './tool-parts.js'
import { isList, isObject, textAmong } from './values.js'

export type Role = 'system' | 'user' | 'assistant' | 'tool'

/** A message, before calls of tools and their results are put together. */
export interface Draft {
  role: Role
  name: string | undefined
  content: ChatPart[]
  calls: Call[]
  results: Result[]
}

const ROLES: Readonly<Record<string, Role>> = {
  system: 'system',
  developer: 'system',
  user: 'user',
  human: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
  chatbot: 'assistant',
  choice: 'assistant',
  tool: 'tool',
  function: 'tool',
}

/**
 * The messages that one item of a list is; none where it is an item that no model is shown.
 *
 * @param unless whose it is, where it does not say
 * @throws NotChat where it is no message, or has what the form has not
 */
export function messagesOf(raw: Json, unless?: Role): Draft[] {
  if (typeof raw === 'string' && unless !== undefined) return draftsOf(unless, undefined, partsOf(raw))
  if (!isObject(raw)) throw new NotChat('no_conversation')
  const message = unwrapped(raw)
  if (message.role === undefined && (isCall(message) || isResult(message)))
    return draftsOf(isResult(message) ? 'tool' : 'assistant', undefined, partsOf(message))
  if (message.type === 'reasoning') return []
  const role = roleOf(message) ?? unless
  if (role === undefined) throw new NotChat('no_conversation')
  const content = contentOf(message)
  if (role === 'tool') return resultsOf(message, content)
  const parts = content.flatMap(partsOf)
  return draftsOf(role, textAmong(message.name), [
    ...parts,
    ...callsIn(message).map((call) => ({ call: callOf(call) })),
  ])
}

/** The message within a choice, an event, or what LangChain writes of its classes. */
function unwrapped(raw: JsonObject): JsonObject {
  if (raw.role === undefined && isObject(raw.message)) return unwrapped({ event: raw.event, ...raw.message })
  const { kwargs, data, id, type } = raw
  if (raw.lc !== undefined && isObject(kwargs)) return { type: isList(id) ? id.at(-1) : undefined, ...kwargs }
  return isObject(data) && typeof type === 'string' && data.content !== undefined ? { type, ...data } : raw
}

function roleOf({ role, event, type }: JsonObject): Role | undefined {
  if (typeof role === 'string') {
    const known = ROLES[role.toLowerCase()]
    if (known === undefined) throw new NotChat('unfit_content')
    return known
  }
  // `gen_ai.user.message`, `gen_ai.choice`; `human`, `AIMessageChunk`.
  const word = textAmong(event)?.replace(/^gen_ai\.(\w+).*$/, '$1') ?? textAmong(type)?.replace(/Message(Chunk)?$/, '')
  return word === undefined ? undefined : ROLES[word.toLowerCase()]
}

function contentOf({ parts, contents, content, text }: JsonObject): readonly Json[] {
  const given = [parts, contents].find((one) => isList(one) && one.length > 0) ?? content ?? text
  if (given === undefined || given === null) return []
  return isList(given) ? given : isObject(given) || typeof given === 'string' ? [given] : [JSON.stringify(given)]
}

function callsIn({ tool_calls, toolCalls, function_call }: JsonObject): readonly Json[] {
  const given = tool_calls ?? toolCalls
  if (isList(given)) return given
  return isObject(function_call) ? [function_call] : []
}

/** A message of a tool is its result as a whole, unless its parts are results. */
function resultsOf(message: JsonObject, content: readonly Json[]): Draft[] {
  const areResults = content.some((part) => isObject(part) && isResult(part))
  // What the AI SDK notes of an approval is a message of the tool, and no model is shown it.
  const areNotes = content.length > 0 && content.every((part) => isObject(part) && isSilent(part))
  if (areResults || areNotes) return draftsOf('tool', undefined, content.flatMap(partsOf))
  const { tool_call_id, toolCallId, id, name } = message
  const result = { id: textAmong(tool_call_id, toolCallId, id), name: textAmong(name), content: '' }
  return draftsOf('tool', undefined, [{ result: { ...result, content: resultText(message.content ?? message.parts) } }])
}

/** What comes behind a result is a message of its own, as it was said with the result known. */
function draftsOf(role: Role, name: string | undefined, parts: readonly Part[]): Draft[] {
  const drafts: Draft[] = []
  const draft = (): Draft => ({ role, name, content: [], calls: [], results: [] })
  for (const part of parts) {
    if (part === undefined) continue
    const isBehind = role === 'assistant' && (drafts.at(-1)?.results.length ?? 0) > 0 && !('result' in part)
    if (drafts.length === 0 || isBehind) drafts.push(draft())
    const last = drafts.at(-1)!
    if ('shown' in part) last.content.push(part.shown)
    else if ('call' in part) last.calls.push(part.call)
    else last.results.push(part.result)
  }
  return drafts
}
