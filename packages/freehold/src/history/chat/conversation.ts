import type { Run } from '@freehold/contract'
import { type ModelCall, modelCallsOf } from '../model-calls.js'
import type { RunRow } from '../run-row.js'
import { settingsOf } from '../settings.js'
import { messagesOfCall } from './call-messages.js'
import { attempt, type ChatMessage, type ChatTool, firstOf, NotChat, type SkipReason } from './chat.js'
import { draftsIn } from './containers.js'
import { finished } from './finish.js'
import type { Draft } from './messages.js'
import { onceEach, toolsOf } from './tools.js'

export interface Conversation {
  messages: ChatMessage[]
  /** Absent where none is known of. */
  tools?: ChatTool[]
  /** Absent where it is not known. */
  parallel_tool_calls?: boolean
}

/**
 * The conversation of a run: its own messages, with its input before them where no user speaks and its output behind them where no
 * answer ends them; else the longest that a call of a model in its trace had; else, where neither has any messages, its input and output.
 * Why there is none, where there is none.
 */
export function conversationOf({ run, trace }: RunRow, runId: string): Conversation | SkipReason {
  const calls = modelCallsOf(run, trace?.spans ?? [], runId)
  const own = () => withTools(answered(finished(ownOf(run))), calls)
  const told = firstOf([own, () => longestOf(calls)])
  if (!(told instanceof NotChat)) return told
  // Of a conversation that cannot be told, its first and last words would be another.
  if (told.reason !== 'no_conversation') return told.reason
  const words = attempt(() => withTools(answered(finished(askedAndAnswered(run))), calls))
  return words instanceof NotChat ? words.reason : words
}

function askedAndAnswered({ input, output }: Run): Draft[] {
  return [...draftsIn(input, 'user'), ...draftsIn(output, 'assistant')]
}

function ownOf({ messages, input, output }: Run): Draft[] {
  if (typeof messages !== 'object' || messages === null) throw new NotChat('no_conversation')
  const own = draftsIn(messages, 'user')
  const isAsked = input === undefined || input === null || own.some(({ role }) => role === 'user')
  const isAnswered = output === undefined || output === null || own.at(-1)?.role === 'assistant'
  const whole = [
    ...(isAsked ? [] : draftsIn(input, 'user')),
    ...own,
    ...(isAnswered ? [] : draftsIn(output, 'assistant')),
  ]
  // Frameworks tell what a model answered and not what to; the trace may know.
  if (!whole.some(({ role }) => role === 'user' || role === 'system')) throw new NotChat('no_conversation')
  return whole
}

/** Of two that are as long, the later. */
function longestOf(calls: readonly ModelCall[]): Conversation {
  let longest: { messages: ChatMessage[]; call: ModelCall } | undefined
  let failure = new NotChat('no_conversation')
  for (const call of calls) {
    const messages = messagesOfCall(call)
    if (messages instanceof NotChat) {
      if (failure.reason === 'no_conversation') failure = messages
    } else if (messages.at(-1)?.role === 'assistant' && messages.length >= (longest?.messages.length ?? 0))
      longest = { messages, call }
  }
  if (longest === undefined) throw failure
  return withTools(longest.messages, [longest.call])
}

function withTools(messages: ChatMessage[], calls: readonly ModelCall[]): Conversation {
  const tools = onceEach(calls.flatMap(toolsOf))
  const parallel = calls.map((call) => settingsOf(call).parallelToolCalls).find((one) => one !== undefined)
  return {
    messages,
    ...(tools.length > 0 && { tools }),
    ...(tools.length > 0 && parallel !== undefined && { parallel_tool_calls: parallel }),
  }
}

function answered(messages: ChatMessage[]): ChatMessage[] {
  if (messages.at(-1)?.role !== 'assistant') throw new NotChat('no_answer')
  return messages
}
