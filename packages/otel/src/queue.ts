export interface QueueOptions {
  /** Items per write; 500 unless told. */
  batch?: number
  /** Longest wait of an item before it is written, in milliseconds; 1,000 unless told. */
  interval?: number
  /** Most items held; 50,000 unless told. What comes on top is dropped, counted and reported. */
  limit?: number
  /** Longest time for one write, and for one flush, in milliseconds; 30,000 unless told. */
  deadline?: number
  /** Told of failed and refused writes and of dropped items. A process warning unless told. */
  onError?: (error: Error) => void
}

export interface QueueCounts {
  /** Waiting, or being written. */
  queued: number
  /** Acknowledged by the writer. */
  written: number
  /** Refused by the writer for good: a retry could not have helped. */
  refused: number
  /** Not taken, because the queue was full or closed. */
  dropped: number
}

/** Pauses after the first, second, third … failure in a row, in milliseconds; the last one from then on. */
const BACKOFF = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 30_000]

/**
 * A bounded queue in front of a writer, with one write in flight.
 *
 * - a failed write is kept and tried again, for as long as it takes; a write that outlives the deadline has failed
 * - a write that is refused for good (`error.retryable === false`) is tried in halves, so that one bad item costs one item
 * - because a write may be repeated, the writer must be idempotent
 */
export class WriteQueue<T> {
  readonly #write: (items: readonly T[]) => Promise<unknown>
  readonly #batch: number
  readonly #interval: number
  readonly #limit: number
  readonly #deadline: number
  readonly #onError: (error: Error) => void
  #items: T[] = []
  /** How many items ever left the queue, acknowledged or refused. */
  #left = 0
  #counts = { written: 0, refused: 0, dropped: 0 }
  #unreported = 0
  #failures = 0
  #closed = false
  #running = false
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY
  #flushes = new Set<Flush>()

  constructor(write: (items: readonly T[]) => Promise<unknown>, options: QueueOptions = {}) {
    this.#write = write
    this.#batch = options.batch ?? 500
    this.#interval = options.interval ?? 1_000
    this.#limit = options.limit ?? 50_000
    this.#deadline = options.deadline ?? 30_000
    this.#onError = options.onError ?? ((error) => process.emitWarning(error))
  }

