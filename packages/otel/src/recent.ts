/**
 * What was told of lately, by key. Of more than `limit` in all, as each counts its own size, those that nobody told of for longest
 * are forgotten.
 */
export class Recent<V extends { readonly size: number }> {
  readonly #limit: number
  readonly #make: () => V
  /** The one told of last at the end. */
  readonly #all = new Map<string, V>()
  #size = 0

  constructor(limit: number, make: () => V) {
    this.#limit = limit
    this.#make = make
  }

  get(key: string): V | undefined {
    return this.#all.get(key)
  }

  /** Tells of one, which is made if it is not there. Nothing is forgotten before {@link forget}. */
  tell<T>(key: string, work: (value: V) => T): T {
    const value = this.#all.get(key) ?? this.#make()
    this.#all.delete(key)
    this.#all.set(key, value)
    this.#size -= value.size
    const result = work(value)
    this.#size += value.size
    return result
  }

  forget(): void {
    for (const [key, { size }] of this.#all) {
      if (this.#size <= this.#limit) return
      this.#all.delete(key)
      this.#size -= size
    }
  }
}
