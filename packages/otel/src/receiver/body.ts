import { promisify } from 'node:util'
import { gunzip, inflate, inflateRaw } from 'node:zlib'
import { Refusal } from './refusal.js'

type Unpack = (packed: Uint8Array, options: { maxOutputLength: number }) => Promise<Uint8Array>

const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: (packed, options) => promisify(isZlib(packed) ? inflate : inflateRaw)(packed, options),
}

/** Some write *deflate* without the header of zlib (RFC 9110, 8.4.1.2); two bytes tell (RFC 1950, 2.2). */
function isZlib([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
}

/** What of a body is in memory, packed and unpacked, is told to `take` before it is worked on. */
interface Limits {
  maxBytes: number
  take: (bytes: number) => void
}

/**
 * The body of a request, unpacked. Neither the packed nor the unpacked one is read further than `maxBytes`.
 *
 * @throws Refusal 413, 415 for a coding that is not known, 400 where it cannot be unpacked
 * @throws what `take` throws
 */
export async function bodyOf(request: Request, limits: Limits): Promise<Uint8Array> {
  const { maxBytes } = limits
  const coding = (request.headers.get('content-encoding') ?? '').trim().toLowerCase()
  const unpack = Object.hasOwn(UNPACK, coding) ? UNPACK[coding]! : undefined
  if (unpack === undefined && coding !== '' && coding !== 'identity')
    throw new Refusal(415, 'invalid', 'content-encoding is not known; send gzip, deflate or none', {
      'accept-encoding': 'gzip, deflate',
    })
  const packed = await bytesOf(request, limits)
  if (unpack === undefined) return packed
  const body = await unpack(packed, { maxOutputLength: maxBytes }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw new Refusal(400, 'invalid', `the body is no ${coding}, or is cut off; send it whole`)
  })
  limits.take(body.length)
  return body
}

async function bytesOf(request: Request, { maxBytes, take }: Limits): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length')) > maxBytes) throw tooLarge(maxBytes)
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of request.body ?? []) {
      size += part.length
      if (size > maxBytes) throw tooLarge(maxBytes)
      take(part.length)
      parts.push(part)
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid', 'the body ended before it was whole; send it again')
  }
  return Buffer.concat(parts)
}

function tooLarge(maxBytes: number): Refusal {
  return new Refusal(413, 'invalid', `the body has more than ${maxBytes} bytes; send less at once`)
}
