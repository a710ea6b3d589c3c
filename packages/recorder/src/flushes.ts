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

interface Awaited {
  /** In milliseconds. */
  deadline: number
  /** How many records before one did not get there yet. */
  missingBefore: (target: number) => number
  /** What they did not do, such as `acknowledged`. */
  done: string
  named: Counting
}

/** Those who wait for records to get somewhere, each until its own deadline. */
export class Flushes {
  readonly #awaited: Awaited
  readonly #open = new Set<Flush>()

  constructor(awaited: Awaited) {
    this.#awaited = awaited
  }

  get isAwaited(): boolean {
    return this.#open.size > 0
  }

  /**
   * Resolves when every record before number `target` is there. Its timer holds the process for them.
   *
   * @throws Error when one that it waited for was refused, or at the deadline; `cause` is the last failure, if any
   */
  wait(target: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#expire(flush), this.#awaited.deadline)
      const flush: Flush = { target, refused: 0, resolve, reject, timer }
      this.#open.add(flush)
    })
  }

  /** Notes why those who wait now wait longer. */
  blame(cause: Error): void {
    for (const flush of this.#open) flush.cause = cause
  }

  /** Ends those who wait now: what they wait for is not to be seen from here. */
  fail(cause: Error): void {
    for (const flush of this.#open) this.#end(flush).reject(cause)
  }

  /** Notes what was refused, and ends the flushes whose records are all there: `oldest` is the first one that is not. */
  arrived(oldest: number, refusals: readonly Refusal<unknown>[] = []): void {
    for (const flush of this.#open) {
      for (const { entries, cause } of refusals) {
        const awaited = entries.filter((entry) => entry.number < flush.target).length
        if (awaited === 0) continue
        flush.refused += awaited
        flush.cause = cause
      }
      if (oldest < flush.target) continue
      this.#end(flush)
      if (flush.refused === 0) flush.resolve()
      else flush.reject(new Error(`${this.#awaited.named(flush.refused)} refused and lost`, { cause: flush.cause }))
    }
  }

  #expire(flush: Flush): void {
    const { deadline, done, missingBefore, named } = this.#awaited
    const message = `${named(missingBefore(flush.target))} not ${done} within ${deadline} ms; kept in the queue`
    this.#end(flush).reject(new Error(message, { cause: flush.cause }))
  }

  #end(flush: Flush): Flush {
    this.#open.delete(flush)
    clearTimeout(flush.timer)
    return flush
  }
}
