import { Alarm } from './alarm.js'
import type { Refusal } from './deliver.js'
import type { Counting } from './warnings.js'

/** Longest that a loss goes untold, in milliseconds: a write may hang, and a run under load goes on for long. */
const LONGEST = 10_000

/** What was lost and not told yet. Told together: many are lost at a time. */
export class Losses {
  readonly #report: (error: Error) => void
  readonly #named: Counting
  readonly #alarm = new Alarm(() => this.tell())
  #refusals: Refusal<unknown>[] = []
  #dropped = 0
  #why = ''

  constructor(report: (error: Error) => void, named: Counting) {
    this.#report = report
    this.#named = named
  }

  refused(refusals: readonly Refusal<unknown>[]): void {
    if (refusals.length === 0) return
    this.#refusals.push(...refusals)
    this.#alarm.set(LONGEST)
  }

  /** One that the queue did not take; told within `wait` milliseconds. */
  dropped(why: string, wait = LONGEST): void {
    this.#dropped++
    this.#why = why
    this.#alarm.set(wait)
  }

  tell(): void {
    const [refusals, dropped] = [this.#refusals, this.#dropped]
    this.#refusals = []
    this.#dropped = 0
    if (refusals.length > 0) {
      this.#report(new Error(`${this.#named(sizeOf(refusals))} refused and lost`, { cause: refusals[0]!.cause }))
    }
    if (dropped > 0) this.#report(new Error(`${this.#named(dropped)} dropped: ${this.#why}`))
  }
}

export function sizeOf(refusals: readonly Refusal<unknown>[]): number {
  return refusals.reduce((sum, refusal) => sum + refusal.entries.length, 0)
}
