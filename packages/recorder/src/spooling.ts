import { Alarm } from './alarm.js'
import { Backlog } from './backlog.js'
import type { Refusal } from './deliver.js'
import { Flushes } from './flushes.js'
import { type Held, packed } from './held.js'
import type { Encoded } from './options.js'
import { pauseAfter } from './pauses.js'
import { Replay } from './replay.js'
import type { Put, Spool } from './spool/spool.js'
import { SpoolError } from './spool/spool-error.js'
import { SpoolOpening } from './spool-opening.js'
import type { SpoolingSettings, Surroundings } from './surroundings.js'
import { Watermark } from './watermark.js'

/** How long others are waited for that go to the disk together, in milliseconds. */
const GATHERING = 20

/**
 * Puts records on the disk before they are written: always if they are to be durable, else while the database is away or slow.
 *
 * Records go from here to the disk, from there to the queue, and from the queue to the database, in their order: those in the
 * queue are the oldest. While nothing on the disk is unread they go on to the queue without being read. What the disk refuses
 * stays here and is tried again, and is given to the queue too when nothing on the disk is older.
 */
export class Spooling<T> {
  readonly #settings: SpoolingSettings<T>
  readonly #around: Surroundings<T>
  readonly #opening: SpoolOpening<T>
  readonly #replay: Replay<T>
  readonly #alarm = new Alarm(() => this.#run())
  /** Numbers of what is on the disk, or has left. */
  readonly #safe = new Watermark(0, (oldest) => this.#opening.release(oldest))
  readonly #flushes: Flushes
  readonly #backlog = new Backlog<T>((held) => this.#give(held))
  #isOn: boolean
  #running: Promise<void> | undefined
  #failures = 0
  /** Bytes on the disk when it was too full, if it is. */
  #fullAt: number | undefined
  /** Broken records that are known of. */
  #broken = 0

