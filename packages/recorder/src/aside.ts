import type { Entry, Refusal } from './deliver.js'
import { pauseAside } from './pauses.js'

/** How often an entry fails alone, while others succeed, until it is refused. */
const FAILURES = 3
/** Most entries that are kept back: one for each failure. */
const WITNESSES = FAILURES
/** How much too early a suspect is tried at most, in milliseconds, so that it is tried with others. */
const SOON = 1_600

/** Longest that others wait for suspects, in milliseconds, but for the write in flight. */
const LONGEST = 1_000

interface Suspect {
  /** How often it failed alone, with a success of others after it. */
  failures: number
  /** It failed, and nothing succeeded or failed since. */
  isOpen: boolean
  cause: Error
  /** How often it was tried, and when it is next, on a clock that nobody sets: its own time, or those that come after it would put it off for ever. */
  tries: number
  at: number
}

/**
 * Entries that are not written with the others: suspects, which failed alone, and witnesses, which are kept back to tell a
 * bad entry from a database that is away.
 *
 * A failure of a suspect counts only when a write of another entry succeeds next. What was kept before proves nothing by
 * being written again: a full disk takes it. So a witness is an entry that was not written yet.
 */
export class Aside<T> {
  readonly #suspects = new Map<Entry<T>, Suspect>()
  #witnesses: Entry<T>[] = []

  get suspects(): readonly Entry<T>[] {
    return [...this.#suspects.keys()]
  }

  /** Milliseconds until the next suspect is to be tried, if there is one. */
  get wait(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { at } of this.#suspects.values()) next = Math.min(next, at)
    return Math.max(0, next - performance.now())
  }

  /** The suspects that are to be tried again now: with one those that are soon, as one witness serves them all. */
  get due(): readonly Entry<T>[] {
    const until = this.wait > 0 ? Number.NEGATIVE_INFINITY : performance.now() + SOON
    return this.suspects.filter((entry) => this.#suspects.get(entry)!.at <= until)
  }

  /** Those that are due, one after another, for a while if others wait: the rest come after the next batch. */
  *turns(othersWait: () => boolean): Generator<Entry<T>> {
    const since = performance.now()
    for (const entry of this.due) {
      if (performance.now() - since >= LONGEST && othersWait()) return
      // One that was tried before this one may have been written, and that may have refused this one.
      if (this.#suspects.has(entry)) yield entry
    }
  }

  /** A failure waits for what happens to another entry. */
  get isUndecided(): boolean {
    return [...this.#suspects.values()].some(({ isOpen }) => isOpen)
  }

  has(entry: Entry<T>): boolean {
    return this.#suspects.has(entry) || this.#witnesses.includes(entry)
  }

  /** How many more witnesses are of use. */
  get wanted(): number {
    return Math.max(0, WITNESSES - this.#witnesses.length)
  }

  /** Keeps entries back as witnesses, for as long as there are suspects. */
  keep(witnesses: readonly Entry<T>[]): void {
    this.#witnesses.push(...witnesses)
  }

  takeWitness(): Entry<T> | undefined {
    return this.#witnesses.shift()
  }

  /** Lets the witnesses go when nobody is suspected. */
  release(): void {
    if (this.#suspects.size === 0) this.#witnesses = []
  }

  /** Notes that an entry failed alone. */
  suspect(entry: Entry<T>, cause: Error): void {
    const { failures, tries } = this.#suspects.get(entry) ?? { failures: 0, tries: 0 }
    const at = performance.now() + pauseAside(tries)
    this.#suspects.set(entry, { failures, isOpen: true, cause, tries: tries + 1, at })
  }

  /** Notes that entries left the queue, whatever became of them. */
  forget(entries: readonly Entry<T>[]): void {
    for (const entry of entries) this.#suspects.delete(entry)
  }

  /** Notes that other entries were taken: what failed just before them failed by itself. Returns what is refused now. */
  othersSucceeded(): Refusal<T>[] {
    const refusals: Refusal<T>[] = []
    for (const [entry, suspect] of this.#suspects) {
      if (!suspect.isOpen) continue
      suspect.isOpen = false
      if (++suspect.failures < FAILURES) continue
      this.#suspects.delete(entry)
      refusals.push({ entries: [entry], cause: suspect.cause })
    }
    return refusals
  }

  /** Notes that other entries failed too: what failed just before them says nothing. */
  othersFailed(): void {
    for (const [entry, suspect] of this.#suspects) {
      suspect.isOpen = false
      if (suspect.failures === 0) this.#suspects.delete(entry)
    }
    this.release()
  }
}
