import { createGunzip, createInflate, createInflateRaw, type Gunzip, type Inflate, type InflateRaw } from 'node:zlib'
import { later, Refusal } from './refusal.js'

type Unpack = (packed: Uint8Array) => Gunzip | Inflate | InflateRaw

/** How much is unpacked at once: what that takes is told before the next. */
const OPTIONS = { chunkSize: 262_144 }

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: () => createGunzip(OPTIONS),
  'x-gzip': () => createGunzip(OPTIONS),
  deflate: (packed) => (isZlib(packed) ? createInflate(OPTIONS) : createInflateRaw(OPTIONS)),
}

/** Some write *deflate* without the header of zlib (RFC 9110, 8.4.1.2); two bytes tell (RFC 1950, 2.2). */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}

/** What of a body is in memory, packed and unpacked, is told to `take` as it comes. */
interface Limits {
  maxBytes: number
  /** Milliseconds in which the body must have come. */
  timeout: number
  /** Seconds after which the sender is to try again where it did not. */
  retryAfter: number
  take: (bytes: number) => void
}

/**
 * The body of a request, unpacked. Neither the packed nor the unpacked one is read further than `maxBytes`.
 *
 * @throws Refusal 413, 415 for a coding that is not known, 400 where it cannot be unpacked
 * @throws what `take` throws
 */
export async function bodyOf(request: Request, limits: Limits): Promise<Uint8Array> {
  const coding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase()
  const unpack = Object.hasOwn(UNPACK, coding) ? UNPACK[coding]! : undefined
  if (unpack === undefined && coding !== '' && coding !== 'identity')
    throw new Refusal(415, 'invalid', 'content-encoding is not known; send gzip, deflate or none', {
      'accept-encoding': 'gzip, deflate',
    })
  const packed = await bytesOf(request, limits)
  if (unpack === undefined) return packed
  const stream = unpack(packed)
  stream.end(packed)
  const gather = new Gathering(limits)
  try {
    for await (const part of stream) gather.add(part as Uint8Array)
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid', `the body is no ${coding}, or is cut off; send it whole`)
  }
  return gather.whole
}

/** Parts of a body, as long as there is room for them. */
class Gathering {
  readonly #limits: Limits
  readonly #parts: Uint8Array[] = []
  #size = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  add(part: Uint8Array): void {
    const { maxBytes, take } = this.#limits
    this.#size += part.length
    if (this.#size > maxBytes) throw tooLarge(maxBytes)
    take(part.length)
    this.#parts.push(part)
  }

  get whole(): Uint8Array {
    return Buffer.concat(this.#parts)
  }
}

async function bytesOf(request: Request, limits: Limits): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > limits.maxBytes) throw tooLarge(limits.maxBytes)
  const gather = new Gathering(limits)
  const reader = request.body?.getReader()
  if (reader === undefined) return gather.whole
  const late = later(503, limits.retryAfter, 'the body did not come in time; send it again')
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    void reader.cancel(late).catch(() => {})
  }, limits.timeout)
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) gather.add(part.value)
    // Reading that is called off ends as if all had come.
    if (isLate) throw late
    return gather.whole
  } catch (error) {
    if (error instanceof Refusal) {
      void reader.cancel(error).catch(() => {})
      throw error
    }
    throw new Refusal(400, 'invalid', 'the body ended before it was whole; send it again')
  } finally {
    clearTimeout(timer)
  }
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'invalid', `the body has more than ${maxBytes} bytes; send less at once`)
}
