import type { Refusal } from './deliver.js'
import { spansOf } from './warnings.js'

interface Flush {
  /** How many spans have left the queue when the last one that it waits for has. */
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
  readonly #open = new Set<Flush>()
  /** How many spans ever left the queue, whatever became of them. */
  #left = 0

  constructor(deadline: number) {
    this.#deadline = deadline
  }

  get left(): number {
    return this.#left
  }

  get areOpen(): boolean {
    return this.#open.size > 0
  }

  /**
   * Resolves when `target` spans have left the queue. Its timer holds the process for them.
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

  /** Notes that `count` more spans left, some of them refused, and ends the flushes whose spans have all left. */
  leave(count: number, refusals: readonly Refusal[]): void {
    this.#left += count
    for (const flush of this.#open) {
      for (const refusal of refusals) {
        if (refusal.from >= flush.target) continue
        flush.refused += refusal.items
        flush.cause = refusal.cause
      }
      if (this.#left < flush.target) continue
      this.#open.delete(flush)
      clearTimeout(flush.timer)
      if (flush.refused === 0) flush.resolve()
      else flush.reject(new Error(`${spansOf(flush.refused)} refused and lost`, { cause: flush.cause }))
    }
  }

  #expire(flush: Flush): void {
    this.#open.delete(flush)
    const missing = spansOf(flush.target - this.#left)
    const message = `${missing} not acknowledged within ${this.#deadline} ms; kept in the queue`
    flush.reject(new Error(message, { cause: flush.cause }))
  }
}
