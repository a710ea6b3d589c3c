import { type Json, type JsonObject, shownName } from '@freehold/contract'
import { nameRepeated, ReadEntries, ReadValue } from './otlp-entries.js'
import type { Found } from './otlp-found.js'

/** How values are written in OTLP/JSON (opentelemetry.io/docs/specs/otlp, *JSON Protobuf Encoding*). */

/** Deeper than any store keeps; reading on would only exhaust the stack. */
const MAX_DEPTH = 100

/** `AnyValue` as JSON. What JSON has no number for (NaN, the infinities, large integers) stays text; bytes stay base64. */
export function fromAnyValue(value: unknown, found: Found, depth = 0): Json {
  if (isAbsent(value)) return null
  if (value instanceof ReadValue) return value.value
  if (!isRecord(value)) {
    found.warn('', "must be an object such as { stringValue: '…' }; kept as it is")
    return plain(value, found)
  }
  if (depth > MAX_DEPTH) {
    found.warn('', 'is nested too deep; cut off')
    return '[too deep]'
  }
  const kind = KINDS.find((each) => !isAbsent(value[each]))
  for (const key in value) {
    if (!KINDS.includes(key)) found.warn(`.${shownName(key)}`, `is no kind of value; give one of ${KINDS.join(', ')}`)
    else if (key !== kind && !isAbsent(value[key])) found.warn(`.${key}`, `stands beside ${kind}; passed over`)
  }
  switch (kind) {
    case 'stringValue':
      return textIn(value, kind, found)
    case 'bytesValue':
      return bytesIn(value.bytesValue) ?? textIn(value, kind, found)
    case 'boolValue':
      return flagIn(value.boolValue, found)
    case 'intValue':
      return fromInt64(value.intValue, found)
    case 'doubleValue':
      return fromDouble(value.doubleValue, found)
    case 'arrayValue':
      return found.at('.arrayValue', () => listIn(value.arrayValue, found, depth + 1))
    case 'kvlistValue':
      return found.at('.kvlistValue', () => objectIn(value.kvlistValue, found, depth + 1))
    default:
      return null
  }
}

const KINDS = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue']
const ENTRY = new Set(['key', 'value'])

/**
 * A list of `KeyValue` as an object. Of a repeated key the last one counts. Whatever is passed over is named.
 */
export function fromKeyValues(list: unknown, found: Found, depth = 0): JsonObject {
  if (isAbsent(list)) return {}
  if (list instanceof ReadEntries) return list.toObject(found)
  if (!Array.isArray(list)) {
    found.warn('', 'must be a list of { key, value }; passed over')
    return {}
  }
  const entries: [string, Json][] = []
  for (let index = 0; index < list.length; index++) {
    const entry: unknown = list[index]
    if (!isRecord(entry) || typeof entry.key !== 'string') {
      const what = isRecord(entry) ? 'must have a key that is a text' : 'must be an object { key, value }'
      found.warn(`[${index}]`, `${what}; passed over`)
      continue
    }
    const first = found.count
    if (entry.value === undefined && Object.keys(entry).some((field) => !ENTRY.has(field)))
      found.warn('', 'has other fields than key and value; put what it holds under value')
    else nameUnknown(entry, ENTRY, found)
    if (found.count > first) found.prefix(first, `[${index}]`)
    const before = found.count
    entries.push([entry.key, fromAnyValue(entry.value, found, depth)])
    if (found.count > before) found.prefix(before, `[${index}].value`)
  }
  const object: JsonObject = Object.fromEntries(entries)
  if (Object.keys(object).length < entries.length)
    nameRepeated(
      list.map((entry) => isRecord(entry) && entry.key),
      found,
    )
  return object
}

function listIn(value: unknown, found: Found, depth: number): Json {
  const values = valuesIn(value, found)
  return values.map((item, index) => found.at(`.values[${index}]`, () => fromAnyValue(item, found, depth)))
}

function objectIn(value: unknown, found: Found, depth: number): Json {
  const values = valuesIn(value, found)
  return found.at('.values', () => fromKeyValues(values, found, depth))
}

function valuesIn(value: unknown, found: Found): unknown[] {
  if (isRecord(value) && (isAbsent(value.values) || Array.isArray(value.values))) return value.values ?? []
  found.warn('', 'must be an object { values: […] }; passed over')
  return []
}

