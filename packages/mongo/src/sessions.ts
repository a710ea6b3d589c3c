import {
  acceptAll,
  acceptList,
  acceptRun,
  acceptRunPatch,
  acceptRunQuery,
  acceptRuns,
  acceptSession,
  acceptSessionQuery,
  acceptUpdateOptions,
  changeRun,
  changeSession,
  changesOf,
  checkId,
  compact,
  Moved,
  newId,
  type Page,
  type PageAt,
  type PageRequest,
  pageOf,
  type Run,
  type RunInput,
  type RunPatch,
  type RunQuery,
  type RunSummary,
  type SaveOptions,
  type Session,
  type SessionInput,
  type SessionQuery,
  type SessionStore,
  type SessionSummary,
  StoreError,
  toMicroseconds,
  type UpdateOptions,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import { RunAppends } from './append-runs.js'
import type { Database, Row } from './database.js'
import { whereLabelled } from './documents/labels.js'
import { runSummaries, runs, sessionSummaries, sessions } from './documents/sessions.js'
import { allOf, pageDown, whereBetween, whereEqual } from './listing.js'
import { SessionRuns } from './session-runs.js'

/** The list of the runs of one session, as cursors name it. */
const OF_SESSION = 'runs of a session'

export class MongoSessions implements SessionStore {
  private readonly own: SessionRuns
  private readonly appends: RunAppends

  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    /** How long several runs that are appended together may hold their session, in milliseconds: ten seconds unless told. */
    held?: number,
  ) {
    this.own = new SessionRuns(db, tenant)
    this.appends = new RunAppends(db, tenant, this.own, held)
  }

  async save(input: SessionInput, options?: SaveOptions): Promise<Session> {
    const change = acceptSession(input, options)
    const savedBy = newId()
    return this.db.retry(async () => {
      const row = await this.db.collection('sessions').findOne({ _id: this.own.key(change.id) })
      if (row?.removing !== undefined) {
        await this.own.sweep(row)
        throw new Moved()
      }
      const current = row === null ? undefined : sessions.fromRow(row)
      // This save came through before, and only its answer was lost.
      if (row?.savedBy === savedBy) return current!
      const next = changeSession(current, change, Date.now())
      if (next === undefined) return current!
      if (row === null) await this.create(next, savedBy)
      else await this.change(row, changesOf(current!, next), savedBy)
      return next
    })
  }

  async appendRun(input: RunInput): Promise<Run> {
    return this.appends.one(acceptRun(input, Date.now()))
  }

  async appendRuns(inputs: readonly RunInput[]): Promise<Run[]> {
    const runs = acceptRuns(inputs, Date.now())
    return runs.length === 0 ? [] : this.appends.many(runs)
  }

  async updateRun(id: string, input: RunPatch, options?: UpdateOptions): Promise<Run> {
    const [runId, patch, ifStatus] = acceptAll(
      'run patch',
      () => checkId('run', id),
      () => acceptRunPatch(input),
      () => acceptUpdateOptions(options),
    )
    const _id = this.own.key(runId)
    const updatedBy = newId()
    return this.db.retry(async () => {
      const row = await this.own.run(_id)
      if (row === null) throw new StoreError('not_found', 'there is no such run; append it first')
      const run = runs.fromRow(row)
      // This update came through before, and only its answer was lost.
      if (row.updatedBy === updatedBy) return run
      const set = changeRun(run, patch, ifStatus)
      if (Object.keys(set).length === 0) return run
      const { $set, ...$rest } = runs.toPatch(set)
      const { matchedCount } = await this.db
        .collection('runs')
        .updateOne({ _id, life: row.life, revision: row.revision }, {
          $set: { ...$set, updatedBy },
          ...$rest,
          $inc: { revision: 1 },
        } as Document)
      if (matchedCount === 0) throw new Moved()
      return compact({ ...run, ...set })
    })
  }

  async remove(sessionId: string): Promise<boolean> {
    const id = checkId('session', sessionId)
    return this.db.retry(async () => {
      const marked = await this.own.mark(id)
      if (marked !== null) await this.own.sweep(marked)
      return this.db.present('sessions', marked !== null)
    })
  }

  async get(id: string): Promise<Session | null> {
    const _id = this.own.key(checkId('session', id))
    const row = await this.db.retry(() => this.db.collection('sessions').findOne({ _id }))
    await this.db.present('sessions', row)
    return row === null || row.removing !== undefined ? null : sessions.fromRow(row)
  }

  async list(query?: SessionQuery, page?: PageRequest): Promise<Page<SessionSummary>> {
    const [filters, at] = acceptList('sessions', [0, ''] as const, () => acceptSessionQuery(query), page)
    const { from, to, labels, ...equal } = filters
    const after = pageDown([{ field: 'createdAt', time: true }, { field: '_id.id' }], at)
    const those = { '_id.tenant': this.tenant, removing: { $exists: false }, ...whereEqual(equal) }
    const filter = allOf(those, ...whereLabelled(labels), ...whereBetween('createdAt', { from, to }), after.filter)
    const { sort, limit } = after
    const { projection } = sessionSummaries
    const rows = await this.db.retry(() => this.db.find('sessions', filter, { projection, sort, limit }))
    await this.db.present('sessions', rows)
    const summaries = rows.map((row) => sessionSummaries.fromRow(row))
    const key = (session: SessionSummary) => [toMicroseconds(session.createdAt), session.id]
    return pageOf('sessions', summaries, at.limit, key)
  }

  async run(id: string): Promise<Run | null> {
    const _id = this.own.key(checkId('run', id))
    const row = await this.db.retry(() => this.own.run(_id))
    await this.db.present('sessions', row)
    return row === null ? null : runs.fromRow(row)
  }

  async runs(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    return query?.sessionId === undefined ? this.runsByTime(query, page) : this.runsBySeq(query, page)
  }

  private async runsByTime(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    const [filters, at] = acceptList('runs', [0, ''] as const, () => acceptRunQuery(query), page)
    const those = this.runsThat(filters)
    const key = (run: RunSummary) => [toMicroseconds(run.startedAt), run.id]
    const found = await this.db.retry(async () => {
      const there: Row[] = []
      let from: PageAt = at
      for (;;) {
        const after = pageDown([{ field: 'startedAt', time: true }, { field: '_id.id' }], from)
        const rows = await this.own.runs(allOf(those, after.filter), after.sort, after.limit)
        there.push(...(await this.own.living(rows)))
        // What is not there any more was left by a writer that died: there is more to read in its place.
        if (rows.length < after.limit || there.length > at.limit) return there
        from = { limit: at.limit, after: key(runSummaries.fromRow(rows.at(-1)!)) }
      }
    })
    await this.db.present('sessions', found)
    const summaries = found.map((row) => runSummaries.fromRow(row))
    return pageOf('runs', summaries, at.limit, key)
  }

  private async runsBySeq(query: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    const [{ sessionId, ...filters }, at] = acceptList(OF_SESSION, [0] as const, () => acceptRunQuery(query), page)
    const those = this.runsThat(filters)
    const found = await this.db.retry(async () => {
      const session = await this.own.session(sessionId!)
      if (session === null || session.removing !== undefined) return []
      const after = pageDown([{ field: 'seq' }], at)
      const { life, runs: seq } = session
      return this.own.runs(allOf({ sessionId, life, seq: { $lte: seq } }, those, after.filter), after.sort, after.limit)
    })
    await this.db.present('sessions', found)
    const summaries = found.map((row) => runSummaries.fromRow(row))
    return pageOf(OF_SESSION, summaries, at.limit, (run) => [run.seq])
  }

  private runsThat({ from, to, labels, ...equal }: RunQuery): Document {
    const those = { '_id.tenant': this.tenant, ...whereEqual(equal) }
    return allOf(those, ...whereLabelled(labels), ...whereBetween('startedAt', { from, to }))
  }

  private async create(next: Session, savedBy: string): Promise<void> {
    await this.db.collection('sessions').insertOne({ ...sessions.toRow(this.tenant, next), life: newId(), savedBy })
  }

  /** Of the session, what is another than before: the count of runs belongs to those who append them. */
  private async change({ _id, life, version }: Row, changes: Partial<Session>, savedBy: string): Promise<void> {
    const { updatedAt = 0, ...others } = changes
    const { $set, ...$rest } = sessions.toPatch(others)
    // Somebody who appended may have moved it since the session was read: no time goes back.
    const update = { $set: { ...$set, savedBy }, ...$rest, $max: { updatedAt: new Date(updatedAt) } }
    const { matchedCount } = await this.db
      .collection('sessions')
      .updateOne({ _id, life, version, removing: { $exists: false } }, update)
    if (matchedCount === 0) throw new Moved()
  }
}
