import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Holder } from './holder.js'
import { Ledger } from './ledger.js'
import { framed } from './record.js'
import { type Segment, segmentAt } from './segment.js'
import { onDisk, SpoolError, takenOver } from './spool-error.js'

interface Journaling {
  holder: Holder
  /** Most bytes of it. */
  limit: number
  report(error: Error): void
}

/** A segment of the journal. */
interface Page {
  segment: Segment
  fd: number
  /** Number of the last record in it. */
  last: number
}

interface Log {
  directory: string
  ledger: Ledger
  pages: Page[]
}

/** Largest page; what is done in it is there until the rest is. */
const PAGE = 1 << 20
/** A page that is done, and larger, is removed at once. */
const SMALL = 1 << 16

/**
 * Records that the operating system has when `put` returns, in a log of the spool: when the process is killed right after, they
 * are there, and whoever opens the spool next writes them. A record is here until it is on the disk for certain or was written.
 *
 * - it does all it does on the caller's time, which is some microseconds: nothing is fsynced, so what a machine without power
 *   forgets is not kept by it
 * - it comes after the other logs of its process, whose records are older
 * - what the disk refuses is reported, once until it takes something again
 */
export class Journal {
  readonly #settings: Journaling
  #log: Log | undefined
  #bytes = 0
  /** Number of the last record, and of the first that is still wanted. */
  #last = -1
  #oldest = 0
  /** How far it is noted, and that it is. */
  #noted = 0
  #noting: Promise<void> | undefined
  #isRefused = false

  constructor(settings: Journaling) {
    this.#settings = settings
    this.#prepare()
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Never throws: false where the disk did not take it. Numbers grow. */
  put(number: number, bytes: Uint8Array): boolean {
    try {
      const record = framed(number, [bytes])
      this.#write(number, record)
      // Whoever took the directory over may have read it before this was written.
      if (!this.#isThere) this.#again(number, record)
      this.#last = number
      this.#isRefused = false
      return true
    } catch (error) {
      if (!this.#isRefused) this.#settings.report(onDisk(error, this.#log?.directory ?? 'of the journal'))
      this.#isRefused = true
      return false
    }
  }

  /** The records before number `oldest` are no longer wanted. */
  release(oldest: number): void {
    const log = this.#log
    if (log === undefined || oldest <= this.#oldest) return
    this.#oldest = oldest
    while (isDone(log.pages, oldest)) this.#remove(log.pages.shift()!)
    if (log.pages.length === 0) this.#prepare()
    this.#noting ??= this.#note(log).finally(() => {
      this.#noting = undefined
    })
  }

  /** Removes it, unless something in it is wanted: then that is for whoever opens the spool next. */
  async close(): Promise<void> {
    const log = this.#log
    if (log === undefined) return
    this.#log = undefined
    await this.#noting
    await log.ledger.close().catch(() => undefined)
    for (const { fd } of log.pages) closeSync(fd)
    if (this.#last >= this.#oldest) return
    this.#bytes = 0
    await rm(log.directory, { recursive: true, force: true }).catch(() => undefined)
  }

  /** What is lost of this is written again, which changes nothing. */
  async #note({ ledger }: Log): Promise<void> {
    while (this.#noted < this.#oldest) {
      this.#noted = this.#oldest
      await ledger.write(this.#noted).catch(() => undefined)
    }
  }

  get #isThere(): boolean {
    return existsSync(this.#log!.pages.at(-1)!.segment.path)
  }

  #again(number: number, record: Buffer): void {
    const { directory, ledger, pages } = this.#log!
    for (const { fd } of pages) closeSync(fd)
    void ledger.close().catch(() => undefined)
    this.#log = undefined
    this.#bytes = 0
    this.#settings.holder.beatNow()
    this.#write(number, record)
    if (!this.#isThere) throw takenOver(directory)
  }

  #write(number: number, record: Buffer): void {
    const { limit } = this.#settings
    if (this.#bytes + record.length > limit)
      throw new SpoolError(
        'full',
        `the journal of the spool holds ${this.#bytes} of ${limit} bytes; give a larger limit`,
      )
    const page = this.#pageFor(number)
    const { segment, fd } = page
    try {
      for (let at = 0; at < record.length; ) at += writeSync(fd, record, at, record.length - at, segment.size + at)
    } catch (error) {
      ftruncateSync(fd, segment.size)
      throw error
    }
    segment.size += record.length
    this.#bytes += record.length
    page.last = number
  }

  /** So that whoever puts the next record does not wait for a page. */
  #prepare(): void {
    try {
      this.#pageFor(this.#last + 1)
    } catch {
      // It is told when there is a record.
    }
  }

  #pageFor(number: number): Page {
    this.#log ??= logIn(this.#settings.holder.nextLast())
    const { directory, pages } = this.#log
    const current = pages.at(-1)
    if (current !== undefined && current.segment.size < PAGE) return current
    const segment = segmentAt(directory, number)
    const page = { segment, fd: openSync(segment.path, 'wx', 0o600), last: number }
    pages.push(page)
    return page
  }

  #remove({ segment, fd }: Page): void {
    this.#bytes -= segment.size
    try {
      closeSync(fd)
      unlinkSync(segment.path)
    } catch {
      // Another process has it, and writes it again.
    }
  }
}

function logIn(directory: string): Log {
  mkdirSync(directory, { mode: 0o700 })
  return { directory, ledger: new Ledger(directory), pages: [] }
}

/** Whether the first page is to go. The one that is written to stays while it is small. */
function isDone([first, next]: readonly Page[], oldest: number): boolean {
  if (first === undefined || first.last >= oldest) return false
  return next !== undefined || first.segment.size > SMALL
}
