import type { Db, MongoClient } from 'mongodb'
import { unwrapped } from './errors.js'

/** How long a client is left to itself that finds no server, in milliseconds. */
const PATIENCE = 10_000
/** How long calls may go on that are under way on a client when it is replaced, in milliseconds. */
const LAST_CALLS = 600_000

/** What tells of a client that may be stuck. */
const SIGNS = ['MongoServerSelectionError', 'Overdue']

/**
 * A client that is made anew when it may be stuck. A command that the driver writes to a socket which was destroyed in the
 * same turn of the event loop never ends (mongodb 7.9: `writeCommand` waits for a `drain` that does not come). Where that
 * happens to its look-out for a server that tells no topology version (DocumentDB; MongoDB tells one from 4.4 on), no call
 * of that client finds the server again.
 */
export class LiveClient {
  private client: MongoClient
  private madeAt = Date.now()
  private readonly replaced = new Set<MongoClient>()

  constructor(
    private readonly make: () => MongoClient,
    private readonly patience = PATIENCE,
  ) {
    this.client = make()
  }

  db(name: string): Db {
    return this.client.db(name)
  }

  /** Is to be told of every error that a call ended with. */
  notice(error: unknown): void {
    const { name } = unwrapped(error) as Error
    if (!SIGNS.includes(name) || Date.now() - this.madeAt < this.patience) return
    const old = this.client
    this.client = this.make()
    this.madeAt = Date.now()
    this.replaced.add(old)
    setTimeout(() => void this.end(old), LAST_CALLS).unref()
  }

  async close(): Promise<void> {
    await Promise.all([this.client, ...this.replaced].map((client) => this.end(client)))
  }

  private async end(client: MongoClient): Promise<void> {
    this.replaced.delete(client)
    await client.close()
  }
}
