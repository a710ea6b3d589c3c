interface Waiting<T, R> {
  item: T
  resolve(result: R): void
  reject(error: unknown): void
}

/**
 * Group commit: what is asked for while a piece of work is under way is done together in the next. A writer that must take
 * turns, such as one that appends to a chain, then pays for one turn and not for one each.
 */
export class Together<T, R> {
  private waiting: Waiting<T, R>[] = []
  private working = false

  /**
   * @param work resolves to one result for each item, in their order; where it rejects, each item is done by itself, so
   * that one cannot fail another
   * @param sizeOf what an item counts towards `most`, the size of one piece of work
   */
  constructor(
    private readonly work: (items: readonly T[]) => Promise<readonly R[]>,
    private readonly sizeOf: (item: T) => number,
    private readonly most: number,
  ) {}

  do(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject })
      if (!this.working) void this.workOff()
    })
  }

  private async workOff(): Promise<void> {
    this.working = true
    // What the same turn of the event loop asks for comes along.
    await Promise.resolve()
    while (this.waiting.length > 0) await this.settle(this.waiting.splice(0, this.nextCount()))
    this.working = false
  }

  private async settle(group: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.work(group.map(({ item }) => item))
      for (const [i, { resolve }] of group.entries()) resolve(results[i]!)
    } catch (error) {
      if (group.length === 1) group[0]!.reject(error)
      else for (const one of group) await this.settle([one])
    }
  }

  private nextCount(): number {
    let count = 0
    for (let size = 0; count < this.waiting.length; count++) {
      size += this.sizeOf(this.waiting[count]!.item)
      if (size > this.most && count > 0) break
    }
    return count
  }
}
