/** Whether a write fails, for whoever wants to know at once. */
export class Trouble {
  #tell: (() => void) | undefined

  /** Resolves at the next failure, or after so many milliseconds; it does not hold the process. */
  within(time: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time).unref()
      this.#tell = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** A write failed. */
  happened(): void {
    this.#tell?.()
  }
}
