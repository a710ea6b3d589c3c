import { deserialize, serialize } from 'node:v8'
import type { SpanInput } from '@freehold/contract'
import type { Codec } from '@freehold/recorder'
import type { Door } from './door/door.js'
import { type Ended, inTurns, readAll } from './ended.js'

/** The first byte of what is no JSON. */
const SERIALIZED = 0xff

/**
 * Spans on the disk, as they are written: as JSON, or where that would say less (of a number that is not finite, say) as Node.js
 * clones values.
 */
export const spanCodec = (door: Door): Codec<Ended> => ({
  name: 'spans-1',
  async encode(ended) {
    const spans = await readAll(ended, door)
    return inTurns(spans, (span) => {
      if (span instanceof Error) return undefined
      const bytes = bytesOf(span)
      return bytes && { bytes, item: span }
    })
  },
  decode(bytes) {
    const span = bytes[0] === SERIALIZED ? deserialize(bytes) : JSON.parse(bytes.toString())
    if (typeof span?.traceId !== 'string') throw new Error('this is no span')
    return span as SpanInput
  },
})

function bytesOf(span: SpanInput): Buffer | undefined {
  try {
    return isJson(span) ? Buffer.from(JSON.stringify(span)) : serialize(span)
  } catch {
    // Values that cannot be cloned, or that refuse to be read: the store says what is wrong with them.
    return undefined
  }
}

/** Whether JSON says all of it. */
function isJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return value === null || ['string', 'boolean'].includes(typeof value)
  if (Array.isArray(value)) return value.every(isJson)
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every((each) => each === undefined || isJson(each))
}
