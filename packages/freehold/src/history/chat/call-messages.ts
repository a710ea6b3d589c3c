import type { Json } from '@freehold/contract'
import type { ModelCall } from '../model-calls.js'
import { attempt, type ChatMessage, firstOf, NotChat } from './chat.js'
import { draftsIn, systemIn } from './containers.js'
import { finished } from './finish.js'
import type { Draft } from './messages.js'
import { numbered } from './numbered.js'
import { callOf } from './tool-parts.js'
import { isList, textAmong } from './values.js'

/** What a model was given in a call, as messages. Where it cannot be told so, why. */
export function messagesGiven(call: ModelCall): ChatMessage[] | NotChat {
  return firstOf(askedIn(call).map((asked) => () => finished(asked())))
}

/** What a model was given in a call and what it answered. Where it cannot be told, why. */
export function messagesOfCall(call: ModelCall): ChatMessage[] | NotChat {
  return firstOf(askedIn(call).map((asked) => () => finished([...asked(), ...answeredIn(call)])))
}

/** Messages in the words of OpenInference say more than the request beside them, where all of them are there. */
function askedIn(call: ModelCall): (() => Draft[])[] {
  const { input, attributes = {} } = call
  return [() => numbered(attributes, 'llm.input_messages.'), () => input].map((place) => () => {
    refuseCut(call, 'input')
    return withInstructions(call, draftsIn(place(), 'user'))
  })
}

function withInstructions({ attributes = {} }: ModelCall, drafts: Draft[]): Draft[] {
  const told = attributes['gen_ai.system_instructions']
  const isTold = told === undefined || told === null || drafts.some(({ role }) => role === 'system')
  return isTold ? drafts : [...systemIn(told), ...drafts]
}

/** Calls of tools may be told in one place of several, or apart from all. */
function answeredIn(call: ModelCall): Draft[] {
  refuseCut(call, 'output')
  const { output, detail, attributes = {} } = call
  // An answer that is JSON is read as what it says when it is stored; the attribute has the text.
  const text = textAmong(attributes['ai.response.text'], attributes['ai.response.object'])
  const answer: Json | undefined = text === undefined ? output : { role: 'assistant', content: text }
  const told = [numbered(attributes, 'llm.output_messages.'), answer].map((place) =>
    attempt(() => draftsIn(place, 'assistant')),
  )
  const read = told.flatMap((one) => (one instanceof NotChat || one.length === 0 ? [] : [one]))
  const isCalling = (drafts: readonly Draft[]) => drafts.some(({ calls }) => calls.length > 0)
  const drafts = read.find(isCalling) ?? read[0] ?? []
  const apart = isList(detail?.toolCalls) && !isCalling(drafts) ? detail.toolCalls.map(callOf) : []
  if (drafts.length === 0 && apart.length === 0)
    throw told.findLast((one) => one instanceof NotChat) ?? new NotChat('no_answer')
  return apart.length === 0 ? drafts : withCalls(drafts, apart)
}

function withCalls(drafts: readonly Draft[], calls: Draft['calls']): Draft[] {
  const last = drafts.at(-1)
  if (last?.role === 'assistant') return [...drafts.slice(0, -1), { ...last, calls }]
  return [...drafts, { role: 'assistant', name: undefined, content: [], calls, results: [] }]
}

/** What a store says of a text that it cut, where messages are read: the value itself, and the attributes it is read from. */
const PLACES = {
  input:
    /^(input\b|attributes\["(llm\.input_messages\.|input\.value|gen_ai\.(input|prompt|system_instr)|ai\.prompt(\.messages)?"))/,
  output: /^(output\b|attributes\["(llm\.output_messages\.|output\.value|gen_ai\.(output|completion)|ai\.response\.))/,
}

function refuseCut({ repairs = [] }: ModelCall, place: keyof typeof PLACES): void {
  if (repairs.some(({ field, reason }) => PLACES[place].test(field) && /\bcut\b/.test(reason))) throw new NotChat('cut')
}
