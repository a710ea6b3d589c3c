/** Those who wait for room, first come, first served. */
export class Room {
  readonly #waiting: { take: () => void; refuse: (error: Error) => void }[] = []

  get isAwaited(): boolean {
    return this.#waiting.length > 0
  }

  /** Resolves when `take` was called, which happens when there is room. */
  wait(take: () => void): Promise<void> {
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
  }

  refuse(error: Error): void {
    for (const { refuse } of this.#waiting.splice(0)) refuse(error)
  }
}
