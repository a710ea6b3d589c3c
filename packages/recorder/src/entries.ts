import type { Entry } from './deliver.js'

/** What is in the queue, in the order in which it came. */
export class Entries<T> {
  #list: Entry<T>[] = []
  #next = 0

  get size(): number {
    return this.#list.length
  }

  /** Number of the next entry. */
  get next(): number {
    return this.#next
  }

  add(item: T): void {
    this.#list.push({ number: this.#next++, item })
  }

  /** The first `count` entries for which `isMeant` holds. */
  first(count: number, isMeant: (entry: Entry<T>) => boolean): readonly Entry<T>[] {
    const found: Entry<T>[] = []
    for (const entry of this.#list) {
      if (found.length >= count) break
      if (isMeant(entry)) found.push(entry)
    }
    return found
  }

  /** The newest `count` entries after number `after` for which `isMeant` holds. */
  newest(count: number, after: number, isMeant: (entry: Entry<T>) => boolean): readonly Entry<T>[] {
    const found: Entry<T>[] = []
    for (let i = this.#list.length - 1; i >= 0 && found.length < count && this.#list[i]!.number > after; i--) {
      if (isMeant(this.#list[i]!)) found.push(this.#list[i]!)
    }
    return found
  }

  /** Takes out entries, which are given in their order. */
  remove(entries: readonly Entry<T>[]): void {
    // The usual ones are the first ones.
    if (this.#list[entries.length - 1] === entries.at(-1)) {
      this.#list.splice(0, entries.length)
      return
    }
    const gone = new Set(entries)
    this.#list = this.#list.filter((entry) => !gone.has(entry))
  }
}
