import { Spool } from './spool/spool.js'

interface Opened {
  directory: string
  /** In bytes. */
  limit: number
  report(error: Error): void
}

/** How often it is looked for what processes left that live no more, in milliseconds. */
const LOOKING = 5_000

/** Opens a spool in the background, and again where that failed, and finds what others left in it. */
export class SpoolOpening {
  readonly #opened: Opened
  readonly #onMore: (spool: Spool) => void
  readonly #timer: NodeJS.Timeout
  #opening: Promise<Spool> | undefined
  #looking: Promise<void> | undefined
  #spool: Spool | undefined
  /** Told last, and not again while it is the same. */
  #told = ''

  /** @param onMore told when there may be more to read */
  constructor(opened: Opened, onMore: (spool: Spool) => void) {
    this.#opened = opened
    this.#onMore = onMore
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

  /** @throws SpoolError */
  async ready(): Promise<Spool> {
    this.#opening ??= Spool.open(this.#opened)
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
    await this.#spool?.close()
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
