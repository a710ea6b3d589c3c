import type { Anchor } from './anchors.js'
import type { KeptCheckpoint } from './format.js'

/** How long an anchor may take, in milliseconds. */
const PATIENCE = 30_000
/** How long it is let alone after it failed, from the first to the longest, in milliseconds. */
const [FIRST, LONGEST] = [1_000, 300_000]
/** Most checkpoints that wait for an anchor: a later one vouches for all before. */
const MOST = 1_000

/** What waits for one anchor, in order: one at a time, and again until it is there. */
export class Deliveries {
  private readonly waiting: KeptCheckpoint[] = []
  private failures = 0
  private timer: NodeJS.Timeout | undefined
  private running: Promise<void> | undefined
  anchored = 0
  failed = 0
  dropped = 0

  constructor(
    private readonly anchor: Anchor,
    private readonly onError: (error: unknown, kept: KeptCheckpoint) => void,
  ) {}

  get pending(): number {
    return this.waiting.length
  }

  add(kept: KeptCheckpoint): void {
    this.waiting.push(kept)
    if (this.waiting.length > MOST) {
      this.waiting.shift()
      this.dropped += 1
    }
    if (this.timer === undefined) void this.deliver()
  }

  /** Hands out what waits now, whatever failed before; resolves when that is done or fails again. */
  async flush(): Promise<void> {
    await this.running
    this.stop()
    await this.deliver()
  }

  /** No timer is left; what waits goes on waiting. */
  stop(): void {
    clearTimeout(this.timer)
    this.timer = undefined
  }

  private deliver(): Promise<void> {
    this.running ??= this.run().finally(() => {
      this.running = undefined
      // One that came when the last had just been handed out.
      if (this.waiting.length > 0 && this.timer === undefined) void this.deliver()
    })
    return this.running
  }

  private async run(): Promise<void> {
    for (let kept = this.waiting[0]; kept !== undefined; kept = this.waiting[0]) {
      try {
        await withinPatience(this.anchor, kept)
      } catch (error) {
        this.failed += 1
        this.wait()
        this.onError(error, kept)
        return
      }
      this.failures = 0
      this.anchored += 1
      // What overflowed meanwhile may have been this one.
      if (this.waiting[0] === kept) this.waiting.shift()
    }
  }

  private wait(): void {
    const longest = Math.min(LONGEST, FIRST * 2 ** this.failures)
    this.failures += 1
    this.timer = setTimeout(
      () => {
        this.timer = undefined
        void this.deliver()
      },
      longest * (0.5 + Math.random() / 2),
    )
    this.timer.unref()
  }
}

async function withinPatience(anchor: Anchor, kept: KeptCheckpoint): Promise<void> {
  const control = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = new Error(`the anchor did not answer within ${PATIENCE / 1000} seconds`)
      control.abort(error)
      reject(error)
    }, PATIENCE)
    timer.unref()
  })
  try {
    await Promise.race([anchor(kept, control.signal), late])
  } finally {
    clearTimeout(timer)
  }
}
