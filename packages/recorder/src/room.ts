/** As long as a timer of Node.js takes. */
const LONGEST = 2 ** 31 - 1

/** Those who wait for room, first come, first served. */
export class Room {
  readonly #waiting: { take: () => void; refuse: (error: Error) => void }[] = []
  /** A process with nothing else to do would end while somebody waits. */
  #hold: NodeJS.Timeout | undefined

  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves when `take` was called, which happens when there is room. */
  wait(take: () => void): Promise<void> {
    this.#hold ??= setInterval(() => {}, LONGEST)
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        take: () => {
          take()
          resolve()
        },
        refuse: reject,
      })
    })
  }

  /** Serves as many as there is room for. */
  serve(isThere: () => boolean): void {
    while (this.#waiting.length > 0 && isThere()) this.#waiting.shift()!.take()
    this.#letGo()
  }

  refuse(error: Error): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(error)
    this.#letGo()
  }

  #letGo(): void {
    if (this.#waiting.length > 0) return
    clearInterval(this.#hold)
    this.#hold = undefined
  }
}
