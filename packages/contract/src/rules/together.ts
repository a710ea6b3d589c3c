interface Waiting<T, R> {
  item: T
  resolve(result: R): void
  reject(error: unknown): void
}

export interface TogetherOptions<T, R> {
  /**
   * Resolves to one result for each item, in their order. Where it rejects for a cause that may lie in one of them, each
   * item is done by itself, so that one cannot fail another.
   */
  work(items: readonly T[]): Promise<readonly R[]>
  /** True of an error that no item brought about, such as a database that cannot be reached: it is every item's. */
  ofAll(error: unknown): boolean
  /** The share of one piece of work that an item takes; more than 1 for an item that is to go by itself. */
  share(item: T): number
}

/**
 * Group commit: what is asked for while a piece of work is under way is done together in the next. A writer that must take
 * turns, such as one that appends to a chain, then pays for one turn and not for one each.
 */
export class Together<T, R> {
  private waiting: Waiting<T, R>[] = []
  private working = false

  constructor(private readonly options: TogetherOptions<T, R>) {}

  do(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject })
      if (!this.working) void this.workOff()
    })
  }

  /** Whether an item that waits for the next piece of work answers to this. */
  waits(where: (item: T) => boolean): boolean {
    return this.waiting.some(({ item }) => where(item))
  }

  private async workOff(): Promise<void> {
    this.working = true
    // What the same turn of the event loop asks for comes along.
    await Promise.resolve()
    try {
      while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, this.nextCount()))
    } finally {
      this.working = false
    }
  }

  private async settle(group: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.options.work(group.map(({ item }) => item))
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!)
    } catch (error) {
      if (group.length > 1 && !this.options.ofAll(error)) await this.settleEach(group)
      else for (const { reject } of group) reject(error)
    }
  }

  private async settleEach(group: readonly Waiting<T, R>[]): Promise<void> {
    for (const [i, { item, resolve, reject }] of group.entries()) {
      try {
        resolve((await this.options.work([item]))[0]!)
      } catch (error) {
        reject(error)
        if (!this.options.ofAll(error)) continue
        for (const rest of group.slice(i + 1)) rest.reject(error)
        return
      }
    }
  }

  private nextCount(): number {
    let count = 0
    for (let room = 1; count < this.waiting.length; count++) {
      room -= this.options.share(this.waiting[count]!.item)
      if (room < 0 && count > 0) break
    }
    return count
  }
}
