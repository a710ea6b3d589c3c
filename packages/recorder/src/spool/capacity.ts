import { SpoolError } from './spool-error.js'

/** How many bytes a spool holds, and may. */
export class Capacity {
  readonly #limit: number
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  /** @throws SpoolError where that is too many */
  take(bytes: number): void {
    if (this.#used + bytes > this.#limit) {
      const message = `the spool holds ${this.#used} of ${this.#limit} bytes, and ${bytes} more do not fit`
      throw new SpoolError('full', `${message}; see why the database does not take them, or give a larger limit`)
    }
    this.#used += bytes
  }

  /** Bytes that are there, or are no more, whatever the limit is. */
  add(bytes: number): void {
    this.#used += bytes
  }
}
