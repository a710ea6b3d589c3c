import type { Json } from '../json.js'

export const PREVIEW_LENGTH = 200

/** The first 200 characters of what a person would call the text of a value: of a chat, its last message. */
export function previewOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = textOf(value) ?? JSON.stringify(value)
  // Cut by code point, so that the cut never leaves half a character.
  return text.length <= PREVIEW_LENGTH
    ? text
    : Array.from(text.slice(0, PREVIEW_LENGTH * 2))
        .slice(0, PREVIEW_LENGTH)
        .join('')
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return value.length === 0 ? undefined : textOf(value[value.length - 1])
  if (typeof value !== 'object' || value === null) return undefined
  const { content, text, parts, messages } = value as { [key: string]: Json | undefined }
  return textOf(content ?? text ?? parts ?? messages)
}
