import { Alarm } from './alarm.js'
import { Aside } from './aside.js'
import { deliver, type Entry, type Refusal, type Write } from './deliver.js'
import { Entries } from './entries.js'
import { Flushes } from './flushes.js'
import { pauseAfter, pauseAside } from './pauses.js'
import { type QueueOptions, settingsOf } from './queue-options.js'
import { separate } from './separate.js'
import { spansOf, tell } from './warnings.js'

export interface QueueCounts {
  /** Waiting, or being written. */
  queued: number
  /** Acknowledged by the writer, and kept. */
  written: number
  /** Rejected by the writer one by one, in a batch that it took. */
  rejected: number
  /** Lost: a write was refused for good, or a span failed alone again and again while others were written. */
  refused: number
  /** Not taken, because the queue was full or closed. */
  dropped: number
}

/** Failures in a row after which a batch is written in parts. */
const REPEATED = 3

/**
 * A bounded queue in front of a writer, with never more than one write in flight, however long it takes.
 *
 * - a failed write is kept and tried again, for as long as it takes
 * - a write that is refused for good costs only what is bad in it (see {@link deliver})
 * - a batch that fails three times in a row, though another try might help, is written in parts as soon as one of its items
 *   can be written by itself (see {@link separate}); an item that fails alone is set aside, so that nothing waits for it,
 *   and tried again; after three failures, each with a write of other items that succeeded next, it is refused
 * - while nothing can be written nothing is refused: the database is away (see {@link Aside})
 * - because a write may be repeated, the writer must be idempotent
 */
