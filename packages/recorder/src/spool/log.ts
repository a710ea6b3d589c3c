import { rm, stat, unlink } from 'node:fs/promises'
import { Watermark } from '../watermark.js'
import type { Capacity } from './capacity.js'
import { makeDirectory } from './directories.js'
import { Ledger } from './ledger.js'
import { Reader, type ReadRecord } from './reader.js'
import { type Segment, segmentsIn } from './segment.js'
import { isGone, onDisk, SpoolError, takenOver } from './spool-error.js'
import { type Stretch, Writer } from './writer.js'

/** How often a disk fails to read a segment before what is left of it is given up. */
const FAILURES = 3

/** What a log tells the spool that it is a part of. */
export interface LogSettings {
  segmentSize: number
  capacity: Capacity
  /** Records were broken, and are lost. */
  lost(count: number): void
  report(error: Error): void
}

/**
 * A directory of segments: what one process puts on the disk, or put there before it ended. It goes when everything in it is
 * acknowledged.
 */
export class Log {
  /** Where it is. */
  readonly directory: string
  readonly #settings: LogSettings
  readonly #segments: Segment[]
  readonly #ledger: Ledger
  readonly #acknowledged: Watermark
  readonly #reader: Reader
  readonly #writer: Writer | undefined
  /** Records that somebody reads, or has, and did not acknowledge. */
  #held = 0
  #isTaken = false
  #isReading = false
  /** Of reading a segment. */
  #failures = 0
  #housekeeping: Promise<void> = Promise.resolve()

  private constructor(
    directory: string,
    settings: LogSettings,
    { segments, from, isNew }: { segments: Segment[]; from: number; isNew: boolean },
  ) {
    this.directory = directory
    this.#settings = settings
    this.#segments = segments
    this.#ledger = new Ledger(directory)
    this.#acknowledged = new Watermark(from)
    this.#reader = new Reader({
      segments,
      from,
      missing: (first, end, broken) => {
        this.#acknowledged.allDone(first, end)
        if (broken > 0) settings.lost(broken)
      },
    })
    if (!isNew) return
    this.#writer = new Writer({
      directory,
      segmentSize: settings.segmentSize,
      capacity: settings.capacity,
      begun: (segment) => void segments.push(segment),
      unused: (first, end) => this.#acknowledged.allDone(first, end),
    })
  }

  /** A new one, to write to. @throws the disk's error */
  static async create(directory: string, settings: LogSettings): Promise<Log> {
    await makeDirectory(directory)
    return new Log(directory, settings, { segments: [], from: 0, isNew: true })
  }

  /** One that another process left. @throws the disk's error */
  static async open(directory: string, settings: LogSettings): Promise<Log> {
    const segments = await segmentsIn(directory)
    const from = await new Ledger(directory).read()
    const log = new Log(directory, settings, { segments, from, isNew: false })
    // It is there, whatever the limit says.
    for (const { size } of segments) settings.capacity.add(size)
    await log.#tidy()
    return log
  }

  /** In bytes. */
  get size(): number {
    return this.#segments.reduce((sum, { size }) => sum + size, 0)
  }

  get hasUnread(): boolean {
    return !this.#isTaken && this.#reader.hasMore
  }

  /** Everything in it was acknowledged, and nothing is written to it. */
  get isDone(): boolean {
    return !this.hasUnread && this.#held === 0
  }

  /** Another process has it. What is acknowledged of it now is of no use. */
  get isTaken(): boolean {
    return this.#isTaken
  }

  /** @throws SpoolError */
  async append(records: readonly Uint8Array[]): Promise<Stretch> {
    try {
      return await this.#writer!.append(records)
    } catch (error) {
      if (error instanceof SpoolError && error.problem === 'taken') this.#isTaken = true
      throw error
    }
  }

  /** The next records, at most so many, and of so many bytes but for the first. @throws SpoolError */
  async read(count: number, bytes: number): Promise<readonly ReadRecord[]> {
    if (this.#isTaken) return []
    this.#isReading = true
    try {
      const records = await this.#reader.read(count, bytes)
      this.#held += records.length
      return records
    } catch (error) {
      if (isGone(error)) this.#isTaken = !(await isThere(this.directory))
      // A file that is gone does not come back, and a disk that fails to read goes on failing; anything else somebody mends.
      if (!this.#isTaken && (isGone(error) || (isOfDisk(error) && ++this.#failures >= FAILURES))) {
        this.#failures = 0
        this.#reader.giveUp()
      }
      throw this.#isTaken ? takenOver(this.directory) : onDisk(error, this.directory)
    } finally {
      this.#isReading = false
    }
  }

  /** Goes past records that were just appended and need not be read. False where others come first. */
  passOver({ first, count, start, end }: Stretch): boolean {
    const isNext = !this.#isTaken && !this.#isReading && this.#reader.passOver(start, end, first + count)
    if (isNext) this.#held += count
    return isNext
  }

  acknowledge(numbers: readonly number[]): void {
    this.#held -= numbers.length
    for (const number of numbers) this.#acknowledged.done(number)
    this.#housekeeping = this.#housekeeping.then(() => this.#tidy())
  }

  /** Removes it if it is done. */
  async close(): Promise<void> {
    await this.#writer?.close()
    await this.#housekeeping
    await this.#ledger.close().catch(() => undefined)
    if (this.#isTaken || !this.isDone) return
    try {
      await rm(this.directory, { recursive: true, force: true })
      this.#settings.capacity.add(-this.size)
    } catch (error) {
      this.#settings.report(onDisk(error, this.directory))
    }
  }

  /** Removes the segments of which everything is acknowledged, and notes how far that is. */
  async #tidy(): Promise<void> {
    if (this.#isTaken) return
    try {
      const { oldest } = this.#acknowledged
      for (let next = this.#segments[1]; next !== undefined && next.first <= oldest; next = this.#segments[1]) {
        const { path, size } = this.#segments[0]!
        await unlink(path)
        this.#segments.shift()
        this.#settings.capacity.add(-size)
      }
      if (oldest > 0) await this.#ledger.write(oldest)
    } catch (error) {
      // Somebody else has it then, and this is written again.
      if (!isGone(error)) this.#settings.report(onDisk(error, this.directory))
    }
  }
}

function isOfDisk(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'EIO'
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
