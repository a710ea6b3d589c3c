import { open } from 'node:fs/promises'
import { nextRecord } from './record.js'
import type { Segment } from './segment.js'
import type { Position } from './writer.js'

/** A record as it was put on the disk. */
export interface ReadRecord {
  number: number
  bytes: Buffer
}

interface Reading {
  /** The segments of the log, oldest first: read from the first on, and others are added while it is read. */
  segments: readonly Segment[]
  /** Number of the first record that is wanted. */
  from: number
  /** Those of numbers from `from` up to `end` will not come. So many of them at least were there, and are broken. */
  missing(from: number, end: number, broken: number): void
}

/**
 * Reads the records of a log, in order, each once. What is broken is passed over, up to the next whole record. A segment is
 * read at once: it has a few megabytes.
 */
export class Reader {
  readonly #of: Reading
  #segment: Segment | undefined
  /** What was read of the segment, up to `#offset`, and how far it was told. */
  #chunk = Buffer.alloc(0)
  #at = 0
  #offset = 0
  #expected: number

  constructor(of: Reading) {
    this.#of = of
    this.#expected = of.segments[0]?.first ?? of.from
  }

  /** The segment that is read; those before it were. */
  get segment(): Segment | undefined {
    return this.#segment ?? this.#of.segments[0]
  }

  get hasMore(): boolean {
    const { segments } = this.#of
    const segment = this.segment
    if (segment === undefined) return false
    return this.#at < this.#chunk.length || this.#offset < segment.size || segments.at(-1) !== segment
  }

  /** The next records, at most so many, and of so many bytes but for the first; none at the end. @throws the disk's error */
  async read(count: number, bytes: number): Promise<readonly ReadRecord[]> {
    const found: ReadRecord[] = []
    let size = 0
    while (found.length < count && size < bytes) {
      const record = this.#take()
      if (record !== undefined) {
        found.push(record)
        size += record.bytes.length
      } else if (!this.hasMore || !(await this.#load(found.length > 0))) break
    }
    return found
  }

  /** Goes past records that somebody has already, if they are the next ones. */
  passOver(start: Position, end: Position, next: number): boolean {
    if (this.#at < this.#chunk.length || !this.#isAt(start)) return false
    this.#segment = end.segment
    this.#forget(end.offset)
    this.#expected = next
    return true
  }

  /** Passes over what is left of the segment: it cannot be read. */
  giveUp(): void {
    this.#segment = this.segment
    this.#forget(this.segment?.size ?? 0)
    this.#broken(undefined)
  }

  #isAt({ segment, offset }: Position): boolean {
    const { segments } = this.#of
    if (this.segment === segment) return this.#offset === offset
    const isNext = this.#segment !== undefined && segments[segments.indexOf(this.#segment) + 1] === segment
    return isNext && offset === 0 && this.#offset >= this.#segment!.size
  }

  #take(): ReadRecord | undefined {
    while (this.#at < this.#chunk.length) {
      const { record, isBroken } = nextRecord(this.#chunk, this.#at)
      this.#at = record?.end ?? this.#chunk.length
      if (isBroken) this.#broken(record?.number)
      if (record === undefined) return undefined
      // Numbers of what could not be put on the disk.
      if (record.number > this.#expected) this.#of.missing(this.#expected, record.number, 0)
      this.#expected = record.number + 1
      if (record.number >= this.#of.from) return record
    }
    return undefined
  }

  /** @param next number of the record after what was broken, if there is one in this segment */
  #broken(next: number | undefined): void {
    const { segments, from, missing } = this.#of
    const known = next ?? segments[segments.indexOf(this.#segment!) + 1]?.first
    const end = known ?? this.#expected + 1
    // What was acknowledged is not missed.
    if (known === undefined || end > from)
      missing(this.#expected, end, Math.max(1, end - Math.max(this.#expected, from)))
    this.#expected = end
  }

  /** Reads on, in the next segment where this one is at its end. Resolves to false where that is better done later. */
  async #load(isEnough: boolean): Promise<boolean> {
    const { segments } = this.#of
    const segment = this.segment!
    if (this.#segment !== undefined && this.#offset >= segment.size) {
      this.#segment = segments[segments.indexOf(segment) + 1]!
      this.#forget(0)
      this.#expected = this.#segment.first
      return true
    }
    // What was found is told first: reading may fail.
    if (isEnough) return false
    this.#segment = segment
    const { path, size } = segment
    this.#chunk = await contentOf(path, this.#offset, size)
    this.#at = 0
    this.#offset = size
    return true
  }

  #forget(offset: number): void {
    this.#chunk = Buffer.alloc(0)
    this.#at = 0
    this.#offset = offset
  }
}

/** From one offset up to another, or to where the file ends. */
async function contentOf(path: string, from: number, end: number): Promise<Buffer<ArrayBuffer>> {
  const handle = await open(path, 'r')
  try {
    const buffer = Buffer.alloc(end - from)
    let filled = 0
    for (let read = 1; read > 0 && filled < buffer.length; filled += read)
      read = (await handle.read(buffer, filled, buffer.length - filled, from + filled)).bytesRead
    return buffer.subarray(0, filled)
  } finally {
    await handle.close()
  }
}
