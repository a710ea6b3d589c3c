import { StoreError } from '../errors.js'

/** How long those who wait bear that nothing comes of what is under way, in milliseconds. */
const PATIENCE = 30_000

interface Waiting {
  since: number
  start(): void
  refuse(error: StoreError): void
}

export interface TurnsOptions {
  /** How many pieces of work are under way at once. */
  most: number
  /** What those who wait are told when nothing came of these for too long: it ends with the remedy. */
  stuck: (seconds: number) => string
  /** True of a failure that shows that the database answers. One that took long and tells nothing is no progress. */
  answered: (error: unknown) => boolean
  patience?: number
}

/**
 * A line in front of a pool: whoever asks first has a connection first, and waits for it as long as the database makes
 * progress, however many are before him. Only where nothing comes of what is under way is he told that it is stuck.
 */
export class Turns {
  private readonly line = new Set<Waiting>()
  private readonly patience: number
  private underWay = 0
  private progressAt = Number.NEGATIVE_INFINITY
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly options: TurnsOptions) {
    this.patience = options.patience ?? PATIENCE
  }

  /** @throws StoreError `timeout` when it is stuck before the turn of `work` has come. */
  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.underWay < this.options.most) this.underWay += 1
    else await this.wait()
    try {
      const done = await work()
      this.progressAt = performance.now()
      return done
    } catch (error) {
      if (this.options.answered(error)) this.progressAt = performance.now()
      throw error
    } finally {
      this.pass()
    }
  }

  private wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.line.add({ since: performance.now(), start: resolve, refuse: reject })
      if (this.line.size === 1) this.watch()
    })
  }

  /** The place goes to the next without becoming free, so that nobody who comes meanwhile takes it. */
  private pass(): void {
    const [next] = this.line
    if (next === undefined) {
      this.underWay -= 1
      return
    }
    this.line.delete(next)
    if (this.line.size === 0) clearTimeout(this.timer)
    next.start()
  }

  /** Looks again when the first in the line will have waited for too long. */
  private watch(): void {
    const [first] = this.line
    if (first === undefined) return
    this.timer = setTimeout(() => {
      this.refuseStuck()
      this.watch()
    }, this.endOf(first) - performance.now())
  }

  private refuseStuck(): void {
    const now = performance.now()
    for (const waiting of this.line) {
      if (this.endOf(waiting) > now) return
      this.line.delete(waiting)
      waiting.refuse(new StoreError('timeout', this.options.stuck(this.patience / 1000)))
    }
  }

  private endOf({ since }: Waiting): number {
    return Math.max(since, this.progressAt) + this.patience
  }
}