  get counts(): QueueCounts {
    return { queued: this.#items.length, ...this.#counts }
  }

  /** Takes an item, or drops it. Does nothing else on the caller's time. */
  push(item: T): void {
    if (this.#closed || this.#items.length >= this.#limit) {
      this.#counts.dropped++
      this.#unreported++
      if (this.#closed && !this.#running) this.#wake(this.#interval)
      return
    }
    this.#items.push(item)
    if (!this.#running && this.#failures === 0) this.#wake(this.#items.length >= this.#batch ? 0 : this.#interval)
  }

  /**
   * Resolves when everything that was taken before the call is acknowledged. Tries at once, even in a pause after failures.
   *
   * @throws Error when something was refused, or not acknowledged by the deadline (`cause` is the last failure); what was
   * not acknowledged stays queued.
   */
  flush(): Promise<void> {
    this.#reportDropped()
    if (this.#items.length === 0) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const flush: Flush = { target: this.#left + this.#items.length, refused: 0, resolve, reject, timer: undefined }
      flush.timer = setTimeout(() => this.#expire(flush), this.#deadline)
      this.#flushes.add(flush)
      if (!this.#running) this.#wake(0)
    })
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

  async #run(): Promise<void> {
    this.#running = true
    const target = this.#left + this.#items.length
    try {
      // What arrives meanwhile waits for a full batch or the next interval, unless a flush waits for it.
      while (this.#left < target || this.#items.length >= this.#batch || this.#isAwaited()) await this.#writeNext()
      if (this.#items.length > 0) this.#wake(this.#interval)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#running = false
      this.#reportDropped()
    }
  }

  #isAwaited(): boolean {
    return this.#flushes.size > 0 && this.#items.length > 0
  }

  async #writeNext(): Promise<void> {
    const batch = this.#items.slice(0, this.#batch)
    const refusals: Refusal[] = []
    await this.#deliver(batch, this.#left, refusals)
    const refused = refusals.reduce((sum, refusal) => sum + refusal.items, 0)
    this.#failures = 0
    this.#items.splice(0, batch.length)
    this.#left += batch.length
    this.#counts.written += batch.length - refused
    this.#counts.refused += refused
    if (refused > 0) {
      this.#report(new Error(`${refused} of ${batch.length} items were refused`, { cause: refusals[0]!.cause }))
    }
    this.#settle(refusals)
  }

  /** Writes `items`, of which the first is number `from`, and notes what was refused. */
  async #deliver(items: readonly T[], from: number, refusals: Refusal[]): Promise<void> {
    try {
      await this.#withDeadline(this.#write(items))
    } catch (error) {
      if (!isFinal(error)) throw error
      if (items.length === 1 || !isAboutItems(error)) {
        refusals.push({ from, items: items.length, cause: error })
        return
      }
      const middle = items.length >> 1
      await this.#deliver(items.slice(0, middle), from, refusals)
      await this.#deliver(items.slice(middle), from + middle, refusals)
    }
  }

  #withDeadline(write: Promise<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined
    const expired = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the write took longer than ${this.#deadline} ms`)), this.#deadline)
      timer.unref()
    })
    return Promise.race([write, expired]).finally(() => clearTimeout(timer))
  }

  #failed(error: unknown): void {
    this.#failures++
    const pause = BACKOFF[Math.min(this.#failures, BACKOFF.length) - 1]!
    const cause = error instanceof Error ? error : new Error(String(error))
    for (const flush of this.#flushes) flush.cause = cause
    this.#report(new Error(`a write of ${this.#items.length} queued items failed; next try in ${pause} ms`, { cause }))
    this.#wake(pause)
  }

  /** Ends the flushes whose items have all left the queue. */
  #settle(refusals: readonly Refusal[]): void {
    for (const flush of this.#flushes) {
      for (const refusal of refusals) {
        if (refusal.from >= flush.target) continue
        flush.refused += refusal.items
        flush.cause = refusal.cause
      }
      if (this.#left < flush.target) continue
      this.#flushes.delete(flush)
      clearTimeout(flush.timer)
      if (flush.refused === 0) flush.resolve()
      else flush.reject(new Error(`${flush.refused} items were refused and are lost`, { cause: flush.cause }))
    }
  }

  #expire(flush: Flush): void {
    this.#flushes.delete(flush)
    const open = flush.target - this.#left
    const message = `${open} items were not acknowledged within ${this.#deadline} ms; they stay queued`
    flush.reject(new Error(message, { cause: flush.cause }))
  }

  #reportDropped(): void {
    if (this.#unreported === 0) return
    const why = this.#closed ? 'the queue is closed' : `the queue of ${this.#limit} is full`
    this.#report(new Error(`${this.#unreported} items were dropped: ${why}`))
    this.#unreported = 0
  }

  /** A listener that throws must not stop the queue. */
  #report(error: Error): void {
    try {
      this.#onError(error)
    } catch (thrown) {
      process.emitWarning(thrown instanceof Error ? thrown : String(thrown))
    }
  }
}

/** Items in a row that were refused for good; `from` counts like `#left`. */
interface Refusal {
  from: number
  items: number
  cause: Error
}

interface Flush {
  /** Value of `#left` when the last of its items has left. */
  target: number
  refused: number
  cause?: Error
  resolve: () => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout | undefined
}

function isFinal(error: unknown): error is Error {
  return error instanceof Error && (error as { retryable?: unknown }).retryable === false
}

/** Other refusals (a closed store, an old schema) hit every item alike: halves would fare no better. */
function isAboutItems(error: Error): boolean {
  const { code } = error as { code?: unknown }
  return code === 'invalid' || code === 'internal'
}
