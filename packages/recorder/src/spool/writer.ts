import { type FileHandle, open, stat } from 'node:fs/promises'
import type { Capacity } from './capacity.js'
import { syncDirectory } from './directories.js'
import { framed, OVERHEAD } from './record.js'
import { type Segment, segmentAt } from './segment.js'
import { isGone, onDisk, takenOver } from './spool-error.js'

/** Where a record begins, or would. */
export interface Position {
  segment: Segment
  offset: number
}

/** Records that were put on the disk together. */
export interface Stretch {
  /** Number of the first. */
  first: number
  count: number
  start: Position
  end: Position
}

interface Append {
  records: readonly Uint8Array[]
  size: number
  resolve: (stretch: Stretch) => void
  reject: (error: unknown) => void
}

interface Writing {
  directory: string
  /** Most bytes of a segment, but for what is put on the disk together. */
  segmentSize: number
  capacity: Capacity
  /** A segment that is there from now on. */
  begun(segment: Segment): void
  /** Numbers that no record will have: they were used by what could not be put on the disk. */
  unused(from: number, end: number): void
}

/**
 * Puts records on the disk, at the end of a log. What comes while the disk is asked shares the next time it is asked.
 *
 * After a failure the number of a record is not used again, nor is a segment of which nobody knows what it holds: a record
 * that was taken back may turn up again, and must not be taken for another one.
 */
export class Writer {
  readonly #to: Writing
  #waiting: Append[] = []
  #running: Promise<void> | undefined
  #open: { segment: Segment; handle: FileHandle } | undefined
  #next = 0

  constructor(to: Writing) {
    this.#to = to
  }

  /** Number of the next record. */
  get next(): number {
    return this.#next
  }

  /** The segment that is written to. */
  get segment(): Segment | undefined {
    return this.#open?.segment
  }

  /** Resolves when the records are on the disk. @throws SpoolError */
  append(records: readonly Uint8Array[]): Promise<Stretch> {
    const size = records.reduce((sum, { length }) => sum + length + OVERHEAD, 0)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, size, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing is written any more. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await this.#leave()
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const appends = this.#waiting
      this.#waiting = []
      await this.#write(appends.filter((append) => this.#fits(append)))
    }
    this.#running = undefined
  }

  #fits({ size, reject }: Append): boolean {
    try {
      this.#to.capacity.take(size)
      return true
    } catch (error) {
      reject(error)
      return false
    }
  }

  async #write(appends: readonly Append[]): Promise<void> {
    if (appends.length === 0) return
    const first = this.#next
    const records = appends.flatMap((append) => append.records)
    this.#next += records.length
    const size = appends.reduce((sum, append) => sum + append.size, 0)
    try {
      const bytes = framed(first, records)
      const { segment, handle } = await this.#segmentFor(first, bytes.length)
      await this.#put(bytes, segment, handle)
      this.#settle(appends, first, segment)
    } catch (cause) {
      this.#to.capacity.add(-size)
      this.#to.unused(first, this.#next)
      const error = isGone(cause) ? takenOver(this.#to.directory) : onDisk(cause, this.#to.directory)
      for (const { reject } of appends) reject(error)
    }
  }

  async #segmentFor(first: number, bytes: number): Promise<{ segment: Segment; handle: FileHandle }> {
    const { directory, segmentSize } = this.#to
    const size = this.#open?.segment.size ?? 0
    if (size > 0 && size + bytes > segmentSize) await this.#leave()
    if (this.#open === undefined) {
      const segment = segmentAt(directory, first)
      const handle = await open(segment.path, 'wx', 0o600)
      this.#open = { segment, handle }
      try {
        await syncDirectory(directory)
      } catch (error) {
        await this.#leave()
        throw error
      }
      this.#to.begun(segment)
    }
    return this.#open
  }

  async #put(bytes: Buffer, segment: Segment, handle: FileHandle): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; )
        at += (await handle.write(bytes, at, bytes.length - at, segment.size + at)).bytesWritten
    } catch (error) {
      await handle.truncate(segment.size).catch(() => this.#leave())
      throw error
    }
    try {
      await handle.datasync()
      // Whoever took the directory over may have read the segment before this was written to it.
      await stat(segment.path)
    } catch (error) {
      // What a disk holds that failed to say so is not known, and it does not say it twice.
      await handle.truncate(segment.size).catch(() => undefined)
      await this.#leave()
      throw error
    }
  }

  #settle(appends: readonly Append[], first: number, segment: Segment): void {
    let number = first
    for (const { records, size, resolve } of appends) {
      const start = { segment, offset: segment.size }
      segment.size += size
      resolve({ first: number, count: records.length, start, end: { segment, offset: segment.size } })
      number += records.length
    }
  }

  async #leave(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    await open?.handle.close().catch(() => undefined)
  }
}
