import type { Db, MongoClient } from 'mongodb'
import { unwrapped } from './errors.js'

/** How long a client is left to itself that finds no server, in milliseconds. */
const PATIENCE = 10_000

/** What tells of a client that may be stuck. */
const SIGNS = ['MongoServerSelectionError', 'Overdue']

/**
 * A client that is made anew when it may be stuck. A command that the driver writes to a socket which was destroyed in the
 * same turn of the event loop never ends (mongodb 7.9: `writeCommand` waits for a `drain` that does not come). Where that
 * happens to its look-out for a server that tells no topology version (DocumentDB; MongoDB tells one from 4.4 on), no call
 * of that client finds the server again.
 */
export class LiveClient {
  private used: Used
  private madeAt = performance.now()
  /** Replaced, and not ended yet, because commands are under way on it. */
  private replaced: Used | undefined
  private isClosing = false

  constructor(
    private readonly make: () => MongoClient,
    private readonly patience = PATIENCE,
  ) {
    this.used = this.anew()
  }

  db(name: string): Db {
    return this.used.client.db(name)
  }

  /** Runs a command, which asks for its database at once: its client is not ended while it is under way. */
  async run<T>(command: () => Promise<T>): Promise<T> {
    const { used } = this
    used.commands += 1
    try {
      return await command()
    } finally {
      used.commands -= 1
      if (used === this.replaced && used.commands === 0) void this.endReplaced()
    }
  }

  /** Is to be told of every error that a call ended with. */
  notice(error: unknown): void {
    const { name } = unwrapped(error) as Error
    const mayBeStuck = SIGNS.includes(name) && performance.now() - this.madeAt >= this.patience
    if (this.isClosing || !(this.used.isClosed || mayBeStuck)) return
    const used = this.anew()
    // Each client looks out for its servers: however long they are away, there are two at most.
    void this.endReplaced()
    this.replaced = this.used
    this.used = used
    this.madeAt = performance.now()
    if (this.replaced.commands === 0) void this.endReplaced()
  }

  async close(): Promise<void> {
    this.isClosing = true
    await Promise.all([this.endReplaced(), this.used.client.close()])
  }

  private anew(): Used {
    const used: Used = { client: this.make(), commands: 0, isClosed: false }
    used.client.once('topologyClosed', () => {
      used.isClosed = true
    })
    return used
  }

  /** Never rejects: what was replaced is of no use to anybody, closed or not. */
  private async endReplaced(): Promise<void> {
    const { replaced } = this
    this.replaced = undefined
    await replaced?.client.close().catch(() => undefined)
  }
}

interface Used {
  client: MongoClient
  /** How many are under way. */
  commands: number
  /** The driver leaves a client closed for good whose first connection failed (mongodb 7.9). */
  isClosed: boolean
}
