import { setTimeout as sleep } from 'node:timers/promises'
import { Moved, newId } from '@freehold/contract'
import type { Database, Key, Row } from './database.js'
import { SESSION_STATE, sessionSummaries } from './documents/sessions.js'

/** How long a batch may hold a session, as those see who wait, and how often they look, in milliseconds. */
const HELD = 10_000
const POLL = 20

/**
 * Runs that are to be there together, or not at all. Their batch holds the session from before they take their places until
 * they are counted, in one step with letting it go. A batch that does not hold its session can never be counted: whoever finds
 * runs of it behind those that are, deletes them.
 */
export class RunBatches {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    private readonly held = HELD,
  ) {}

  /** The session as it is held for a batch; `null` where another holds it, or it is gone. */
  hold({ _id, life }: Row, batch: string): Promise<Row | null> {
    const projection = { ...sessionSummaries.projection, ...SESSION_STATE }
    const free = { _id, life, removing: { $exists: false }, batch: { $in: [null, batch] } }
    return this.db
      .collection('sessions')
      .findOneAndUpdate(free, { $set: { batch } }, { projection, returnDocument: 'after' })
  }

  /** Counts the runs of a batch and lets go of the session. Resolves to false where they were given up. */
  async count({ _id, life }: Row, batch: string, seq: number): Promise<boolean> {
    const { matchedCount } = await this.db
      .collection('sessions')
      .updateOne(
        { _id, life, batch, removing: { $exists: false } },
        { $max: { runs: seq, updatedAt: new Date() }, $unset: { batch: '' } },
      )
    return matchedCount > 0
  }

  /** Deletes the runs of a batch that was not counted, and then lets go of its session. */
  async letGo(session: Row, batch: string): Promise<void> {
    await this.delete(session, batch)
    const { _id, life } = session
    await this.db.collection('sessions').updateOne({ _id, life, batch }, { $unset: { batch: '' } })
  }

  /** Deletes the runs of a batch that are not counted. */
  async delete({ _id, life }: Row, batch: string): Promise<void> {
    const session = await this.db.collection('sessions').findOne({ _id, life }, { projection: { runs: 1 } })
    const seq = { $gt: (session?.runs as number | undefined) ?? 0 }
    const sessionId = (_id as Key).id
    await this.db.collection('runs').deleteMany({ '_id.tenant': this.tenant, sessionId, life, seq, batch })
  }

  /**
   * Waits until a batch does not hold its session any more, and gives it up where its writer seems to have died.
   * @throws Moved always: whoever waited looks again
   */
  async waitFor({ _id, life }: Row, batch: string): Promise<never> {
    const sessions = this.db.collection('sessions')
    const deadline = performance.now() + this.held
    for (;;) {
      const session = await sessions.findOne({ _id, life }, { projection: { batch: 1 } })
      if (session?.batch !== batch || performance.now() > deadline) break
      await sleep(POLL * (0.5 + Math.random()))
    }
    // From when on its writer cannot count them.
    const instead = newId()
    const { matchedCount } = await sessions.updateOne({ _id, life, batch }, { $set: { batch: instead } })
    await this.delete({ _id, life }, batch)
    if (matchedCount > 0) await sessions.updateOne({ _id, life, batch: instead }, { $unset: { batch: '' } })
    throw new Moved()
  }
}
