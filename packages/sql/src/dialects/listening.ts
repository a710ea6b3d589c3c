import { sha256, type Watchers } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Dialect } from './dialect.js'

/** How long until a connection that was lost is made anew, in milliseconds. */
const PAUSE = 1_000

/** What other processes tell of approvals, while somebody listens. What they told while a connection was lost is not heard. */
export class Listening {
  /** Names of channels are short, and those of tables may not be. */
  readonly channel: string
  /** Not a plain property: printing a store must not print the password that its pool holds. */
  readonly #knex: Knex
  /** Counts those who started, so that what was stopped meanwhile does not go on. */
  private turn = 0
  private stopping: (() => Promise<void>) | undefined
  private begun: Promise<void> | undefined

  constructor(
    knex: Knex,
    private readonly dialect: Dialect,
    table: string,
    private readonly watchers: Watchers,
  ) {
    this.#knex = knex
    this.channel = `freehold_${sha256(table).slice(0, 32)}`
  }

  /** Resolves when the first connection listens, or could not. */
  start(): Promise<void> {
    if (this.dialect.listen === undefined) return Promise.resolve()
    this.begun ??= this.connect(this.turn)
    return this.begun
  }

  async stop(): Promise<void> {
    this.turn += 1
    await this.begun
    this.begun = undefined
    const stopping = this.stopping
    this.stopping = undefined
    await stopping?.()
  }

  private async connect(turn: number): Promise<void> {
    const again = () => {
      if (turn === this.turn) setTimeout(() => turn === this.turn && void this.connect(turn), PAUSE).unref()
    }
    try {
      const stop = await this.dialect.listen!(this.#knex, this.channel, (text) => this.hear(text), again)
      if (turn === this.turn) this.stopping = stop
      else await stop()
    } catch {
      // Who waits looks as well: what is the matter with the database is told there.
      again()
    }
  }

  private hear(text: string): void {
    const [tenant, id] = JSON.parse(text) as [string, string]
    this.watchers.tell(tenant, id)
  }
}
