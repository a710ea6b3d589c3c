/** Rings at the earliest of the times that it was set to, though the clock is set meanwhile. It does not hold the process. */
export class Alarm {
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY

  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** Sees to it that it rings within `wait` milliseconds. */
  set(wait: number): void {
    const due = performance.now() + wait
    if (this.#timer !== undefined && this.#due <= due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#ring()
    }, wait).unref()
  }
}
