import { Alarm } from './alarm.js'
import { Aside } from './aside.js'
import { lightest } from './batches.js'
import { type Delivery, deliver, type Entry, type Refusal, type Write, type Written } from './deliver.js'
import { Entries } from './entries.js'
import { sizeOf } from './losses.js'
import { pauseAfter } from './pauses.js'
import { separate } from './separate.js'
import type { Counting } from './warnings.js'

/** Failures in a row after which a batch is written in parts, and the database may be away. */
export const REPEATED = 3

export interface QueueSettings<T> {
  batch: number
  interval: number
  deadline: number
  weightOf: (item: T) => number
  named: Counting
}

/** What left the queue together: of the entries what is neither rejected, repeated nor refused was written now. */
export interface Departure<T, R> extends Delivery<T, R> {
  entries: readonly Entry<T>[]
  /** Others, which turned out to be bad when these were written. */
  others: readonly Refusal<T>[]
}

/** Who is told what becomes of the items. */
export interface QueueListener<T, R> {
  left(departure: Departure<T, R>): void
  /** A write failed, or takes long: why somebody who waits waits longer. */
  blamed(cause: Error): void
  /** A write failed and is tried again later. */
  failed(): void
  /** No write is in flight any more. */
  rested(): void
  report(error: Error): void
}

/**
 * Items in front of a writer, with never more than one write in flight, however long it takes.
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
  readonly #settings: QueueSettings<T>
  readonly #listener: QueueListener<T, R>
  // A process with nothing else to do ends; the timer of a flush is what holds it for its last items.
  readonly #alarm = new Alarm(() => {
    if (!this.#running && !this.#isStopped) void this.#run()
  })
  readonly #entries = new Entries<T>()
  readonly #aside = new Aside<T>()
  /** Number of the first entry that nobody waits for. */
  #hurried = 0
  #failures = 0
  #isStopped = false
  #running = false

  constructor(write: Write<T, R>, settings: QueueSettings<T>, listener: QueueListener<T, R>) {
    this.#write = write
    this.#settings = settings
    this.#listener = listener
  }

  get size(): number {
    return this.#entries.size
  }

  /** What waits, or is being written. */
  get items(): readonly T[] {
    return this.#entries.first(this.size, () => true).map(({ item }) => item)
  }

  /** Writes that failed since one succeeded. */
  get failures(): number {
    return this.#failures
  }

  get isWriting(): boolean {
    return this.#running
  }

  /** Does nothing else on the caller's time. */
  add(item: T): void {
    this.#entries.add(item)
    const { batch, interval } = this.#settings
    if (!this.#running && this.#failures === 0) this.#alarm.set(this.#entries.size >= batch ? 0 : interval)
  }

  /**
   * Has everything that is there written without a pause, but for what was set aside; even in a pause after failures if `now`.
   * False where nothing is written so.
   */
  hurry(now: boolean): boolean {
    this.#hurried = this.#entries.next
    const isPossible = now || this.#failures === 0
    if (!this.#running && isPossible) this.#alarm.set(0)
    return isPossible && this.size > 0
  }

  /** Writes nothing more. A write in flight goes on, and nobody is told. */
  stop(): void {
    this.#isStopped = true
  }

  /** Writes what is there now, and what was hurried meanwhile. So a run has an end even under load. */
  async #run(): Promise<void> {
    this.#running = true
    const { batch, interval } = this.#settings
    const end = this.#entries.next
    try {
      // What arrives meanwhile waits for a full batch or the next interval, unless somebody waits for it.
      const isWanted = ([first]: readonly Entry<T>[]) =>
        first !== undefined && (first.number < end || first.number < this.#hurried) && !this.#isStopped
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
      if (!this.#isStopped) this.#listener.rested()
    }
  }

  /** The next items to write, at most `count`. */
  #waiting(count: number): readonly Entry<T>[] {
    return this.#entries.first(count, (entry) => !this.#aside.has(entry))
  }

  /** The next batch, but at least so many items if there are. */
  #batch(least: number): readonly Entry<T>[] {
    const { batch, weightOf } = this.#settings
    return lightest(this.#waiting(Math.max(batch, least)), least, weightOf)
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
    this.#listener.blamed(cause)
    const apart = this.#settings.named(this.#aside.suspects.length - before)
    const message = `a write failed ${failures} times in a row; written in parts, ${apart} set aside`
    this.#listener.report(new Error(message, { cause }))
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
    this.#aside.forget(entries)
    const isThere = entries.length - rejected.length - sizeOf(refusals) > repeated
    if (isThere) this.#failures = 0
    const others = isThere ? this.#aside.othersSucceeded() : []
    this.#entries.remove(entries)
    for (const refusal of others) this.#entries.remove(refusal.entries)
    if (!this.#isStopped) this.#listener.left({ entries, rejected, repeated, refusals, others })
    return isThere
  }

  /** Writes, and tells of a write that outlives the deadline. It stays the one in flight: given up, it would go on. */
  async #watched(items: readonly T[]): Promise<Written<R>> {
    const { deadline, named } = this.#settings
    const timer = setTimeout(() => {
      const slow = new Error(`a write of ${named(items.length)} takes longer than ${deadline} ms; waiting for it`)
      this.#listener.blamed(slow)
      this.#listener.report(slow)
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
    if (this.#isStopped) return
    const pause = pauseAfter(this.#failures)
    this.#listener.blamed(cause)
    const queued = this.#settings.named(this.#entries.size)
    this.#listener.report(new Error(`a write failed; ${queued} queued, next try in ${pause} ms`, { cause }))
    this.#alarm.set(pause)
    this.#listener.failed()
  }
}
