import type { Json } from '@freehold/contract'

/** What a framework has in memory, as JSON: bytes as base64, what is too large for a number as text, and no functions. */
export function jsonOf(value: unknown): Json {
  const text = JSON.stringify(value, (_, each: unknown) => {
    if (each instanceof Uint8Array) return Buffer.from(each).toString('base64')
    if (each instanceof Error) return { name: each.name, message: each.message }
    return typeof each === 'bigint' ? String(each) : each
  })
  return text === undefined ? null : (JSON.parse(text) as Json)
}
