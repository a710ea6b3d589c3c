import type { Refusal } from './deliver.js'
import type { Counting } from './warnings.js'

interface Flush {
  /** Number of the first record that it does not wait for. */
  target: number
  refused: number
  cause?: Error
  resolve: () => void
  reject: (error: Error) => void
  timer: NodeJS.Timeout
}

/** Those who wait for the queue, each until its own deadline. */
export class Flushes {
  readonly #deadline: number
  /** How many records before one are in the queue. */
  readonly #queuedBefore: (target: number) => number
  readonly #named: Counting
  readonly #open = new Set<Flush>()

  constructor(deadline: number, queuedBefore: (target: number) => number, named: Counting) {
    this.#deadline = deadline
    this.#queuedBefore = queuedBefore
    this.#named = named
  }

  /** Whether somebody waits for the record of this number. */
  isAwaited(number: number): boolean {
    return [...this.#open].some(({ target }) => number < target)
  }

  /**
   * Resolves when every record before number `target` has left the queue. Its timer holds the process for them.
   *
   * @throws Error when one that it waited for was refused, or at the deadline; `cause` is the last failure, if any
   */
  wait(target: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(flush), this.#deadline)
      const flush: Flush = { target, refused: 0, resolve, reject, timer }
      this.#open.add(flush)
    })
  }

  /** Notes why those who wait now wait longer. */
  blame(cause: Error): void {
    for (const flush of this.#open) flush.cause = cause
  }

  /** Notes what was refused, and ends the flushes whose records have all left: `oldest` is the first one that is queued. */
  leave(refusals: readonly Refusal<unknown>[], oldest: number): void {
    for (const flush of this.#open) {
      for (const { entries, cause } of refusals) {
        const awaited = entries.filter((entry) => entry.number < flush.target).length
        if (awaited === 0) continue
        flush.refused += awaited
        flush.cause = cause
      }
      if (oldest < flush.target) continue
      this.#open.delete(flush)
      clearTimeout(flush.timer)
      if (flush.refused === 0) flush.resolve()
      else flush.reject(new Error(`${this.#named(flush.refused)} refused and lost`, { cause: flush.cause }))
    }
  }

  #expire(flush: Flush): void {
    this.#open.delete(flush)
    const missing = this.#named(this.#queuedBefore(flush.target))
    const message = `${missing} not acknowledged within ${this.#deadline} ms; kept in the queue`
    flush.reject(new Error(message, { cause: flush.cause }))
  }
}
