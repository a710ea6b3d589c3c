import { fromMicroseconds, type Json, type JsonObject, type Timestamp } from '@freehold/contract'

/** How values are written in OTLP/JSON (opentelemetry.io/docs/specs/otlp, *JSON Protobuf Encoding*). */

/** Deeper than any store keeps; reading on would only exhaust the stack. */
const MAX_DEPTH = 100

/** `AnyValue` as JSON. What JSON has no number for (NaN, the infinities, large integers) stays text; bytes stay base64. */
function fromAnyValue(value: unknown, depth = 0): Json {
  if (!isRecord(value)) return null
  if (depth > MAX_DEPTH) return '[too deep]'
  if (value.stringValue !== undefined) return String(value.stringValue)
  if (value.boolValue !== undefined) return value.boolValue === true || value.boolValue === 'true'
  if (value.intValue !== undefined) return fromInt64(value.intValue)
  if (value.doubleValue !== undefined) return fromDouble(value.doubleValue)
  if (value.bytesValue !== undefined) return String(value.bytesValue)
  if (isRecord(value.arrayValue)) return listOf(value.arrayValue.values).map((item) => fromAnyValue(item, depth + 1))
  if (isRecord(value.kvlistValue)) return fromKeyValues(value.kvlistValue.values, depth + 1)
  return null
}

/** A list of `KeyValue` as an object; of a repeated key the last one counts. */
export function fromKeyValues(list: unknown, depth = 0): JsonObject {
  return Object.fromEntries(
    listOf(list)
      .filter(isRecord)
      .map((entry) => [String(entry.key), fromAnyValue(entry.value, depth)]),
  )
}

/** Nanoseconds since 1970 as a timestamp; nothing for 0 and what is no number. */
export function fromUnixNano(value: unknown): Timestamp | undefined {
  const nanoseconds = toBigInt(value)
  if (nanoseconds === undefined || nanoseconds <= 0n) return undefined
  return fromMicroseconds(Number((nanoseconds + 500n) / 1000n))
}

/** An id of `bytes` bytes: hex as OTLP/JSON has it, or base64 as generic protobuf JSON does. All zero is no id. */
export function fromId(value: unknown, bytes: 8 | 16): string | undefined {
  if (typeof value !== 'string') return undefined
  const hex = isHex(value, bytes) ? value.toLowerCase() : fromBase64(value, bytes)
  return hex === undefined || /^0+$/.test(hex) ? undefined : hex
}

function isHex(value: string, bytes: number): boolean {
  return value.length === bytes * 2 && /^[0-9a-f]+$/i.test(value)
}

function fromBase64(value: string, bytes: number): string | undefined {
  const unpadded = value.replace(/=+$/, '')
  if (unpadded.length !== Math.ceil((bytes * 4) / 3) || !/^[\w+/-]+$/.test(unpadded)) return undefined
  return Buffer.from(unpadded, 'base64').toString('hex')
}

function fromInt64(value: unknown): Json {
  const integer = toBigInt(value)
  if (integer === undefined) return String(value)
  const number = Number(integer)
  return Number.isSafeInteger(number) ? number : String(integer)
}

function fromDouble(value: unknown): Json {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : String(value)
}

/** A 64-bit integer: text, a number, or the two halves that protobuf libraries without BigInt write. */
function toBigInt(value: unknown): bigint | undefined {
  if (isRecord(value)) {
    const { low, high } = value
    if (!Number.isInteger(low) || !Number.isInteger(high)) return undefined
    return (BigInt(high as number) << 32n) + BigInt((low as number) >>> 0)
  }
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
