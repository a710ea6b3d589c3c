import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AcceptedRun,
  completeRun,
  Moved,
  newId,
  type Run,
  type SessionSummary,
  StoreError,
} from '@freehold/contract'
import type { Database, Row } from './database.js'
import { runs as documents, sessionSummaries } from './documents/sessions.js'
import { failureOf } from './errors.js'
import { RunBatches } from './run-batches.js'
import { isOf, type SessionRuns } from './session-runs.js'

/** How long, at most, an append waits that found its place taken, the first time: processes that append at once take turns. */
const PAUSE = 50

/**
 * Appends to the sessions of a tenant. A run takes a place behind those that are taken, and is there when its session's count
 * covers it. Of several runs a count might cover a part: these hold the session meanwhile, and nobody appends behind them
 * before they are counted.
 */
export class RunAppends {
  private readonly batches: RunBatches

  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    private readonly own: SessionRuns,
    held?: number,
  ) {
    this.batches = new RunBatches(db, tenant, held)
  }

  one(run: AcceptedRun): Promise<Run> {
    return this.inTurn(run.sessionId, async () => {
      const session = await this.session(run.sessionId)
      if (session.batch !== undefined) await this.batches.waitFor(session, session.batch as string)
      const summary = sessionSummaries.fromRow(session)
      let lost = 0
      for (let seq = summary.runs + 1; ; ) {
        const appended = completeRun(run, summary, seq)
        const row = this.rowOf(appended, session)
        if ((await this.db.insertNew('runs', [row])).length === 0) {
          if (await this.own.count(session, seq)) return appended
          await this.own.bury(row)
          throw new Moved()
        }
        lost += 1
        await sleep(Math.random() * PAUSE * 2 ** Math.min(lost, 4))
        const [before, last] = await Promise.all([this.own.anyRun(run.id), this.own.lastPlace(session, seq)])
        if (before !== null) return this.appendedBefore(before, run.sessionId)
        if (last === undefined) throw new Moved()
        seq = await this.placeBehind(session, last)
      }
    })
  }

  /** Appends runs of one session. */
  many(runs: readonly AcceptedRun[]): Promise<Run[]> {
    const batch = newId()
    const sessionId = runs[0]!.sessionId
    return this.inTurn(sessionId, async () => {
      const session = await this.session(sessionId)
      const { batch: holder } = session
      // What this batch left when its database was lost.
      if (holder === batch) await this.batches.delete(session, batch)
      else if (holder !== undefined) await this.batches.waitFor(session, holder as string)
      const stored = await this.storedOf(runs, sessionId)
      const fresh = new Map(runs.filter(({ id }) => !stored.has(id)).map((run) => [run.id, run]))
      // Of two runs of one id the first is it.
      for (const run of [...runs].reverse()) if (fresh.has(run.id)) fresh.set(run.id, run)
      if (fresh.size > 0)
        for (const run of await this.appendTogether(session, batch, [...fresh.values()])) stored.set(run.id, run)
      return runs.map(({ id }) => stored.get(id)!)
    })
  }

  private async appendTogether(session: Row, batch: string, runs: readonly AcceptedRun[]): Promise<Run[]> {
    const held = await this.batches.hold(session, batch)
    if (held === null) throw new Moved()
    try {
      const summary: SessionSummary = sessionSummaries.fromRow(held)
      const last = await this.own.lastPlace(held, summary.runs + 1)
      const first = last === undefined ? summary.runs + 1 : await this.placeBehind(held, last)
      const appended = runs.map((run, i) => completeRun(run, summary, first + i))
      const rows = appended.map((run) => ({ ...this.rowOf(run, held), batch }))
      // In order: if their first place is free, so are those behind it.
      const taken = await this.db.insertNew('runs', rows, { ordered: true })
      if (taken.length > 0 || !(await this.batches.count(held, batch, first + runs.length - 1))) throw new Moved()
      return appended
    } catch (error) {
      // Where the database was lost it may have counted them: that is looked at next, and they are held until then.
      if (error instanceof Moved || failureOf(error).retry === undefined) await this.batches.letGo(held, batch)
      throw error
    }
  }

  /** A place is taken only behind one that is: so there is no gap, whoever counts. */
  private async placeBehind(session: Row, { seq, batch }: Row): Promise<number> {
    return batch === undefined ? (seq as number) + 1 : this.batches.waitFor(session, batch as string)
  }

  private inTurn<T>(sessionId: string, work: () => Promise<T>): Promise<T> {
    return this.db.inTurn(`session ${JSON.stringify(this.own.key(sessionId))}`, () => this.db.retry(work))
  }

  /** @throws StoreError `not_found` */
  private async session(id: string): Promise<Row> {
    const session = await this.own.session(id)
    if (session?.removing !== undefined) await this.own.sweep(session)
    if (session === null || session.removing !== undefined)
      throw new StoreError('not_found', 'there is no such session; save it before its runs')
    return session
  }

  private rowOf(run: Run, { life }: Row): Row {
    return { ...documents.toRow(this.tenant, run), life, revision: 0 }
  }

  /** Those of these runs that are there, by id. */
  private async storedOf(runs: readonly AcceptedRun[], sessionId: string): Promise<Map<string, Run>> {
    const rows = await this.own.anyRuns(runs.map(({ id }) => id))
    const stored = new Map<string, Run>()
    for (const row of rows) {
      const run = await this.appendedBefore(row, sessionId)
      stored.set(run.id, run)
    }
    return stored
  }

  /** What becomes of an append whose run id is taken. */
  private async appendedBefore(row: Row, sessionId: string): Promise<Run> {
    const owner = await this.own.session(row.sessionId as string)
    if (!isOf(row, owner) || !(await this.finish(row, owner!))) {
      await this.own.bury(row)
      throw new Moved()
    }
    if (row.sessionId === sessionId) return documents.fromRow(row)
    throw new StoreError('already_exists', 'the run id is taken by a run of another session; use a new id')
  }

  /** Makes a run count whose writer did not. Resolves to false where its session is gone. */
  private async finish({ seq, batch }: Row, session: Row): Promise<boolean> {
    const isCounted = (seq as number) <= (session.runs as number)
    if (!isCounted && batch !== undefined) await this.batches.waitFor(session, batch as string)
    return this.own.count(session, seq as number)
  }
}
