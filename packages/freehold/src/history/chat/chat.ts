import type { JsonObject } from '@freehold/contract'

/**
 * A conversation as endpoints for fine-tuning take it, OpenAI's among them (its API reference, FineTuneChatRequestInput).
 */
export type ChatMessage = ChatSystem | ChatUser | ChatAssistant | ChatResult

export interface ChatSystem {
  role: 'system'
  content: string
  name?: string
}

export interface ChatUser {
  role: 'user'
  /** A text, or parts where there are several or an image is among them. */
  content: string | ChatPart[]
  name?: string
}

export interface ChatAssistant {
  role: 'assistant'
  /** Null where it only calls tools. */
  content: string | null
  tool_calls?: ChatCall[]
  name?: string
}

/** What a tool gave, or its error as a text. */
export interface ChatResult {
  role: 'tool'
  content: string
  tool_call_id: string
}

export type ChatPart = ChatText | ChatImage

export interface ChatText {
  type: 'text'
  text: string
}

export interface ChatImage {
  type: 'image_url'
  /** Where it is, or the image itself as a data URL. */
  image_url: { url: string }
}

export interface ChatCall {
  id: string
  type: 'function'
  /** `arguments` as JSON text, as models write them. */
  function: { name: string; arguments: string }
}

/** A tool that the model was offered. */
export interface ChatTool {
  type: 'function'
  /** `parameters` is a JSON Schema. */
  function: { name: string; description?: string; parameters?: JsonObject; strict?: boolean }
}

/**
 * Why no conversation could be made of a run:
 *
 * | reason | meaning |
 * |---|---|
 * | `no_conversation` | neither the run nor its trace has messages |
 * | `no_answer` | it does not end with what the assistant said or called |
 * | `unfit_content` | it has what the form does not: audio, files, images that no user sent, roles of its own |
 * | `unpaired_tools` | a call of a tool without its result before the next message, or a result without its call |
 * | `cut` | a text of it was cut when it was stored |
 */
export type SkipReason = 'no_conversation' | 'no_answer' | 'unfit_content' | 'unpaired_tools' | 'cut'

/** What is read is no conversation, or none that has the form. Another place may have it. */
export class NotChat extends Error {
  constructor(readonly reason: SkipReason) {
    super(reason)
  }
}

/** What is read, or why that is nothing. */
export function attempt<T>(read: () => T): T | NotChat {
  try {
    return read()
  } catch (error) {
    if (error instanceof NotChat) return error
    throw error
  }
}

/** What is read first, or why nothing is: that no conversation is there says least. */
export function firstOf<T>(ways: readonly (() => T)[]): T | NotChat {
  let failure = new NotChat('no_conversation')
  for (const way of ways) {
    const read = attempt(way)
    if (!(read instanceof NotChat)) return read
    if (failure.reason === 'no_conversation') failure = read
  }
  return failure
}
