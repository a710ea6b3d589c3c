import type { Totals } from './counts.js'
import { type Held, packed } from './held.js'
import type { Codec } from './options.js'
import { Holder, PACE } from './spool/holder.js'
import { Journal } from './spool/journal.js'
import { Spool } from './spool/spool.js'

interface Opened<T> {
  directory: string
  /** In bytes, of the spool and of its journal. */
  limit: number
  /** Says whether there is a journal. */
  codec: Pick<Codec<T>, 'bytesOf'>
  totals: Pick<Totals, 'spoolFailures'>
  report(error: Error): void
}

/** How long a directory that could not be made is not tried again by who puts something there, in milliseconds. */
const AGAIN = 1_000

/** How often it is looked for what processes left that live no more, in milliseconds. */
const LOOKING = 5_000

/** Opens a spool in the background, and again where that failed, and finds what others left in it. */
export class SpoolOpening<T> {
  readonly #opened: Opened<T>
  readonly #onMore: (spool: Spool) => void
  readonly #timer: NodeJS.Timeout
  #opening: Promise<Spool> | undefined
  #looking: Promise<void> | undefined
  #spool: Spool | undefined
  #holder: Holder | undefined
  #journal: Journal | undefined
  #triedAt = Number.NEGATIVE_INFINITY
  /** Told last, and not again while it is the same. */
  #told = ''

  /** @param onMore told when there may be more to read */
  constructor(opened: Opened<T>, onMore: (spool: Spool) => void) {
    this.#opened = opened
    this.#onMore = onMore
    if (opened.codec.bytesOf !== undefined) this.#openJournal()
    const look = () => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = undefined
      })
    }
    this.#timer = setInterval(look, LOOKING).unref()
    look()
  }

  /** Undefined while it could not be opened. */
  get spool(): Spool | undefined {
    return this.#spool
  }

  /** Bytes on the disk. */
  get bytes(): number {
    return (this.#spool?.bytes ?? 0) + (this.#journal?.bytes ?? 0)
  }

  /** Puts a record into the journal, if there is one, before it returns. What the disk does not take is counted. */
  journal(held: Held<T>): void {
    const { codec, totals } = this.#opened
    if (codec.bytesOf === undefined) return
    const journal = this.#journal ?? this.#openJournal()
    if (!journal?.put(held.number, packed(held, codec.bytesOf(held.item)))) totals.spoolFailures++
  }

  /** What comes before number `oldest` need not be in the journal any more. */
  release(oldest: number): void {
    this.#journal?.release(oldest)
  }

  /** @throws SpoolError */
  async ready(): Promise<Spool> {
    this.#opening ??= Spool.open({ ...this.#opened, holder: this.#holder })
    try {
      this.#spool = await this.#opening
      return this.#spool
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#looking
    await this.#journal?.close()
    await this.#spool?.close()
    await this.#holder?.close()
  }

  #openJournal(): Journal | undefined {
    const now = performance.now()
    if (now - this.#triedAt < AGAIN) return undefined
    this.#triedAt = now
    const { directory, limit, report } = this.#opened
    try {
      this.#holder = Holder.openNow(directory, PACE, report)
      this.#journal = new Journal({ holder: this.#holder, limit, report })
    } catch {
      // Opening the spool, which is tried as well, says why.
    }
    return this.#journal
  }

  async #look(): Promise<void> {
    try {
      const spool = await this.ready()
      await spool.takeOver()
      this.#told = ''
      this.#onMore(spool)
    } catch (error) {
      const { message } = error as Error
      if (message !== this.#told) this.#opened.report(error as Error)
      this.#told = message
    }
  }
}
