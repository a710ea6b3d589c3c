import type { Json } from '../json.js'

const PREVIEW_LENGTH = 200

/** The first 200 characters of what a person would call the text of a value: of a chat, its last message. */
export function previewOf(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return undefined
  const text = textOf(value) ?? beginningOf(value)
  return text.length <= PREVIEW_LENGTH ? text : text.slice(0, unitsOf(text, PREVIEW_LENGTH))
}

/** How many UTF-16 units the first characters of a text take: one, or two, of which neither is left without the other. */
function unitsOf(text: string, characters: number): number {
  let units = 0
  for (let n = 0; n < characters && units < text.length; n++) units += text.codePointAt(units)! > 0xffff ? 2 : 1
  return units
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (Array.isArray(value)) return textOf(value.at(-1))
  if (typeof value !== 'object' || value === null) return undefined
  const { content, text, parts, messages } = value as { [key: string]: Json | undefined }
  return textOf(content ?? text ?? parts ?? messages)
}

/** The beginning of the JSON text: payloads are large, and a preview needs little of it. */
function beginningOf(value: Json, room = PREVIEW_LENGTH * 2): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, room))
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  let text = open!
  // Sorted, because not every engine keeps the order of keys: a preview is the same wherever its value comes from.
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value).sort()) {
    let child = (value as { [key: string | number]: Json | undefined })[key]
    // As JSON has it: a place in a list is there, whatever is in it.
    if (child === undefined && Array.isArray(value)) child = null
    if (child === undefined) continue
    if (text.length > room) return text
    if (text.length > 1) text += ','
    if (!Array.isArray(value)) text += `${JSON.stringify(key)}:`
    text += beginningOf(child, Math.max(0, room - text.length))
  }
  return text + close
}