function textIn(value: Record<string, unknown>, field: string, found: Found): Json {
  const text = value[field]
  if (typeof text === 'string') return text
  found.warn(`.${field}`, 'must be a text; kept as it is')
  return plain(text, found)
}

/** A `Uint8Array` as `JSON.stringify` writes it, which exporters of JavaScript did. */
function bytesIn(value: unknown): string | undefined {
  if (!isRecord(value)) return undefined
  const bytes = Object.values(value)
  const isByte = (byte: unknown, index: number) =>
    Number.isInteger(byte) && (byte as number) >= 0 && (byte as number) <= 255 && Object.hasOwn(value, index)
  return bytes.every(isByte) ? Buffer.from(bytes as number[]).toString('base64') : undefined
}

function flagIn(value: unknown, found: Found): Json {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  found.warn('.boolValue', 'must be true or false; kept as it is')
  return plain(value, found)
}

/** What JSON has a plain value for, though OTLP writes it in another way. */
function plain(value: unknown, found: Found): Json {
  try {
    return JSON.parse(JSON.stringify(value) ?? 'null') as Json
  } catch {
    found.warn('', 'is no JSON; passed over')
    return null
  }
}

/** An id of `bytes` bytes: hex as OTLP/JSON has it, or base64 as generic protobuf JSON does. All zero is no id. */
export function fromId(value: unknown, bytes: 8 | 16): string | undefined {
  if (typeof value !== 'string' || value.length > bytes * 2) return undefined
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

function fromInt64(value: unknown, found: Found): Json {
  const integer = toBigInt(value)
  if (integer === undefined) {
    found.warn('.intValue', 'must be a whole number, or a text of one; kept as it is')
    return plain(value, found)
  }
  const number = Number(integer)
  if (Number.isSafeInteger(number)) return number
  if (typeof value === 'number')
    found.warn('.intValue', `is beyond 2^53, so it was rounded where it was read; write it as a text`)
  return String(integer)
}

function fromDouble(value: unknown, found: Found): Json {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    found.warn('.doubleValue', 'was larger than a double where it was read; write what is infinite as a text')
  if (typeof value === 'number' || NOT_FINITE.includes(value)) return String(value)
  found.warn('.doubleValue', 'must be a number, or a text of one; kept as it is')
  return plain(value, found)
}

const NOT_FINITE: readonly unknown[] = ['NaN', 'Infinity', '-Infinity']

/** A 64-bit integer: text, a number, or the two halves that protobuf libraries without BigInt write. */
export function toBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  if (isRecord(value)) {
    const { low, high } = value
    if (!Number.isInteger(low) || !Number.isInteger(high)) return undefined
    return (BigInt(high as number) << 32n) + BigInt((low as number) >>> 0)
  }
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : undefined
  return typeof value === 'string' && /^-?\d{1,20}$/.test(value) ? BigInt(value) : undefined
}

/** Of a 32-bit field that is absent or zero nothing. What is no such number is named. */
export function countIn(parent: Record<string, unknown>, field: string, found: Found): number | undefined {
  const value = parent[field]
  if (isAbsent(value)) return undefined
  const count = Number(toBigInt(value) ?? -1n)
  if (count >= 0 && count < 2 ** 32) return count
  found.warn(`.${field}`, 'must be a whole number from 0; passed over')
  return undefined
}

/** A text that is absent or empty is nothing. What is none is named. */
export function nameIn(parent: Record<string, unknown>, field: string, found: Found): string | undefined {
  const value = parent[field]
  if (isAbsent(value) || value === '') return undefined
  if (typeof value === 'string') return value
  found.warn(`.${field}`, 'must be a text; passed over')
  return undefined
}

/** As protobuf JSON has it: a field that is null is not there. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Names the fields that OTLP does not have, such as misspelt ones. */
export function nameUnknown(given: Record<string, unknown>, known: ReadonlySet<string>, found: Found): void {
  for (const key in given) {
    if (known.has(key) || isAbsent(given[key])) continue
    found.warn(`.${shownName(key)}`, `is no field here; passed over: the fields are ${[...known].join(', ')}`)
  }
}
