import { deliver, type Refusal, type Write } from './deliver.js'
import { Flushes } from './flushes.js'
import { type QueueOptions, settingsOf } from './queue-options.js'
import { spansOf, tell } from './warnings.js'

export interface QueueCounts {
  /** Waiting, or being written. */
  queued: number
  /** Acknowledged by the writer, and kept. */
  written: number
  /** Rejected by the writer one by one, in a batch that it took. */
  rejected: number
  /** Lost with a write that was refused for good: a retry could not have helped. */
  refused: number
  /** Not taken, because the queue was full or closed. */
  dropped: number
}

/** Pauses after the first, second, third … failure in a row, in milliseconds; the last one from then on. */
const BACKOFF = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 30_000]

/**
 * A bounded queue in front of a writer, with never more than one write in flight, however long it takes.
 *
 * - a failed write is kept and tried again, for as long as it takes
 * - a write that is refused for good costs only what is bad in it (see {@link deliver})
 * - because a write may be repeated, the writer must be idempotent
 */
export class WriteQueue<T> {
  readonly #write: Write<T>
  readonly #settings: Required<QueueOptions>
  readonly #flushes: Flushes
  #items: T[] = []
  #counts = { written: 0, rejected: 0, refused: 0, dropped: 0 }
  #unreported = 0
  #failures = 0
  #closed = false
  #running = false
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(write: Write<T>, options: QueueOptions = {}) {
    this.#write = write
    this.#settings = settingsOf(options)
    this.#flushes = new Flushes(this.#settings.deadline)
  }

  get counts(): QueueCounts {
    return { queued: this.#items.length, ...this.#counts }
  }

  /** Takes an item, or drops it. Does nothing else on the caller's time. */
  push(item: T): void {
    const { batch, interval, limit } = this.#settings
    if (this.#closed || this.#items.length >= limit) {
      this.#counts.dropped++
      this.#unreported++
      if (this.#closed && !this.#running) this.#wake(interval)
      return
    }
    this.#items.push(item)
    if (!this.#running && this.#failures === 0) this.#wake(this.#items.length >= batch ? 0 : interval)
  }

  /**
   * Resolves when everything that was taken before the call has left the queue: written, or rejected one by one. Tries at
   * once, even in a pause after failures.
   *
   * @throws Error when something was refused, or not acknowledged by the deadline (`cause` is the last failure, if any);
   * what was not acknowledged stays queued, and a write in flight goes on.
   */
  flush(): Promise<void> {
    this.#reportDropped()
    if (this.#items.length === 0) return Promise.resolve()
    const flushed = this.#flushes.wait(this.#flushes.left + this.#items.length)
    if (!this.#running) this.#wake(0)
    return flushed
  }

  /** Takes nothing more, and flushes. May be called again when it throws. */
  close(): Promise<void> {
    this.#closed = true
    return this.flush()
  }

  /** Sees to it that the queue runs within `wait` milliseconds. */
  #wake(wait: number): void {
    const due = Date.now() + wait
    if (this.#timer !== undefined && this.#due <= due) return
    clearTimeout(this.#timer)
    this.#due = due
    // A process with nothing else to do ends; the timer of a flush is what holds it for its last items.
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#due = Number.POSITIVE_INFINITY
      if (!this.#running) void this.#run()
    }, wait).unref()
  }

  /** Writes what is there now. A run has an end even under load, and what was lost in it is reported once, then. */
  async #run(): Promise<void> {
    this.#running = true
    const { batch, interval } = this.#settings
    const target = this.#flushes.left + this.#items.length
    const refusals: Refusal[] = []
    try {
      // What arrives meanwhile waits for a full batch or the next interval, unless a flush waits for it.
      while (this.#flushes.left < target || this.#isAwaited()) refusals.push(...(await this.#writeNext()))
      if (this.#items.length > 0) this.#wake(this.#items.length >= batch ? 0 : interval)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
      this.#reportRefused(refusals)
      this.#reportDropped()
    }
  }

  #isAwaited(): boolean {
    return this.#flushes.areOpen && this.#items.length > 0
  }

  async #writeNext(): Promise<readonly Refusal[]> {
    const batch = this.#items.slice(0, this.#settings.batch)
    const { rejected, refusals } = await deliver((items) => this.#watched(items), batch, this.#flushes.left)
    const refused = sizeOf(refusals)
    this.#failures = 0
    this.#items.splice(0, batch.length)
    this.#counts.written += batch.length - rejected - refused
    this.#counts.rejected += rejected
    this.#counts.refused += refused
    this.#flushes.leave(batch.length, refusals)
    return refusals
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
    } finally {
      clearTimeout(timer)
    }
  }

  #failed(error: unknown): void {
    this.#failures++
    const pause = BACKOFF[Math.min(this.#failures, BACKOFF.length) - 1]!
    const cause = error instanceof Error ? error : new Error(String(error))
    this.#flushes.blame(cause)
    const queued = spansOf(this.#items.length)
    this.#report(new Error(`a write failed; ${queued} queued, next try in ${pause} ms`, { cause }))
    this.#wake(pause)
  }

  #reportRefused(refusals: readonly Refusal[]): void {
    if (refusals.length === 0) return
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

function sizeOf(refusals: readonly Refusal[]): number {
  return refusals.reduce((sum, refusal) => sum + refusal.items, 0)
}
