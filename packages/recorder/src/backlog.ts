import { lightest } from './batches.js'
import type { Held } from './held.js'

/** What is to be put on the disk, in order. What is in the queue as well comes first. */
export class Backlog<T> {
  /** Puts into the queue. */
  readonly #add: (held: Held<T>) => void
  #list: Held<T>[] = []
  #waiting = 0

  constructor(add: (held: Held<T>) => void) {
    this.#add = add
  }

  get size(): number {
    return this.#list.length
  }

  /** How many are only here. */
  get waiting(): number {
    return this.#waiting
  }

  get items(): readonly Held<T>[] {
    return this.#list
  }

  /** Begins with what is in the queue. */
  begin(queued: readonly Held<T>[]): void {
    this.#list = [...queued]
    this.#waiting = 0
  }

  push(held: Held<T>): void {
    this.#list.push(held)
    this.#waiting++
  }

  /** The next ones, at most `count`, fewer where they are heavy; none that left meanwhile. */
  next(count: number, weightOf: (item: T) => number): readonly Held<T>[] {
    this.prune()
    return lightest(this.#list.slice(0, count), 1, weightOf)
  }

  /** Lets go of what has left through the queue. */
  prune(): void {
    this.#list = this.#list.filter(({ hasLeft }) => !hasLeft)
  }

  /** These need not be put on the disk any more. */
  remove(held: readonly Held<T>[]): void {
    const gone = new Set(held)
    this.#list = this.#list.filter((each) => !gone.has(each))
  }

  /** Gives the queue what is only here. */
  give(held: readonly Held<T>[]): void {
    for (const each of held) {
      if (each.isQueued) continue
      this.#waiting--
      this.#add(each)
    }
  }

  giveAll(): void {
    this.give(this.#list)
  }

  /** These are on the disk, and not here any more. */
  leave(held: readonly Held<T>[]): void {
    for (const { isQueued } of held) if (!isQueued) this.#waiting--
  }
}