export class WriteQueue<T> {
  readonly #write: Write<T>
  readonly #settings: Required<QueueOptions>
  readonly #flushes: Flushes
  // A process with nothing else to do ends; the timer of a flush is what holds it for its last items.
  readonly #alarm = new Alarm(() => {
    if (!this.#running) void this.#run()
  })
  readonly #entries = new Entries<T>()
  readonly #aside = new Aside<T>()
  #counts = { written: 0, rejected: 0, refused: 0, dropped: 0 }
  #unreported = 0
  #refusals: Refusal<T>[] = []
  #failures = 0
  /** How often what is set aside was tried, and when it is next. */
  #rounds = 0
  #roundAt = 0
  #closed = false
  #running = false

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(write: Write<T>, options: QueueOptions = {}) {
    this.#write = write
    this.#settings = settingsOf(options)
    this.#flushes = new Flushes(this.#settings.deadline, (target) => this.#entries.countBefore(target))
  }

  get counts(): QueueCounts {
    return { queued: this.#entries.size, ...this.#counts }
  }

  /** Takes an item, or drops it. Does nothing else on the caller's time. */
  push(item: T): void {
    const { batch, interval, limit } = this.#settings
    if (this.#closed || this.#entries.size >= limit) {
      this.#counts.dropped++
      this.#unreported++
      if (this.#closed && !this.#running) this.#alarm.set(interval)
      return
    }
    this.#entries.add(item)
    if (!this.#running && this.#failures === 0) this.#alarm.set(this.#entries.size >= batch ? 0 : interval)
  }

  /**
   * Resolves when everything that was taken before the call has left the queue: written, or rejected one by one. Tries at
   * once, even in a pause after failures, but for what was set aside, which has its own.
   *
   * @throws Error when something was refused, or not acknowledged by the deadline (`cause` is the last failure, if any);
   * what was not acknowledged stays queued, and a write in flight goes on.
   */
  flush(): Promise<void> {
    this.#reportDropped()
    if (this.#entries.size === 0) return Promise.resolve()
    const flushed = this.#flushes.wait(this.#entries.next)
    if (!this.#running) this.#alarm.set(0)
    return flushed
  }

  /** Takes nothing more, and flushes. May be called again when it throws. */
  close(): Promise<void> {
    this.#closed = true
    return this.flush()
  }

  /** Writes what is there now. A run has an end even under load, and what was lost in it is reported once, then. */
  async #run(): Promise<void> {
    this.#running = true
    const { batch, interval } = this.#settings
    const end = this.#entries.next
    try {
      // What arrives meanwhile waits for a full batch or the next interval, unless a flush waits for it.
      const isWanted = ([first]: readonly Entry<T>[]) =>
        first !== undefined && (first.number < end || this.#flushes.areOpen)
      if (this.#aside.suspects.length > 0 && !this.#aside.isUndecided)
        this.#aside.keep(this.#newest(this.#aside.wanted))
      while (isWanted(this.#waiting(1))) await this.#writeNext()
      await this.#tryAside()
      const waiting = this.#waiting(batch).length
      if (waiting > 0) this.#alarm.set(waiting >= batch || this.#flushes.areOpen ? 0 : interval)
      if (this.#aside.suspects.length > 0) this.#alarm.set(Math.max(0, this.#roundAt - Date.now()))
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
      this.#reportRefused()
      this.#reportDropped()
    }
  }

  /** The next items to write, at most `count`. */
  #waiting(count: number): readonly Entry<T>[] {
    return this.#entries.first(count, (entry) => !this.#aside.has(entry))
  }

  /** The newest items that wait after number `after`, at most `count`. */
  #newest(count: number, after = -1): readonly Entry<T>[] {
    return this.#entries.newest(count, after, (entry) => !this.#aside.has(entry))
  }

  async #writeNext(): Promise<void> {
    const { batch } = this.#settings
    const failures = this.#failures + 1
    try {
      await this.#attempt(this.#waiting(batch))
    } catch (error) {
      const entries = this.#waiting(Math.max(batch, 2))
      if (failures < REPEATED || entries.length < 2) throw error
      await this.#separate(entries, failures, error as Error)
    }
  }

  async #separate(entries: readonly Entry<T>[], failures: number, cause: Error): Promise<void> {
    const before = this.#aside.suspects.length
    const last = entries.at(-1)!.number
    const elsewhere = (count: number) => this.#newest(count, last)
    await separate((part) => this.#attempt(part), { entries, failures, aside: this.#aside, elsewhere })
    this.#rounds = 0
    this.#roundAt = Date.now() + pauseAside(this.#rounds)
    this.#flushes.blame(cause)
    const apart = spansOf(this.#aside.suspects.length - before)
    const message = `a write failed ${failures} times in a row; written in parts, ${apart} set aside`
    this.#report(new Error(message, { cause }))
  }

  /** Tries what failed alone. What happens to another item next decides whether that counts. */
  async #tryAside(): Promise<void> {
    const { suspects } = this.#aside
    if (suspects.length > 0 && Date.now() >= this.#roundAt) {
      this.#rounds++
      this.#roundAt = Date.now() + pauseAside(this.#rounds)
      for (const entry of suspects) {
        // One that was tried before this one may have been written, and that may have refused this one.
        if (this.#aside.has(entry)) await this.#attempt([entry]).catch((error) => this.#aside.suspect(entry, error))
      }
      const witness = this.#aside.isUndecided ? this.#aside.takeWitness() : undefined
      if (witness !== undefined) await this.#attempt([witness])
    }
    this.#aside.release()
  }

  /** Writes entries, which leave the queue then. @throws Error that a later try may mend */
  async #attempt(entries: readonly Entry<T>[]): Promise<void> {
    const { rejected, refusals } = await deliver((items) => this.#watched(items), entries)
    const refused = sizeOf(refusals)
    this.#failures = 0
    this.#counts.written += entries.length - rejected - refused
    this.#counts.rejected += rejected
    this.#aside.forget(entries)
    const failed = refused < entries.length ? this.#aside.othersSucceeded() : []
    this.#counts.refused += refused + failed.length
    this.#refusals.push(...refusals, ...failed)
    this.#entries.remove(entries)
    for (const refusal of failed) this.#entries.remove(refusal.entries)
    this.#flushes.leave([...refusals, ...failed], this.#entries.oldest)
  }

  /** Writes, and tells of a write that outlives the deadline. It stays the one in flight: given up, it would go on. */
  async #watched(items: readonly T[]): Promise<number> {
    const { deadline } = this.#settings
    const timer = setTimeout(() => {
      const slow = new Error(`a write of ${spansOf(items.length)} takes longer than ${deadline} ms; waiting for it`)
      this.#flushes.blame(slow)
      this.#report(slow)
    }, deadline).unref()
    try {
      return await this.#write(items)
    } catch (error) {
      throw error instanceof Error ? error : new Error(String(error))
    } finally {
      clearTimeout(timer)
    }
  }

  #failed(error: unknown): void {
    const cause = error as Error
    this.#failures++
    this.#aside.othersFailed()
    const pause = pauseAfter(this.#failures)
    this.#flushes.blame(cause)
    const queued = spansOf(this.#entries.size)
    this.#report(new Error(`a write failed; ${queued} queued, next try in ${pause} ms`, { cause }))
    this.#alarm.set(pause)
  }

  #reportRefused(): void {
    if (this.#refusals.length === 0) return
    const refusals = this.#refusals
    this.#refusals = []
    this.#report(new Error(`${spansOf(sizeOf(refusals))} refused and lost`, { cause: refusals[0]!.cause }))
  }

  #reportDropped(): void {
    if (this.#unreported === 0) return
    const why = this.#closed ? 'the queue is closed' : `the queue of ${this.#settings.limit} is full`
    const dropped = spansOf(this.#unreported)
    this.#unreported = 0
    this.#report(new Error(`${dropped} dropped: ${why}`))
  }

  #report(error: Error): void {
    tell(this.#settings.onError, error)
  }
}

function sizeOf(refusals: readonly Refusal<unknown>[]): number {
  return refusals.reduce((sum, refusal) => sum + refusal.entries.length, 0)
}
