import { type ChatAssistant, type ChatCall, type ChatMessage, type ChatPart, NotChat } from './chat.js'
import type { Draft } from './messages.js'
import type { Call, Result } from './tool-parts.js'

/** A name that the form takes. */
const NAME = /^[\w-]{1,64}$/

/** What is at the end of a text that was cut before it was written, also within JSON. */
const CUT = /… \[cut: \d+ of \d+ characters\](?:"|$)/

/**
 * Messages with each result of a tool behind its call, under one id: where a framework gives none, one that is made here.
 *
 * @throws NotChat where a call has no result before the next message, a result has no call, an image is of no user, or a text was cut
 */
export function finished(drafts: readonly Draft[]): ChatMessage[] {
  const messages: ChatMessage[] = []
  /** Calls that wait for their results, and how their framework names them. */
  let open: { id: string; call: Call }[] = []
  let made = 0
  const answer = (results: readonly Result[]) => {
    for (const result of results) {
      const at = open.findIndex(({ call }) => isOf(result, call))
      if (at === -1) throw new NotChat('unpaired_tools')
      messages.push({ role: 'tool', content: whole(result.content), tool_call_id: open[at]!.id })
      open.splice(at, 1)
    }
  }
  for (const draft of drafts) {
    const { content, calls, results } = draft
    // What a user says beside results of tools comes behind them.
    if (draft.role !== 'assistant') answer(results)
    if (content.length > 0 || calls.length > 0) {
      if (open.length > 0) throw new NotChat('unpaired_tools')
      const named = onceEach(calls).map((call) => ({ id: call.id ?? `call_${++made}`, call }))
      messages.push(messageOf(draft, named))
      open = named
    }
    if (draft.role === 'assistant') answer(results)
  }
  return messages
}

/** A call may be told twice: among the parts of a message and beside them. */
function onceEach(calls: readonly Call[]): Call[] {
  const isTold = (call: Call, n: number) =>
    calls.slice(0, n).some(({ id, name }) => {
      if (id === undefined || id !== call.id) return false
      if (name !== call.name) throw new NotChat('unpaired_tools')
      return true
    })
  return calls.filter((call, n) => !isTold(call, n))
}

function whole(text: string): string {
  if (CUT.test(text)) throw new NotChat('cut')
  return text
}

function isOf({ id, name }: Result, call: Call): boolean {
  return id === undefined || call.id === undefined ? name === undefined || name === call.name : id === call.id
}

function messageOf({ role, name, content }: Draft, calls: readonly { id: string; call: Call }[]): ChatMessage {
  for (const part of content) whole(part.type === 'text' ? part.text : part.image_url.url)
  const named = name !== undefined && NAME.test(name) ? { name } : {}
  if (role === 'user') {
    if (calls.length > 0) throw new NotChat('unfit_content')
    const [first] = content
    return { role, content: content.length === 1 && first?.type === 'text' ? first.text : content, ...named }
  }
  if (role === 'system') return { role, content: textOf(content, '\n'), ...named }
  const tool_calls = calls.map(({ id, call }): ChatCall => {
    return { id, type: 'function', function: { name: call.name, arguments: whole(call.arguments) } }
  })
  const message: ChatAssistant = { role: 'assistant', content: content.length === 0 ? null : textOf(content, '') }
  return { ...message, ...(tool_calls.length > 0 && { tool_calls }), ...named }
}

function textOf(content: readonly ChatPart[], between: string): string {
  return content
    .map((part) => {
      if (part.type !== 'text') throw new NotChat('unfit_content')
      return part.text
    })
    .join(between)
}
