import type { Json } from '@freehold/contract'
import type { ModelCall } from '../model-calls.js'
import { type ChatMessage, NotChat } from './chat.js'
import { draftsIn, systemIn } from './containers.js'
import { finished } from './finish.js'
import type { Draft } from './messages.js'
import { numbered } from './numbered.js'
import { callOf } from './tool-parts.js'
import { isList, textAmong } from './values.js'

/** What a model was given in a call, as messages. @throws NotChat */
export function messagesGiven(call: ModelCall): ChatMessage[] {
  refuseCut(call, 'input')
  return firstOf(askedIn(call), (asked) => finished(withInstructions(call, draftsIn(asked, 'user'))))
}

/** What a model was given in a call and what it answered. @throws NotChat where it did not answer, too */
export function messagesOfCall(call: ModelCall): ChatMessage[] {
  refuseCut(call, 'input')
  refuseCut(call, 'output')
  return firstOf(askedIn(call), (asked) =>
    finished([...withInstructions(call, draftsIn(asked, 'user')), ...answeredIn(call)]),
  )
}

/** Messages in the words of OpenInference say more than the request beside them, where all of them are there. */
function askedIn({ input, attributes = {} }: ModelCall): (Json | undefined)[] {
  return [numbered(attributes, 'llm.input_messages.'), input]
}

function withInstructions({ attributes = {} }: ModelCall, drafts: Draft[]): Draft[] {
  const told = attributes['gen_ai.system_instructions']
  const isTold = told === undefined || told === null || drafts.some(({ role }) => role === 'system')
  return isTold ? drafts : [...systemIn(told), ...drafts]
}

function answeredIn(call: ModelCall): Draft[] {
  const { output, detail, attributes = {} } = call
  // An answer that is JSON is read as what it says when it is stored; the attribute has the text.
  const text = textAmong(attributes['ai.response.text'], attributes['ai.response.object'])
  const answers: (Json | undefined)[] = [
    numbered(attributes, 'llm.output_messages.'),
    text === undefined ? output : { role: 'assistant', content: text },
  ]
  const drafts = firstOf(answers, (answer) => draftsIn(answer, 'assistant'))
  const last = drafts.at(-1)
  const calls = isList(detail?.toolCalls) ? detail.toolCalls : []
  if (last?.role === 'assistant' && last.calls.length === 0) last.calls.push(...calls.map(callOf))
  return drafts
}

/** What is read of the first that is a conversation. */
function firstOf<T>(places: readonly (Json | undefined)[], read: (place: Json | undefined) => T): T {
  let failure = new NotChat('no_conversation')
  for (const place of places) {
    try {
      if (place !== undefined) return read(place)
    } catch (error) {
      if (!(error instanceof NotChat)) throw error
      failure = error
    }
  }
  throw failure
}

function refuseCut({ repairs = [] }: ModelCall, field: 'input' | 'output'): void {
  const isCut = ({ field: at, reason }: { field: string; reason: string }) =>
    (at === field || at.startsWith(`${field}.`) || at.startsWith(`${field}[`)) && /\bcut\b/.test(reason)
  if (repairs.some(isCut)) throw new NotChat('cut')
}
