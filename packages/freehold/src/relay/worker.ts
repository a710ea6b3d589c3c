import {
  type ApprovalRelay,
  type Delivery,
  isClosedError,
  newId,
  type RelayStart,
  type Settlement,
  SURE_FOR,
} from '@freehold/contract'
import { tell } from '@freehold/recorder'

/** What a worker does with what it took: told whole, in part, or not at all. */
export type Deliver = (deliveries: readonly Delivery[], time: Time) => Promise<readonly Settlement[]>

/** How long there is for it. */
export interface Time {
  /** After that another worker may have the consumer, by `performance.now()`. */
  until: number
  /** Nothing more is to be begun. */
  signal: AbortSignal
}

export interface WorkerOptions {
  consumer: string
  from: RelayStart | undefined
  deliver: Deliver
  /** Longest time between two looks, in milliseconds. */
  interval: number
  onError(error: unknown): void
}

/** Most approvals that are taken at once, each with its arguments. */
const TAKE = 20
/** How long a worker waits while another one has its consumer, and at most while the database fails, in milliseconds. */
const [BESIDE, LONGEST] = [5_000, 30_000]

/** Takes what one consumer was not told of, hands it on, and writes down what became of it, until it is closed. */
export class RelayWorker {
  private readonly holder = newId()
  private readonly stopping = new AbortController()
  /** Resolves when the consumer is known, or the worker is closed. */
  readonly ready: Promise<void>
  private readonly done: Promise<void>
  private known: () => void = () => {}
  private wake: (() => void) | undefined
  private failures = 0
  private swept = Number.NEGATIVE_INFINITY

  constructor(
    private readonly relay: ApprovalRelay,
    private readonly options: WorkerOptions,
  ) {
    this.ready = new Promise((resolve) => {
      this.known = resolve
    })
    this.done = this.run().finally(() => this.known())
  }

  /** Waits for what is on its way, and lets another worker go on. What was not told stays to be told. */
  async close(): Promise<void> {
    this.stopping.abort(new Error('the relay is closed'))
    this.wake?.()
    await this.done
  }

  private async run(): Promise<void> {
    const { consumer, from } = this.options
    let isKnown = false
    while (!this.stopping.signal.aborted) {
      try {
        if (!isKnown) await this.relay.register(consumer, from === undefined ? {} : { from })
        isKnown = true
        this.known()
        await this.pause(await this.step())
        this.failures = 0
      } catch (error) {
        tell(this.options.onError, error)
        // Anything else may be mended meanwhile.
        if (isClosedError(error)) return
        this.failures += 1
        await this.pause(Math.min(LONGEST, this.options.interval * 2 ** this.failures))
      }
    }
    await this.relay.release(consumer, this.holder).catch((error) => tell(this.options.onError, error))
  }

  /** @returns how long to wait before the next */
  private async step(): Promise<number> {
    const { consumer, deliver, interval } = this.options
    // What comes by time alone has no event until somebody sweeps: before the time of a taking runs.
    let swept = 0
    if (performance.now() - this.swept >= interval) {
      swept = await this.relay.sweep()
      this.swept = performance.now()
    }
    const begun = performance.now()
    const deliveries = await this.relay.take(consumer, this.holder, { limit: TAKE })
    if (deliveries === null) return BESIDE
    if (deliveries.length > 0) {
      const settlements = await deliver(deliveries, { until: begun + SURE_FOR, signal: this.stopping.signal })
      if (settlements.length > 0) await this.relay.settle(consumer, settlements)
    }
    return deliveries.length + swept > 0 ? 0 : interval
  }

  /** With jitter, so that processes do not come all at once. */
  private async pause(time: number): Promise<void> {
    if (time === 0 || this.stopping.signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, time * (0.5 + Math.random()))
      timer.unref()
      this.wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.wake = undefined
  }
}
