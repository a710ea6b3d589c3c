import { Alarm } from './alarm.js'
import { Aside } from './aside.js'
import { lightest } from './batches.js'
import { deliver, type Entry, type Write, type Written } from './deliver.js'
import { Entries } from './entries.js'
import { Flushes } from './flushes.js'
import { Losses, sizeOf } from './losses.js'
import { pauseAfter } from './pauses.js'
import { type ItemNature, type RejectingOptions, settingsOf } from './queue-options.js'
import { separate } from './separate.js'
import { type Counting, countingOf, tell } from './warnings.js'

export interface QueueCounts {
  /** Waiting, or being written. */
  queued: number
  /** Acknowledged by the writer, and kept. */
  written: number
  /** Rejected by the writer one by one, in a batch that it took. */
  rejected: number
  /** Lost: it was invalid, the store was closed, or it failed alone again and again while others were written. */
  refused: number
  /** Not taken, because the queue was full or closed. */
  dropped: number
}

/** Failures in a row after which a batch is written in parts. */
const REPEATED = 3

/**
 * A bounded queue in front of a writer, with never more than one write in flight, however long it takes.
 *
 * - a failed write is kept and tried again, for as long as it takes, also where somebody must mend something first
 * - a write that is refused for good costs only what is bad in it (see {@link deliver})
 * - a batch that fails three times in a row is written in parts as soon as one of its items can be written by itself (see
 *   {@link separate}); an item that fails alone is set aside, so that nothing waits for it, and tried again; after three
 *   failures, each with a write of other items that succeeded next, it is refused
 * - what the writer rejects one by one, without asking the database, or kept before shows nothing
 * - while nothing can be written nothing is refused: the database is away (see {@link Aside})
 * - because a write may be repeated, the writer must be idempotent
 */
