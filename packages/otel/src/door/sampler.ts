import type { SampleOptions } from './options.js'

/** What tells whether a span is kept. */
export interface Sampled {
  traceId: string
  spanId: string
  failed: boolean
  /** What says more than a record that it runs. */
  ended: boolean
}

/** Which of the spans that came are to be written. */
export interface Kept<T> {
  /** Those of the batch, in their order, and those that were held of traces that failed meanwhile. */
  items: T[]
  /** To be called once they are written: until then what was held is given again. */
  written(): void
}

interface Held<T> {
  item: T
  ended: boolean
  weight: number
}

/** Most characters of all that is held. */
const HEAVIEST = 64_000_000

/** The random part of a trace id (W3C Trace Context, level 2): its last 56 bits, of which these are the first 48. */
const [RANDOM_FROM, RANDOM_TO, RANDOM_MAX] = [18, 30, 2 ** 48]

/**
 * Keeps some traces whole, and all that fail. Spans of the others are held, in case their trace fails yet: in memory, and of a span the
 * last record. Of more than `hold` those of the trace that nobody told of for longest are let go.
 */
export class Sampler<T> {
  readonly #options: Required<SampleOptions>
  readonly #sampled: (item: T) => Sampled
  readonly #weightOf: (item: T) => number
  /** Of each trace that is not kept, by its id, the one told of last at the end. */
  readonly #held = new Map<string, Map<string, Held<T>>>()
  /** Traces that failed. As many as spans are held: what is told of them later is kept. */
  readonly #failed = new Map<string, true>()
  #size = 0
  #weight = 0
  #letGo = 0

  /** @param weightOf about how many characters it has */
  constructor(
    options: Required<SampleOptions>,
    sampled: (item: T) => Sampled,
    weightOf: (item: T) => number = () => 0,
  ) {
    this.#options = options
    this.#sampled = sampled
    this.#weightOf = weightOf
  }

  /** Spans that were let go so far, those of traces that were not picked. */
  get letGo(): number {
    return this.#letGo
  }

  /** Whether spans of this trace are kept as far as is known. */
  isKept(traceId: string, tenant = ''): boolean {
    return this.#isPicked(traceId) || this.#failed.has(`${tenant} ${traceId}`)
  }

  take(batch: readonly T[], tenant = ''): Kept<T> {
    const told = batch.map((item) => ({ item, ...this.#sampled(item) }))
    const freed = new Set<string>()
    for (const { traceId, failed } of told) {
      const key = `${tenant} ${traceId}`
      if (this.#isPicked(traceId)) continue
      if (failed) this.#note(key)
      // Also where an earlier batch failed that was not written.
      if (this.#failed.has(key)) freed.add(key)
    }
    const items: T[] = []
    for (const { item, traceId, spanId, ended } of told) {
      const key = `${tenant} ${traceId}`
      if (this.#isPicked(traceId) || this.#failed.has(key)) items.push(item)
      else this.#hold(key, spanId, { item, ended, weight: this.#weightOf(item) })
    }
    for (const key of freed) items.push(...[...(this.#held.get(key)?.values() ?? [])].map(({ item }) => item))
    this.#forget()
    return {
      items,
      written: () => {
        for (const key of freed) this.#free(key)
      },
    }
  }

  #isPicked(traceId: string): boolean {
    return Number.parseInt(traceId.slice(RANDOM_FROM, RANDOM_TO), 16) < this.#options.rate * RANDOM_MAX
  }

  #note(key: string): void {
    this.#failed.delete(key)
    this.#failed.set(key, true)
  }

  #hold(key: string, spanId: string, held: Held<T>): void {
    const ofTrace = this.#held.get(key) ?? new Map<string, Held<T>>()
    const before = ofTrace.get(spanId)
    // A start that comes late says less than the end.
    if (!before?.ended || held.ended) {
      this.#size += before === undefined ? 1 : 0
      this.#weight += held.weight - (before?.weight ?? 0)
      ofTrace.set(spanId, held)
    }
    this.#held.delete(key)
    this.#held.set(key, ofTrace)
  }

  #free(key: string): void {
    for (const { weight } of this.#held.get(key)?.values() ?? []) this.#weight -= weight
    this.#size -= this.#held.get(key)?.size ?? 0
    this.#held.delete(key)
  }

  #forget(): void {
    const { hold } = this.#options
    // What is being written is given again from here only where that fails.
    for (const [key, held] of this.#held) {
      if (this.#size <= hold && this.#weight <= HEAVIEST) break
      this.#letGo += held.size
      this.#free(key)
    }
    for (const key of this.#failed.keys()) {
      if (this.#failed.size <= Math.max(hold, 1_000)) break
      if (!this.#held.has(key)) this.#failed.delete(key)
    }
  }
}
