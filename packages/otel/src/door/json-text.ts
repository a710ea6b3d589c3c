import type { Json } from '@freehold/contract'
import { isExact, jsonIn, withoutInexact } from '../exact-text.js'

/** What JSON is in a text. */
export interface JsonText {
  /** An object or a list, or what is quoted; nothing where the text is broken off, or begins like JSON and is none. */
  value: Json | undefined
  /** The text says more than the value, such as the same key twice. */
  saysMore: boolean
}

/** Of a text of any length; `undefined` where it does not look like JSON. Numbers that no double is are texts in it. */
export function jsonText(text: string): JsonText | undefined {
  // JSON has no byte order mark, but files that were put together have.
  const json = text.replace(/^[\uFEFF\s]+/, '')
  if (!/^[[{"]/.test(json)) return undefined
  if (json.startsWith('"') && !/"\s*$/.test(json)) return undefined
  const read = jsonIn(json)
  if (read === undefined) return json.startsWith('"') ? undefined : { value: undefined, saysMore: true }
  if (isExact(json, read)) return { value: read, saysMore: false }
  const exact = withoutInexact(json)
  const value = jsonIn(exact) ?? read
  return { value, saysMore: !isExact(exact, value) }
}

/** A name in JSON and what stands behind it: a text, also one that is broken off, or anything else up to its end. */
const MEMBER = /"((?:[^"\\]|\\.)*)"\s*:\s*("(?:[^"\\]|\\.)*"?|[[{]|[^,}\]\s]+)/g

/** JSON that is broken off, without the values of some names: from an object or a list on nothing is kept, as nobody knows where it ends. */
export function withoutNamed(text: string, isNamed: (key: string) => boolean, instead: string): string {
  for (const match of text.matchAll(MEMBER)) {
    const [whole, key, value] = match
    if (!/^[[{]/.test(value!) || !isNamed(key!)) continue
    return `${withoutNamed(text.slice(0, match.index), isNamed, instead)}${whole.slice(0, -1)}"${instead}"`
  }
  return text.replace(MEMBER, (whole, key: string, value: string) =>
    isNamed(key) ? `${whole.slice(0, -value.length)}"${instead}"` : whole,
  )
}
