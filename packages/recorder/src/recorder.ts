import { countIn, noTotals, type RecorderCounts } from './counts.js'
import type { Write } from './deliver.js'
import { Flushes } from './flushes.js'
import type { Held } from './held.js'
import { Losses } from './losses.js'
import { type Nature, type RejectingOptions, type Settings, settingsOf } from './options.js'
import { type Departure, REPEATED, WriteQueue } from './queue.js'
import { Room } from './room.js'
import { Spooling } from './spooling.js'
import { Trouble } from './trouble.js'
import { type Counting, countingOf, tell } from './warnings.js'
import { Watermark } from './watermark.js'

/** How long closing waits for the database, in milliseconds, before it puts on the disk what is left. */
const PATIENCE = 1_000

/**
 * Stands in front of a writer: whoever records something goes on at once, and it is written in the background.
 *
 * - `record` never waits and never throws; memory is bounded, and what it does not hold is counted and reported
 * - one write is in flight at a time; what fails is tried again (see {@link WriteQueue}), so the writer must be idempotent
 * - with `spool` what memory should not hold goes to the disk, and with `durable` everything does, before it is written
 * - what is on the disk is written in its order, also when this process ended: then by another that has the same spool
 */
export class Recorder<T, R = unknown> {
  readonly #settings: Settings<R>
  readonly #named: Counting
  readonly #queue: WriteQueue<Held<T>, R>
  readonly #spooling: Spooling<T> | undefined
  readonly #losses: Losses
  readonly #room = new Room()
  readonly #trouble = new Trouble()
  readonly #totals = noTotals()
  /** Numbers of what has left. */
  readonly #gone = new Watermark()
  readonly #flushes: Flushes
  #next = 0
  #isClosed = false
  #closing: Promise<void> | undefined

