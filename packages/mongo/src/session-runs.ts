import type { Document } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { runSummaries, SESSION_STATE, sessionSummaries } from './documents/sessions.js'

/** Most runs that one command deletes: it has to end before its connection is given up. */
const MAX_DELETED = 10_000

/**
 * The documents of a session and its runs, which no transaction holds together. The session decides: of its runs those are
 * there that bear its `life`, which a session gets when it is created, and whose `seq` its count covers. So a run is
 * appended, and a session with all its runs removed, at one instant, and what a writer that died left behind is seen by
 * nobody.
 */
export class SessionRuns {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  key(id: string): Key {
    return { tenant: this.tenant, id }
  }

  /** The session's document, without what a list does not show; also one that is being removed. */
  session(id: string): Promise<Row | null> {
    const projection = { ...sessionSummaries.projection, ...SESSION_STATE }
    return this.db.collection('sessions').findOne({ _id: this.key(id) }, { projection })
  }

  /** A whole run, if it is there. */
  async run(_id: Key): Promise<Row | null> {
    const row = await this.db.collection('runs').findOne({ _id })
    return row !== null && isThere(row, await this.session(row.sessionId as string)) ? row : null
  }

  /** Runs without what a list does not show, whether they are there or not. */
  runs(filter: Document, sort: Record<string, -1>, limit: number): Promise<Row[]> {
    const projection = { ...runSummaries.projection, life: 1 }
    return this.db.find('runs', filter, { projection, sort, limit })
  }

  /** The runs among these that are there. */
  async living(runs: readonly Row[]): Promise<Row[]> {
    if (runs.length === 0) return []
    const ids = [...new Set(runs.map((run) => run.sessionId as string))]
    const keys = ids.map((id) => this.key(id))
    const projection = { runs: 1, ...SESSION_STATE }
    const found = await this.db.find('sessions', { _id: { $in: keys } }, { projection })
    const sessions = new Map(found.map((row) => [(row._id as Key).id, row]))
    return runs.filter((run) => isThere(run, sessions.get(run.sessionId as string)))
  }

  /** Makes the count of a session cover a run, and all before it. Resolves to false if the session is gone. */
  async count({ _id, life, runs }: Row, seq: number): Promise<boolean> {
    if (seq <= (runs as number)) return true
    const { matchedCount } = await this.db
      .collection('sessions')
      .updateOne({ _id, life, removing: { $exists: false } }, { $max: { runs: seq, updatedAt: new Date() } })
    return matchedCount > 0
  }

  /** Runs of these ids, whether they are there or not. */
  anyRuns(ids: readonly string[]): Promise<Row[]> {
    return this.db.find('runs', { _id: { $in: ids.map((id) => this.key(id)) } })
  }

  /** A run of this id, whether it is there or not. */
  anyRun(id: string): Promise<Row | null> {
    return this.db.collection('runs').findOne({ _id: this.key(id) })
  }

  /** What stands at the last place of a session that is taken, from `seq` on: of a writer that died, or is about to count it. */
  async lastPlace(session: Row, seq: number): Promise<Row | undefined> {
    const sessionId = (session._id as Key).id
    const taken = { '_id.tenant': this.tenant, sessionId, life: session.life, seq: { $gte: seq } }
    const [last] = await this.db.find('runs', taken, { projection: { seq: 1, batch: 1 }, sort: { seq: -1 }, limit: 1 })
    return last
  }

  /** Marks a session, from when on it and its runs are not there. Resolves to `null` when there is none that is as told. */
  mark(id: string, as: Document = {}): Promise<Row | null> {
    return this.db
      .collection('sessions')
      .findOneAndUpdate(
        { ...as, _id: this.key(id) },
        { $set: { removing: true } },
        { projection: { life: 1, runs: 1 } },
      )
  }

  /** Deletes a session that was marked, its runs first: whoever finds the mark can finish. */
  async sweep({ _id, life, runs }: Row): Promise<void> {
    const own = { '_id.tenant': this.tenant, sessionId: (_id as Key).id, life }
    for (let seq = 1; seq <= Math.max(1, runs as number); seq += MAX_DELETED) {
      // Behind the last run that is counted stand those few whose writers died.
      const next = seq + MAX_DELETED
      const places = next > (runs as number) ? { $gte: seq } : { $gte: seq, $lt: next }
      await this.db.collection('runs').deleteMany({ ...own, seq: places })
    }
    await this.db.collection('sessions').deleteOne({ _id, life, removing: true })
  }

  /** Deletes a run that is not there, and can never be. */
  async bury({ _id, life }: Row): Promise<void> {
    await this.db.collection('runs').deleteOne({ _id, life })
  }
}

/** True when the session's document says so. */
export function isThere(run: Row, session: Row | null | undefined): boolean {
  return isOf(run, session) && (run.seq as number) <= (session!.runs as number)
}

/** True when the run was appended to this life of the session, which is not being removed. */
export function isOf(run: Row, session: Row | null | undefined): boolean {
  return session?.removing === undefined && run.life === session?.life
}
