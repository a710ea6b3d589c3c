/** Numbers that are done, in about their order: those below the mark are, and some above it. */
export class Watermark {
  readonly #above = new Set<number>()
  #oldest: number
  readonly #moved: (oldest: number) => void

  constructor(oldest = 0, moved: (oldest: number) => void = () => {}) {
    this.#oldest = oldest
    this.#moved = moved
  }

  /** The first number that is not done. */
  get oldest(): number {
    return this.#oldest
  }

  isDone(number: number): boolean {
    return number < this.#oldest || this.#above.has(number)
  }

  /** How many that come before number `end` are not done. */
  missingBefore(end: number): number {
    let missing = Math.max(0, end - this.#oldest)
    for (const number of this.#above) if (number < end) missing--
    return missing
  }

  /** Gives the number back. */
  done(number: number): number {
    if (number > this.#oldest) this.#above.add(number)
    if (number === this.#oldest) {
      this.#oldest++
      while (this.#above.delete(this.#oldest)) this.#oldest++
      this.#moved(this.#oldest)
    }
    return number
  }

  /** All from number `from` on that come before number `end`. */
  allDone(from: number, end: number): void {
    for (let number = Math.max(from, this.#oldest); number < end; number++) this.done(number)
  }
}