export class WriteQueue<T, R = unknown> {
  readonly #write: Write<T, R>
  readonly #weightOf: (item: T) => number
  readonly #settings: Required<RejectingOptions<R>>
  readonly #flushes: Flushes
  // A process with nothing else to do ends; the timer of a flush is what holds it for its last items.
  readonly #alarm = new Alarm(() => {
    if (!this.#running) void this.#run()
  })
  readonly #entries = new Entries<T>()
  readonly #aside = new Aside<T>()
  #counts = { written: 0, rejected: 0, refused: 0, dropped: 0 }
  readonly #named: Counting
  readonly #losses: Losses
  #failures = 0
  #closed = false
  #running = false

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(
    write: Write<T, R>,
    options: RejectingOptions<R> = {},
    { onRejected = () => {}, weightOf = () => 0, noun = 'record' }: ItemNature<T, R> = {},
  ) {
    this.#write = write
    this.#weightOf = weightOf
    this.#settings = settingsOf(options, onRejected)
    this.#named = countingOf(noun)
    this.#losses = new Losses((error) => this.#report(error), this.#named)
    this.#flushes = new Flushes(this.#settings.deadline, (target) => this.#entries.countBefore(target), this.#named)
  }

  get counts(): QueueCounts {
    return { queued: this.#entries.size, ...this.#counts }
  }

  /** Takes an item, or drops it. Does nothing else on the caller's time. */
  push(item: T): void {
    const { batch, interval, limit } = this.#settings
    if (this.#closed || this.#entries.size >= limit) {
      this.#counts.dropped++
      if (!this.#closed) this.#losses.dropped(`the queue of ${limit} is full`)
      else this.#losses.dropped('the queue is closed', this.#running ? undefined : interval)
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
    this.#losses.tell()
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

  /** Writes what is there now, and what a flush waits for that began meanwhile. So a run has an end even under load. */
  async #run(): Promise<void> {
    this.#running = true
    const { batch, interval } = this.#settings
    const end = this.#entries.next
    try {
      // What arrives meanwhile waits for a full batch or the next interval, unless a flush waits for it.
      const isWanted = ([first]: readonly Entry<T>[]) =>
        first !== undefined && (first.number < end || this.#flushes.isAwaited(first.number))
      this.#keepWitnesses()
      while (isWanted(this.#waiting(1))) {
        await this.#writeNext()
        await this.#tryAside()
      }
      await this.#tryAside()
      const waiting = this.#waiting(batch)
      // What failed has left then, and the next batch is another.
      if (waiting.length === 0) this.#failures = 0
      else this.#alarm.set(waiting.length >= batch || isWanted(waiting) ? 0 : interval)
      if (this.#aside.suspects.length > 0) this.#alarm.set(this.#aside.wait)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
      this.#losses.tell()
    }
  }

  /** The next items to write, at most `count`. */
  #waiting(count: number): readonly Entry<T>[] {
    return this.#entries.first(count, (entry) => !this.#aside.has(entry))
  }

  /** The next batch, but at least so many items if there are. */
  #batch(least: number): readonly Entry<T>[] {
    return lightest(this.#waiting(Math.max(this.#settings.batch, least)), least, this.#weightOf)
  }

  /** The newest items that wait after number `after`, at most `count`. */
  #newest(count: number, after = -1): readonly Entry<T>[] {
    return this.#entries.newest(count, after, (entry) => !this.#aside.has(entry))
  }

  async #writeNext(): Promise<void> {
    const failures = this.#failures + 1
    try {
      await this.#attempt(this.#batch(1))
    } catch (error) {
      const entries = this.#batch(2)
      if (failures < REPEATED || entries.length < 2) throw error
      await this.#separate(entries, failures, error as Error)
    }
  }

  async #separate(entries: readonly Entry<T>[], failures: number, cause: Error): Promise<void> {
    const before = this.#aside.suspects.length
    const last = entries.at(-1)!.number
    const elsewhere = (count: number) => this.#newest(count, last)
    await separate((part) => this.#attempt(part), { entries, failures, aside: this.#aside, elsewhere })
    this.#flushes.blame(cause)
    const apart = this.#named(this.#aside.suspects.length - before)
    const message = `a write failed ${failures} times in a row; written in parts, ${apart} set aside`
    this.#report(new Error(message, { cause }))
  }

  #keepWitnesses(): void {
    if (this.#aside.suspects.length > 0 && !this.#aside.isUndecided) this.#aside.keep(this.#newest(this.#aside.wanted))
  }

  /** Tries what failed alone, once it is due. What happens to another item next decides whether that counts. */
  async #tryAside(): Promise<void> {
    for (const entry of this.#aside.turns(() => this.#waiting(1).length > 0))
      await this.#attempt([entry]).catch((error) => this.#aside.suspect(entry, error))
    let failure: unknown
    while (this.#aside.isUndecided) {
      const witness = this.#aside.takeWitness()
      if (witness === undefined && failure !== undefined) throw failure
      if (witness === undefined) break
      // It may be bad as well: when the next one is written, it failed by itself too.
      await this.#attempt([witness]).catch((error) => {
        failure = error
        this.#aside.suspect(witness, error)
      })
    }
    this.#aside.release()
  }

  /** Writes entries, which leave the queue then; resolves to whether any was written now. @throws Error that a later try may mend */
  async #attempt(entries: readonly Entry<T>[]): Promise<boolean> {
    const { rejected, repeated, refusals } = await deliver((items) => this.#watched(items), entries)
    const refused = sizeOf(refusals)
    const written = entries.length - rejected.length - refused
    this.#counts.written += written
    this.#counts.rejected += rejected.length
    this.#aside.forget(entries)
    const isThere = written > repeated
    if (isThere) this.#failures = 0
    const failed = isThere ? this.#aside.othersSucceeded() : []
    this.#counts.refused += refused + failed.length
    this.#losses.refused([...refusals, ...failed])
    this.#entries.remove(entries)
    for (const refusal of failed) this.#entries.remove(refusal.entries)
    if (rejected.length > 0) tell(this.#settings.onRejected, rejected)
    this.#flushes.leave([...refusals, ...failed], this.#entries.oldest)
    return isThere
  }

  /** Writes, and tells of a write that outlives the deadline. It stays the one in flight: given up, it would go on. */
  async #watched(items: readonly T[]): Promise<Written<R>> {
    const { deadline } = this.#settings
    const timer = setTimeout(() => {
      const slow = new Error(`a write of ${this.#named(items.length)} takes longer than ${deadline} ms; waiting for it`)
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
    const queued = this.#named(this.#entries.size)
    this.#report(new Error(`a write failed; ${queued} queued, next try in ${pause} ms`, { cause }))
    this.#alarm.set(pause)
  }

  #report(error: Error): void {
    tell(this.#settings.onError, error)
  }
}
