import { dayOf, type Timestamp } from '@freehold/contract'
import type { Failure } from './dialect.js'

/** Days after today that have a partition before their first row comes. */
const AHEAD = 3
/** Days before today that get one when a row comes: what is older is rare, and has the default partition. */
const BACK = 120
/** How long making days rests after what was in the way of one is in the way of all, in milliseconds. */
const RETRY_AFTER = 60_000
/** How long it rests where this user may not change the schema. */
const RETRY_WHEN_REFUSED = 3_600_000
/** Another process may make the days around one at the same time, and then it is to be made out of something else. */
const ATTEMPTS = 2
const DAY = 86_400_000

/** Sees to it that days have partitions, each asked for once, on demand and ahead of time. */
export class Days {
  /** By days since 1970. */
  private readonly made = new Map<number, Promise<void>>()
  private pausedUntil = Number.NEGATIVE_INFINITY

  constructor(
    private readonly make: (day: string) => Promise<void>,
    private readonly meaningOf: (error: unknown) => Failure,
  ) {}

  /** Resolves when the days of these times have been tried, as far as they are around today. Never rejects. */
  async ensure(times: readonly Timestamp[]): Promise<void> {
    const today = Math.floor(Date.now() / DAY)
    // Today and those ahead come first: most rows are theirs, and no row of theirs lies elsewhere yet.
    const days = new Set(Array.from({ length: AHEAD + 1 }, (_, i) => today + i))
    const others = times.map((time) => Math.floor(time / DAY)).sort((a, b) => a - b)
    for (const day of others) if (today - BACK <= day && day <= today + AHEAD) days.add(day)
    await Promise.all([...days].map((day) => this.made.get(day) ?? this.try(day)))
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
    for (let attempt = 1; attempt <= ATTEMPTS && performance.now() >= this.pausedUntil; attempt++)
      try {
        return await this.make(dayOf(day * DAY))
      } catch (error) {
        const failure = this.meaningOf(error)
        if (isInTheWayOfAll(failure))
          this.pausedUntil = performance.now() + (failure.refused ? RETRY_WHEN_REFUSED : RETRY_AFTER)
      }
    // What is the matter with this day alone will still be so in a minute: it keeps the default partition.
    if (performance.now() >= this.pausedUntil) return
    setTimeout(() => this.made.delete(day), RETRY_AFTER).unref()
  }
}

/** A lock that others hold, a right that is missing, a server that is away: a write waits for it once. */
function isInTheWayOfAll({ code }: Failure): boolean {
  return code === 'timeout' || code === 'unavailable'
}
