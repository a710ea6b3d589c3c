import { Capacity } from './capacity.js'
import { makeDirectory } from './directories.js'
import { Holder, PACE, type Pace } from './holder.js'
import { Log, type LogSettings } from './log.js'
import { onDisk, SpoolError } from './spool-error.js'
import type { Stretch } from './writer.js'

export interface SpoolSettings {
  /** Where it is, for itself alone; made if it is not there. */
  directory: string
  /** Most bytes that this process holds in it. */
  limit: number
  /** Told of what nobody waits for. */
  report(error: Error): void
  pace?: Pace
  /** Opened already for this directory; the spool closes it. */
  holder?: Holder
}

/** A record on the disk. */
export interface Place {
  log: Log
  number: number
}

/** What was put on the disk together. */
export interface Put extends Stretch {
  log: Log
}

/** A record as it is read. */
export interface Spooled {
  place: Place
  bytes: Buffer
  /** It is of another process, or of this one before it was taken over. */
  isForeign: boolean
}

/** Largest segment, unless the limit is small: what is acknowledged in it is there until the rest is. */
const SEGMENT = 4 << 20

/**
 * Records on the disk, until they are acknowledged.
 *
 * ```
 * <directory>/
 * ├── <token>.alive                touched every second by the process of this token
 * └── <token>-<n>/                 a log of that process: its own, or one that it took over
 *     ├── 0000000000000000.segment records one after the other, only ever appended to; named by the number of the first
 *     └── acknowledged             up to which number
 * ```
 *
 * - what was appended is on the disk, fsynced, when its promise resolves, and is read again after the process ended
 * - each process appends to a log of its own, and takes over the logs of processes that live no more
 * - the records of a log are read in the order in which they were appended
 * - a record may be read again after it was acknowledged, when the process or the machine ended soon after that
 * - of what is broken only that is lost: it is passed over, up to the next whole record, counted and reported
 * - what does not fit, or the disk refuses, is not kept in part
 */
export class Spool {
  readonly #directory: string
  readonly #holder: Holder
  readonly #settings: LogSettings
  readonly #capacity: Capacity
  #own: Promise<Log> | undefined
  #current: Log | undefined
  /** Taken over, and not opened yet. */
  readonly #taken: string[] = []
  #others: Log[] = []
  #lost = 0
  #leaving: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(holder: Holder, { directory, limit, report }: SpoolSettings) {
    this.#directory = directory
    this.#holder = holder
    this.#capacity = new Capacity(limit)
    this.#settings = {
      segmentSize: Math.min(SEGMENT, Math.ceil(limit / 4)),
      capacity: this.#capacity,
      lost: (count) => {
        this.#lost += count
        const records = count === 1 ? '1 record is' : `${count} records are`
        report(new Error(`${records} broken in the spool ${directory}, and lost; check that disk`))
      },
      report,
    }
  }

  /** @throws SpoolError */
  static async open(settings: SpoolSettings): Promise<Spool> {
    const { directory, pace = PACE, report, holder } = settings
    try {
      if (holder !== undefined) await makeDirectory(directory)
      return new Spool(holder ?? (await Holder.open(directory, pace, report)), settings)
    } catch (error) {
      throw onDisk(error, directory)
    }
  }

  /** Bytes on the disk, some of them acknowledged. */
  get bytes(): number {
    return this.#capacity.used
  }

  /** Records that were broken. */
  get lost(): number {
    return this.#lost
  }

  /** Whether something that this process appended, and has, is neither read nor passed over. */
  get hasUnread(): boolean {
    return this.#current?.hasUnread ?? false
  }

  /** Whether there is anything to read. */
  get hasMore(): boolean {
    return this.hasUnread || this.#others.some((log) => log.hasUnread)
  }

  /** Resolves when all of the records are on the disk. @throws SpoolError; none of them is kept then */
  async append(records: readonly Uint8Array[]): Promise<Put> {
    if (this.#isClosed) throw new SpoolError('closed', 'the spool is closed; open another one')
    const log = await this.#log()
    try {
      return { log, ...(await log.append(records)) }
    } catch (error) {
      if (log.isTaken) this.#leave(log)
      throw error
    }
  }

  /** The next records, at most so many, and of so many bytes but for the first; what others left comes first. @throws SpoolError */
  async read(count: number, bytes = 1_000_000): Promise<readonly Spooled[]> {
    for (;;) {
      const log = this.#others.find((each) => each.hasUnread) ?? this.#current
      if (log === undefined) return []
      const found = await this.#readFrom(log, count, bytes)
      // All that was left of a log may be broken.
      if (found.length > 0 || !this.hasMore) return found
    }
  }

  /** Goes past what was just put on the disk, which somebody has in memory. False where something else is to be read first. */
  passOver(put: Put): boolean {
    return put.log === this.#current && put.log.passOver(put)
  }

  /** These need not be on the disk any more. */
  acknowledge(places: readonly Place[]): void {
    const numbers = new Map<Log, number[]>()
    for (const { log, number } of places) {
      const list = numbers.get(log)
      if (list === undefined) numbers.set(log, [number])
      else list.push(number)
    }
    for (const [log, list] of numbers) log.acknowledge(list)
    this.#sweep()
  }

  /** Takes over what other processes left that live no more. @throws SpoolError */
  async takeOver(): Promise<void> {
    try {
      for await (const directory of this.#holder.takeOver()) this.#taken.push(directory)
      for (let left = this.#taken.length; left > 0; left--) await this.#open(this.#taken.shift()!)
    } catch (error) {
      throw onDisk(error, this.#directory)
    }
  }

  async #open(directory: string): Promise<void> {
    let log: Log
    try {
      log = await Log.open(directory, this.#settings)
    } catch (error) {
      // Those behind it come first the next time.
      this.#taken.push(directory)
      throw error
    }
    if (log.hasUnread) this.#others.push(log)
    else await log.close()
  }

  /** What is not acknowledged stays for the process that opens it next. */
  async close(): Promise<void> {
    this.#isClosed = true
    const own = await this.#own?.catch(() => undefined)
    for (const log of own === undefined ? this.#others : [...this.#others, own]) await log.close()
    await this.#leaving
    await this.#holder.close()
  }

  async #log(): Promise<Log> {
    this.#own ??= Log.create(this.#holder.next(), this.#settings)
    try {
      this.#current = await this.#own
      return this.#current
    } catch (error) {
      this.#own = undefined
      throw onDisk(error, this.#directory)
    }
  }

  async #readFrom(log: Log, count: number, bytes: number): Promise<readonly Spooled[]> {
    try {
      const records = await log.read(count, bytes)
      const isForeign = log !== this.#current
      return records.map(({ number, bytes }) => ({ place: { log, number }, bytes, isForeign }))
    } finally {
      if (log.isTaken) this.#leave(log)
      this.#sweep()
    }
  }

  #sweep(): void {
    const done = this.#others.filter((log) => log.isDone)
    this.#others = this.#others.filter((log) => !log.isDone)
    this.#leaving = Promise.all([this.#leaving, ...done.map((log) => log.close())])
  }

  #leave(log: Log): void {
    this.#others = this.#others.filter((each) => each !== log)
    this.#capacity.add(-log.size)
    this.#leaving = Promise.all([this.#leaving, log.close()])
    if (log !== this.#current) return
    this.#current = undefined
    this.#own = undefined
  }
}
