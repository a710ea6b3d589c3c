import { dayOf, type Timestamp } from '@freehold/contract'

/** Days after today that have a partition before their first row comes. */
const AHEAD = 3
/** Days before today that get one when a row comes: what is older is rare, and has the default partition. */
const BACK = 120
/** How long a day that could not be made is left to the default partition before it is tried again, in milliseconds. */
const RETRY_AFTER = 60_000
const DAY = 86_400_000

/** Sees to it that days have partitions, each asked for once, on demand and ahead of time. */
export class Days {
  /** By days since 1970. */
  private readonly made = new Map<number, Promise<void>>()
  private pausedUntil = 0

  constructor(private readonly make: (day: string) => Promise<void>) {}

  /** Resolves when the days of these times have been tried, as far as they are around today. Never rejects. */
  async ensure(times: readonly Timestamp[]): Promise<void> {
    const today = Math.floor(Date.now() / DAY)
    const days = new Set(Array.from({ length: AHEAD + 1 }, (_, i) => today + i))
    for (const time of times) {
      const day = Math.floor(time / DAY)
      if (today - BACK <= day && day <= today + AHEAD) days.add(day)
    }
    await Promise.all([...days].sort((a, b) => a - b).map((day) => this.made.get(day) ?? this.try(day)))
  }

  /** One after the other, because they change one table. */
  private try(day: number): Promise<void> {
    const before = Promise.all(this.made.values())
    const made = before.then(() => this.makeUnlessPaused(day))
    this.made.set(day, made)
    return made
  }

  /** A writer that may not change the schema, or meets another at it, is no worse off than before. */
  private async makeUnlessPaused(day: number): Promise<void> {
    try {
      if (Date.now() >= this.pausedUntil) return await this.make(dayOf(day * DAY))
    } catch {
      // What was in the way of one day is in the way of the next, too: a write waits for it once.
      this.pausedUntil = Date.now() + RETRY_AFTER
    }
    setTimeout(() => this.made.delete(day), RETRY_AFTER).unref()
  }
}
