import { deserialize, serialize } from 'node:v8'
import { sha256 } from '@freehold/contract'
import type { Codec } from '@freehold/recorder'

/** The first byte of what is no JSON. */
const SERIALIZED = 0xff

/**
 * A record as it was when the hook was called, whatever becomes of its objects afterwards: as JSON, or where that would say less
 * (of a Date, say, which the store then refuses by its name) as Node.js clones values.
 *
 * @throws Error where it holds what cannot be copied, such as a function, or an object of a class, a personal value among them
 */
export function bytesOf(record: object): Buffer {
  if (isJson(record)) return Buffer.from(JSON.stringify(record))
  refuseClasses(record)
  return serialize(record)
}

/** What Node.js clones as what it is; of any other object it would keep the fields alone. */
const CLONED: readonly unknown[] = [Object, Array, Date, Map, Set, RegExp, Boolean, Number, String, ArrayBuffer, Buffer]

function refuseClasses(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  const prototype = Object.getPrototypeOf(value)
  const isCloned = prototype === null || CLONED.includes(prototype.constructor) || ArrayBuffer.isView(value)
  if (!isCloned && !(value instanceof Error)) throw new TypeError('an object of a class cannot be copied')
  for (const each of Object.values(value)) refuseClasses(each)
}

export function recordOf<R>(bytes: Buffer): R {
  return (bytes[0] === SERIALIZED ? deserialize(bytes) : JSON.parse(bytes.toString())) as R
}

/** How they are kept on the disk: those of each tenant by themselves, as a spool is for one destination. */
export function codecOf(kind: string, tenantId: string): Codec<Buffer> {
  return {
    name: `${kind}-1-${sha256(tenantId).slice(0, 12)}`,
    encode: async (records) => records.map((bytes) => ({ bytes, item: bytes })),
    decode(bytes) {
      // What is none is told here, and not when it is written with others. The bytes of a whole segment are behind these.
      if (typeof recordOf<object>(bytes) !== 'object') throw new Error('this is no record of a hook')
      return Buffer.from(bytes)
    },
    bytesOf: (bytes) => bytes,
  }
}

/** Whether JSON says all of it. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return value === null || ['string', 'boolean'].includes(typeof value)
  if (Array.isArray(value)) return value.every(isJson)
  if (Object.getPrototypeOf(value) !== Object.prototype || 'toJSON' in value) return false
  return Object.values(value).every((each) => each === undefined || isJson(each))
}