  constructor(settings: SpoolingSettings<T>, around: Surroundings<T>) {
    const { directory, limit, deadline, named, quietly, codec } = settings
    const opened = { directory, limit, report: around.report, codec, totals: around.totals }
    this.#settings = settings
    this.#around = around
    this.#isOn = settings.durable
    const missingBefore = (target: number) => this.#safe.missingBefore(target)
    this.#flushes = new Flushes({ deadline, missingBefore, done: 'put on the disk', named })
    const [drained, taken] = [(spool: Spool) => this.#drained(spool), (cause: SpoolError) => this.#taken(cause)]
    this.#replay = new Replay(settings, { ...around, adopt: () => this.#safe.done(around.adopt()), drained, taken })
    this.#opening = quietly(() => new SpoolOpening(opened, (spool) => this.#replay.from(spool)))
  }

  /** How many are only here. */
  get waiting(): number {
    return this.#backlog.waiting
  }

  /** When the oldest was recorded that is to be put on the disk, if there is one. */
  get oldest(): number | undefined {
    return this.#backlog.items[0]?.at
  }

  get bytes(): number {
    return this.#opening.bytes
  }

  get lost(): number {
    return this.#opening.spool?.lost ?? 0
  }

  take(held: Held<T>): void {
    this.#opening.journal(held)
    if (this.#isOn) {
      this.#backlog.push(held)
      if (this.#failures === 0) this.#alarm.set(this.#backlog.size >= this.#settings.batch ? 0 : GATHERING)
      else if (!this.#hasUnread) this.#backlog.give([held])
    } else {
      this.#give(held)
      if (this.#around.queue.size >= this.#settings.window) this.begin()
    }
  }

  /** From now on everything goes to the disk, what is in the queue first, until the database takes it all again. */
  begin(): void {
    if (this.#isOn) return
    this.#isOn = true
    this.#backlog.begin(this.#around.queue.items.filter(({ place }) => place === undefined))
    this.#alarm.set(0)
  }

  /** Has what waits put on the disk at once. */
  hurry(): void {
    if (this.#backlog.size > 0) this.#alarm.set(0)
  }

  /** Resolves when everything before number `target` is on the disk, or has left. @throws Error at the deadline, or where it was refused */
  kept(target: number): Promise<void> {
    if (this.#safe.oldest >= target) return Promise.resolve()
    const kept = this.#flushes.wait(target)
    this.begin()
    this.hurry()
    return kept
  }

  blame(cause: Error): void {
    this.#flushes.blame(cause)
  }

  /** These were written, rejected or refused. */
  left(items: readonly Held<T>[], refusals: readonly Refusal<T>[]): void {
    const places = items.flatMap(({ place }) => place ?? [])
    if (places.length > 0) this.#settings.quietly(() => this.#opening.spool?.acknowledge(places))
    for (const { number } of items) this.#safe.done(number)
    this.#flushes.arrived(this.#safe.oldest, refusals)
    if (this.#failures > 0) this.#backlog.prune()
    // There is room again, which need not wait for the next try.
    if (this.bytes < (this.#fullAt ?? 0)) this.#alarm.set(0)
    this.#replay.go()
  }

  /** What is on the disk and did not leave is for whoever opens it next. */
  async close(): Promise<void> {
    this.#isOn = true
    this.#backlog.begin([])
    await this.#running
    await this.#replay.stop()
    await this.#opening.close()
  }

  get #hasUnread(): boolean {
    return this.#opening.spool?.hasUnread ?? false
  }

  #run(): void {
    this.#running ??= this.#settings.quietly(() =>
      this.#putAll().finally(() => {
        this.#running = undefined
      }),
    )
  }

  async #putAll(): Promise<void> {
    try {
      while (this.#backlog.size > 0) {
        const spool = await this.#opening.ready()
        if (this.#isOver(spool)) this.#end()
        else await this.#putNext(spool)
        this.#failures = 0
        this.#fullAt = undefined
      }
    } catch (error) {
      this.#failed(error as Error)
    }
  }

  /** The database takes what it is given, and there is nothing between it and memory. */
  #isOver({ hasUnread }: Spool): boolean {
    const { queue } = this.#around
    if (this.#settings.durable || hasUnread || this.#flushes.isAwaited || queue.failures > 0) return false
    return queue.size + this.#backlog.waiting < this.#settings.window / 2
  }

  #end(): void {
    this.#backlog.giveAll()
    this.#backlog.begin([])
    this.#isOn = false
  }

  async #putNext(spool: Spool): Promise<void> {
    const { batch, codec, weightOf } = this.#settings
    const held = this.#backlog.next(batch, weightOf)
    const encoded = await codec.encode(held.map(({ item }) => item))
    const kept = held.filter((_, index) => encoded[index] !== undefined)
    const found = encoded.filter((each) => each !== undefined)
    const put = kept.length === 0 ? undefined : await spool.append(kept.map((each, i) => packed(each, found[i]!.bytes)))
    this.#backlog.remove(held)
    // The writer says what is wrong with what cannot be kept.
    this.#backlog.give(held.filter((each) => !kept.includes(each)))
    if (put !== undefined) this.#settle(spool, put, kept, found)
    this.#around.moved()
  }

  #settle(spool: Spool, put: Put, kept: readonly Held<T>[], encoded: readonly Encoded<T>[]): void {
    const { queue, totals, isAwaited } = this.#around
    totals.spooled += kept.length
    for (const [index, held] of kept.entries()) {
      held.item = encoded[index]!.item
      held.place = { log: put.log, number: put.first + index }
      this.#safe.done(held.number)
    }
    const isNext = !this.#replay.isRunning && queue.size < this.#settings.window
    const isRoom = isNext || kept.some(({ isQueued }) => isQueued)
    if (isRoom && spool.passOver(put)) {
      // They left while they were put there.
      spool.acknowledge(kept.flatMap(({ hasLeft, place }) => (hasLeft && place ? [place] : [])))
      this.#backlog.give(kept)
      if (isAwaited()) queue.hurry(false)
    } else {
      // These are read from the disk again: what leaves the queue meanwhile is not what was read.
      for (const held of kept) if (held.isQueued) held.place = undefined
      this.#backlog.leave(kept)
      this.#replay.go()
    }
    this.#flushes.arrived(this.#safe.oldest)
  }

  #failed(cause: Error): void {
    if (cause instanceof SpoolError && cause.problem === 'taken') {
      this.#taken(cause)
      this.#alarm.set(0)
      return
    }
    const { totals, report } = this.#around
    totals.spoolFailures++
    this.#fullAt = cause instanceof SpoolError && cause.problem === 'full' ? this.bytes : undefined
    const pause = pauseAfter(++this.#failures)
    this.#flushes.blame(cause)
    const { size } = this.#backlog
    const message = `${this.#settings.named(size)} could not be put on the disk and stay in memory, next try in ${pause} ms`
    if (size > 0) report(new Error(message, { cause }))
    if (!this.#hasUnread) this.#backlog.giveAll()
    this.#alarm.set(pause)
  }

  #drained(spool: Spool): void {
    const broken = spool.lost + this.#around.totals.dropped.broken
    if (broken > this.#broken) this.#forget(new Error('records were broken on the disk, and are lost'))
    this.#broken = broken
    if (this.#failures > 0) this.#backlog.giveAll()
  }

  /** Another process writes what this one put on the disk, but for what is in memory too. */
  #taken(cause: SpoolError): void {
    this.#around.report(cause)
    this.#forget(cause)
  }

  #forget(cause: Error): void {
    const here = [...this.#around.queue.items, ...this.#backlog.items].map(({ number }) => number)
    this.#around.forget(new Set(here), cause)
  }

  #give(held: Held<T>): void {
    held.isQueued = true
    this.#around.queue.add(held)
  }
}
