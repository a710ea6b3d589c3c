import { Alarm } from './alarm.js'
import { type Held, unpacked } from './held.js'
import type { Codec } from './options.js'
import { pauseAfter } from './pauses.js'
import type { WriteQueue } from './queue.js'
import type { Spool, Spooled } from './spool/spool.js'
import { SpoolError } from './spool/spool-error.js'
import type { Counting } from './warnings.js'

interface Replaying<T> {
  batch: number
  /** The queue is filled up to here. */
  window: number
  codec: Codec<T>
  named: Counting
  quietly: <V>(work: () => V) => V
}

interface Audience<T> {
  queue: Pick<WriteQueue<Held<T>>, 'add' | 'hurry' | 'size'>
  totals: { replayed: number; dropped: { broken: number } }
  /** The number here of what another process recorded. */
  adopt(): number
  /** Whether somebody waits for the database. */
  isAwaited(): boolean
  /** Nothing that this process put on the disk is unread. */
  drained(spool: Spool): void
  /** Another process has what this one put on the disk. */
  taken(cause: SpoolError): void
  report(error: Error): void
}

/** Gives the queue what is on the disk, in its order, as there is room. */
export class Replay<T> {
  readonly #settings: Replaying<T>
  readonly #to: Audience<T>
  readonly #alarm = new Alarm(() => this.go())
  #spool: Spool | undefined
  #running: Promise<void> | undefined
  #failures = 0
  #isStopped = false

  constructor(settings: Replaying<T>, to: Audience<T>) {
    this.#settings = settings
    this.#to = to
  }

  from(spool: Spool): void {
    this.#spool = spool
    this.go()
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** Reads if there is something to read, and room for it. */
  go(): void {
    const spool = this.#spool
    if (spool === undefined || this.#running !== undefined || !this.#isWanted(spool)) return
    this.#running = this.#settings.quietly(() =>
      this.#run(spool).finally(() => {
        this.#running = undefined
      }),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  #isWanted(spool: Spool): boolean {
    return !this.#isStopped && spool.hasMore && this.#to.queue.size < this.#settings.window
  }

  async #run(spool: Spool): Promise<void> {
    try {
      while (this.#isWanted(spool)) {
        const read = await spool.read(this.#settings.batch)
        for (const each of read) this.#admit(spool, each)
        if (read.length > 0 && this.#to.isAwaited()) this.#to.queue.hurry(false)
        this.#failures = 0
        if (!spool.hasUnread) this.#to.drained(spool)
      }
    } catch (error) {
      if (error instanceof SpoolError && error.problem === 'taken') this.#to.taken(error)
      else {
        this.#to.report(error as Error)
        this.#alarm.set(pauseAfter(++this.#failures))
      }
    }
  }

  #admit(spool: Spool, { place, bytes, isForeign }: Spooled): void {
    try {
      const { number, at, rest } = unpacked(bytes)
      const item = this.#settings.codec.decode(rest)
      const held = { item, number: isForeign ? this.#to.adopt() : number, at, place, isQueued: true, hasLeft: false }
      this.#to.queue.add(held)
      if (isForeign) this.#to.totals.replayed++
    } catch (cause) {
      spool.acknowledge([place])
      this.#to.totals.dropped.broken++
      const message = `${this.#settings.named(1)} on the disk cannot be read by this version, and is lost`
      this.#to.report(new Error(message, { cause }))
    }
  }
}
