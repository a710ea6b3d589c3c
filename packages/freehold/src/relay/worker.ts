import {
  type ApprovalRelay,
  type Delivery,
  newId,
  type RelayStart,
  type Settlement,
  StoreError,
} from '@freehold/contract'

/** What a worker does with what it took: told whole, in part, or not at all. */
export type Deliver = (deliveries: readonly Delivery[], signal: AbortSignal) => Promise<readonly Settlement[]>

export interface WorkerOptions {
  consumer: string
  from: RelayStart
  deliver: Deliver
  /** Longest time between two looks, in milliseconds. */
  interval: number
  onError(error: unknown): void
}

/** Most approvals that are taken at once. */
const TAKE = 100
/** How long a worker waits while another one has its consumer, and at most while the database fails, in milliseconds. */
const [BESIDE, LONGEST] = [5_000, 30_000]

/** Takes what one consumer was not told of, hands it on, and writes down what became of it, until it is closed. */
export class RelayWorker {
  private readonly holder = newId()
  private readonly stopping = new AbortController()
  private readonly done: Promise<void>
  private wake: (() => void) | undefined
  private failures = 0

  constructor(
    private readonly relay: ApprovalRelay,
    private readonly options: WorkerOptions,
  ) {
    this.done = this.run()
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
        if (!isKnown) await this.relay.register(consumer, { from })
        isKnown = true
        await this.pause(await this.step())
        this.failures = 0
      } catch (error) {
        this.options.onError(error)
        if (StoreError.is(error) && !error.retryable && error.code === 'unavailable') return
        this.failures += 1
        await this.pause(Math.min(LONGEST, this.options.interval * 2 ** this.failures))
      }
    }
    await this.relay.release(consumer, this.holder).catch(this.options.onError)
  }

  /** @returns how long to wait before the next */
  private async step(): Promise<number> {
    const { consumer, deliver, interval } = this.options
    const deliveries = await this.relay.take(consumer, this.holder, { limit: TAKE })
    if (deliveries === null) return BESIDE
    // What comes by time alone has no event until somebody sweeps.
    const swept = await this.relay.sweep()
    if (deliveries.length > 0) await this.relay.settle(consumer, await deliver(deliveries, this.stopping.signal))
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