  /** @throws StoreError `invalid`, naming every wrong option */
  constructor(write: Write<T, R>, options: RejectingOptions<R> = {}, nature: Nature<T, R> = {}) {
    const settings = settingsOf(options, nature)
    const { noun = 'record', weightOf = () => 0, codec, quietly = (work) => work() } = nature
    const named = countingOf(noun)
    const { batch, interval, deadline, limit, durable } = settings
    this.#settings = settings
    this.#named = named
    this.#losses = new Losses((error) => this.#report(error), named)
    const missingBefore = (target: number) => this.#gone.missingBefore(target)
    this.#flushes = new Flushes({ deadline, missingBefore, done: 'acknowledged', named })
    this.#queue = new WriteQueue<Held<T>, R>(
      (items) => quietly(() => write(items.map(({ item }) => item))),
      { batch, interval, deadline, named, weightOf: ({ item }) => weightOf(item) },
      {
        left: (departure) => this.#left(departure),
        blamed: (cause) => this.#blamed(cause),
        failed: () => this.#failed(),
        rested: () => this.#losses.tell(),
        report: (error) => this.#report(error),
      },
    )
    if (settings.spool === undefined || codec === undefined) return
    this.#spooling = new Spooling<T>(
      { ...settings.spool, batch, deadline, durable, window: Math.ceil(limit / 2), codec, weightOf, quietly, named },
      {
        queue: this.#queue,
        totals: this.#totals,
        adopt: () => this.#next++,
        isAwaited: () => this.#flushes.isAwaited,
        moved: () => this.#room.serve(() => !this.#isFull),
        forget: (isHere, cause) => this.#forget(isHere, cause),
        report: (error) => this.#report(error),
      },
    )
  }

  get counts(): RecorderCounts {
    const { dropped, ...totals } = this.#totals
    const { bytes = 0, lost = 0 } = this.#spooling ?? {}
    const now = Date.now()
    const oldest = this.#queue.items.reduce((least, { at }) => Math.min(least, at), this.#spooling?.oldest ?? now)
    return {
      ...totals,
      dropped: { ...dropped, broken: dropped.broken + lost },
      queued: this.#size,
      spoolBytes: bytes,
      lag: Math.max(0, now - oldest),
    }
  }

  /** Takes an item, or drops it. Does nothing else on the caller's time, and never throws. */
  record(item: T): void {
    if (this.#isClosed) this.#drop('closed')
    else if (this.#isFull || this.#room.isAwaited) this.#drop('full')
    else this.#take(item)
  }

  /** Takes an item, where `overflow` is `wait` as soon as there is room, else like `record`. @throws Error when it is closed */
  put(item: T): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed())
    if (this.#settings.overflow === 'wait' && (this.#isFull || this.#room.isAwaited))
      return this.#room.wait(() => this.#take(item))
    this.record(item)
    return Promise.resolve()
  }

  /**
   * Resolves when everything that was recorded before the call, or read of what others left, is acknowledged by the writer or
   * was rejected one by one. Tries at once, even in a pause after failures, but for what was set aside, which has its own.
   *
   * @throws Error when something was refused, or not acknowledged by the deadline (`cause` is the last failure, if any);
   * what was not acknowledged stays, and a write in flight goes on.
   */
  flush(): Promise<void> {
    this.#losses.tell()
    if (this.#gone.oldest >= this.#next) return Promise.resolve()
    const flushed = this.#flushes.wait(this.#next)
    this.#spooling?.hurry()
    this.#queue.hurry(true)
    return flushed
  }

  /** Has what waits written at once rather than at the interval, unless writes fail. False where nothing is to be written. */
  hurry(): boolean {
    return this.#queue.hurry(false)
  }

  /**
   * Resolves when everything that was recorded before the call is on the disk, fsynced, or acknowledged by the writer: then it
   * is written, whatever becomes of this process.
   *
   * @throws Error like `flush`
   */
  kept(): Promise<void> {
    return this.#spooling?.kept(this.#next) ?? this.flush()
  }

  /**
   * Takes nothing more, and flushes. With a spool, when a write fails or takes long, what is left is put on the disk, where it
   * waits for whoever opens the spool next; that is reported.
   *
   * @throws Error like `flush`, where there is no spool or it takes no more. Then nothing was given up, and it may be called again.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close().catch((error) => {
      this.#closing = undefined
      throw error
    })
    return this.#closing
  }

  async #close(): Promise<void> {
    this.#isClosed = true
    this.#room.refuse(closed())
    if (this.#spooling === undefined) return this.flush()
    let failure: Error | undefined
    const flushed = this.flush().catch((error) => {
      failure = error
    })
    await Promise.race([flushed, this.#trouble.within(PATIENCE)])
    if (this.#gone.oldest < this.#next) {
      this.#spooling.begin()
      await this.kept()
      if (this.#queue.failures === 0) await Promise.race([flushed, this.#trouble.within(PATIENCE)])
    }
    this.#queue.stop()
    await this.#spooling.close()
    const left = this.#gone.missingBefore(this.#next)
    this.#flushes.fail(new Error(`${this.#named(left)} left on the disk`))
    if (left > 0) {
      const where = `left in the spool ${this.#settings.spool?.directory}`
      this.#report(new Error(`${this.#named(left)} ${where}; the next process that opens it writes them`))
    } else if (failure !== undefined) throw failure
  }

  get #size(): number {
    return this.#queue.size + (this.#spooling?.waiting ?? 0)
  }

  get #isFull(): boolean {
    return this.#size >= this.#settings.limit
  }

  #take(item: T): void {
    this.#totals.recorded++
    const held: Held<T> = {
      item,
      number: this.#next++,
      at: Date.now(),
      place: undefined,
      isQueued: false,
      hasLeft: false,
    }
    if (this.#spooling === undefined) this.#queue.add(held)
    else this.#spooling.take(held)
  }

  #drop(reason: 'full' | 'closed'): void {
    this.#totals.dropped[reason]++
    const { limit, interval } = this.#settings
    if (reason === 'full') this.#losses.dropped(`the queue of ${limit} is full`)
    else this.#losses.dropped('the queue is closed', this.#queue.isWriting ? undefined : interval)
  }

  #left(departure: Departure<Held<T>, R>): void {
    const { entries, rejected, refusals, others } = departure
    const refused = [...refusals, ...others].map((each) => ({ ...each, entries: each.entries.map(({ item }) => item) }))
    countIn(this.#totals, departure)
    const gone = [...entries, ...others.flatMap((each) => each.entries)].map(({ item }) => item)
    for (const held of gone) {
      held.hasLeft = true
      this.#gone.done(held.number)
    }
    this.#spooling?.left(gone, refused)
    this.#losses.refused(refused)
    if (rejected.length > 0) tell(this.#settings.onRejected, rejected)
    this.#flushes.arrived(this.#gone.oldest, refused)
    this.#room.serve(() => !this.#isFull)
  }

  #blamed(cause: Error): void {
    this.#flushes.blame(cause)
    this.#spooling?.blame(cause)
  }

  #failed(): void {
    if (this.#queue.failures >= REPEATED) this.#spooling?.begin()
    this.#trouble.happened()
  }

  /** What is not here will not come by any more: another process has it, or it is broken. */
  #forget(isHere: ReadonlySet<number>, cause: Error): void {
    let isAny = false
    for (let number = this.#gone.oldest; number < this.#next; number++) {
      if (isHere.has(number) || this.#gone.isDone(number)) continue
      isAny = true
      this.#gone.done(number)
    }
    if (isAny) this.#flushes.fail(cause)
  }

  #report(error: Error): void {
    tell(this.#settings.onError, error)
  }
}

function closed(): Error {
  return new Error('the recorder is closed; record before you close it')
}
