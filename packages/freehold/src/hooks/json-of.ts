import type { Json } from '@freehold/contract'

/** What a framework has in memory, as JSON: bytes as base64, what is too large for a number as text, and no functions. */
export function jsonOf(value: unknown): Json {
  const text = JSON.stringify(value, function plain(this: Record<string, unknown>, key: string, each: unknown) {
    // What a Buffer makes of itself is a list of numbers.
    const given = this[key]
    if (given instanceof Uint8Array) return Buffer.from(given).toString('base64')
    if (given instanceof Error) return { name: given.name, message: given.message }
    return typeof given === 'bigint' ? String(given) : each
  })
  return text === undefined ? null : (JSON.parse(text) as Json)
}
