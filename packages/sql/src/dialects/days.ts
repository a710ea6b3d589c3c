import { dayOf } from '@freehold/contract'

/** Days after today that have a partition before their first row comes. */
const AHEAD = 3
/** Days before today that get one when a row comes: what is older is rare, and has the default partition. */
const BACK = 120
/** How long a day that could not be made is left to the default partition before it is tried again, in milliseconds. */
const RETRY_AFTER = 60_000
const DAY = 86_400_000

/** Sees to it that days have partitions, each asked for once, on demand and ahead of time. */
export class Days {
  private readonly made = new Map<string, Promise<void>>()

  constructor(private readonly make: (day: string) => Promise<void>) {}

  /** Resolves when the days around today among these have been tried. Never rejects. */
  async ensure(days: Iterable<string>): Promise<void> {
    const now = Date.now()
    const [oldest, latest] = [dayOf(now - BACK * DAY), dayOf(now + AHEAD * DAY)]
    const ahead = Array.from({ length: AHEAD + 1 }, (_, i) => dayOf(now + i * DAY))
    const told = [...days].filter((day) => oldest <= day && day < latest)
    const missing = [...new Set([...told, ...ahead])].sort()
    await Promise.all(missing.map((day) => this.made.get(day) ?? this.try(day)))
  }

  /** One after the other, because they change one table. */
  private try(day: string): Promise<void> {
    const before = Promise.all(this.made.values())
    const made = before.then(() => this.make(day)).catch(() => this.forgetLater(day))
    this.made.set(day, made)
    return made
  }

  /** A writer that may not change the schema, or meets another at it, is no worse off than before. */
  private forgetLater(day: string): void {
    setTimeout(() => this.made.delete(day), RETRY_AFTER).unref()
  }
}
