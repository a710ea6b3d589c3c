import { crc32 } from 'node:zlib'

/**
 * A record in a segment: a header of 22 bytes, and what it holds.
 *
 * | bytes | what |
 * |---|---|
 * | 0–3 | the marker, whose last byte is the version of this layout |
 * | 4–7 | how many bytes it holds |
 * | 8–13 | its number in its log |
 * | 14–17 | CRC-32 of what it holds |
 * | 18–21 | CRC-32 of the bytes 0–17 |
 *
 * Numbers are big-endian. Where a record is broken the next marker is looked for: its first byte is in no UTF-8 text.
 */
const MARKER = Buffer.from([0xff, 0x46, 0x48, 0x01])
const [LENGTH, NUMBER, CRC, HEADER_CRC, HEADER] = [4, 8, 14, 18, 22] as const

/** What a record takes on the disk beside what it holds. */
export const OVERHEAD = HEADER

interface Found {
  number: number
  bytes: Buffer
  /** Where the next one begins. */
  end: number
}

/** Records one after the other, as a segment has them, the first with this number. */
export function framed(first: number, records: readonly Uint8Array[]): Buffer {
  const parts = records.flatMap((bytes, index) => [headerOf(first + index, bytes), bytes])
  return Buffer.concat(parts)
}

function headerOf(number: number, bytes: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER)
  MARKER.copy(header)
  header.writeUInt32BE(bytes.length, LENGTH)
  header.writeUIntBE(number, NUMBER, 6)
  header.writeUInt32BE(crc32(bytes), CRC)
  header.writeUInt32BE(crc32(header.subarray(0, HEADER_CRC)), HEADER_CRC)
  return header
}

/** The first whole record from `start` on, and whether anything broken stood before it, or in place of it. */
export function nextRecord(buffer: Buffer, start: number): { record?: Found; isBroken: boolean } {
  let at = start
  while (at >= 0 && at < buffer.length) {
    const record = recordAt(buffer, at)
    if (record !== undefined) return { record, isBroken: at > start }
    at = buffer.indexOf(MARKER, at + 1)
  }
  return { isBroken: start < buffer.length }
}

function recordAt(buffer: Buffer, at: number): Found | undefined {
  if (at + HEADER > buffer.length || MARKER.compare(buffer, at, at + MARKER.length) !== 0) return undefined
  if (crc32(buffer.subarray(at, at + HEADER_CRC)) !== buffer.readUInt32BE(at + HEADER_CRC)) return undefined
  const begin = at + HEADER
  const end = begin + buffer.readUInt32BE(at + LENGTH)
  const bytes = buffer.subarray(begin, end)
  if (end > buffer.length || crc32(bytes) !== buffer.readUInt32BE(at + CRC)) return undefined
  return { number: buffer.readUIntBE(at + NUMBER, 6), bytes, end }
}
