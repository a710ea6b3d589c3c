import { isExactJson, type Json } from '@freehold/contract'

/** Nothing where the text is no JSON. */
export function jsonIn(value: string): Json | undefined {
  try {
    return JSON.parse(value) as Json
  } catch {
    return undefined
  }
}

/** Whether the text says no more than the value: a number that no double is, a key twice. */
export function isExact(text: string, value: Json): boolean {
  try {
    return isExactJson(text, value)
  } catch {
    // Nested too deep to be looked through.
    return false
  }
}

/** The same text, its numbers that no double is as texts. */
export function withoutInexact(value: string): string {
  return value.replace(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g, (token) =>
    token.startsWith('"') || isExactJson(token, 0) ? token : `"${token}"`,
  )
}
