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
import type { Knex } from 'knex'
import { RunsByTenant } from './append-runs.js'
import type { Database } from './database.js'
import { type ByKey, rowByKey, updateByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { labelled } from './labelled.js'
import { type SortColumn, whereBetween } from './listing.js'
import { runSummaries, runs, sessionSummaries, sessions } from './rows/sessions.js'
import { conditionsOf, search } from './search.js'
import { keepRunLabels, keepSessionLabels } from './session-labels.js'
import { BeingRemoved, MARK, SessionRuns } from './session-runs.js'

/** When a session was created never changes: of one that was there before under its id, nothing is found. */
const SESSION_LABELS = { name: 'session_labels', key: ['id', 'created_at'], start: 'created_at' }
const RUN_LABELS = { name: 'run_labels', key: ['session_id', 'seq', 'id'], start: 'started_at' }

export class SqlSessions implements SessionStore {
  private readonly own: SessionRuns

  constructor(
    private readonly db: Database,
    private readonly tenant: string,
    /** Of the process, where there are stores of many tenants. */
    private readonly appends = new RunsByTenant(db),
  ) {
    this.own = new SessionRuns(db, tenant)
  }

  async save(input: SessionInput, options?: SaveOptions): Promise<Session> {
    const change = acceptSession(input, options)
    return this.writing(async (trx) => {
      const columns = [...sessions.columns, MARK]
      const row = await rowByKey(trx, this.db.dialect, columns, this.keyOf(change.id), 'lock')
      if (isMarked(row)) throw new BeingRemoved(change.id)
      const current = row === undefined ? undefined : sessions.fromRow(this.db.dialect, row)
      const next = changeSession(current, change, Date.now())
      if (next === undefined) return current!
      const changed =
        current === undefined
          ? await this.db.insertNew(trx, 'sessions', [
              { tenant: this.tenant, ...sessions.toRow(this.db.dialect, next) },
            ])
          : await this.changeSession(trx, current, next)
      if (changed === 0) throw new Moved()
      await keepSessionLabels(this.db, trx, this.tenant, { before: current, after: next })
      return next
    })
  }

  async appendRun(input: RunInput): Promise<Run> {
    const [run] = await this.appends.append(this.tenant, [acceptRun(input, Date.now())])
    return run!
  }

  async appendRuns(inputs: readonly RunInput[]): Promise<Run[]> {
    const runs = acceptRuns(inputs, Date.now())
    return runs.length === 0 ? [] : this.appends.append(this.tenant, runs)
  }

  async updateRun(id: string, input: RunPatch, options?: UpdateOptions): Promise<Run> {
    const [runId, patch, ifStatus] = acceptAll(
      'run patch',
      () => checkId('run', id),
      () => acceptRunPatch(input),
      () => acceptUpdateOptions(options),
    )
    const key = { tenant: this.tenant, id: runId }
    return this.db.transaction(async (trx) => {
      const row: Row | undefined = await this.own
        .present(trx(this.db.table('runs')).where(key))
        .first(runs.columns)
        .forUpdate()
      if (row === undefined) throw new StoreError('not_found', 'there is no such run; append it first')
      const run = runs.fromRow(this.db.dialect, row)
      const set = changeRun(run, patch, ifStatus)
      if (Object.keys(set).length === 0) return run
      const changed = await trx(this.db.table('runs'))
        .where({ ...key, status: run.status })
        .update(runs.toPatch(this.db.dialect, set))
      if (changed === 0) throw new Moved()
      const next = compact({ ...run, ...set })
      await keepRunLabels(this.db, trx, this.tenant, [next], run)
      return next
    })
  }

  async remove(sessionId: string): Promise<boolean> {
    return this.own.remove(checkId('session', sessionId))
  }

  async get(id: string): Promise<Session | null> {
    const sessionId = checkId('session', id)
    const row = await this.db.read((knex) =>
      rowByKey(knex, this.db.dialect, sessions.columns, { ...this.keyOf(sessionId), and: `${MARK} is null` }),
    )
    return row === undefined ? null : sessions.fromRow(this.db.dialect, row)
  }

  async list(query?: SessionQuery, page?: PageRequest): Promise<Page<SessionSummary>> {
    const [filters, at] = acceptList('sessions', [0, ''] as const, () => acceptSessionQuery(query), page)
    const { from, to, labels, ...equal } = filters
    const list = {
      table: 'sessions',
      tenant: this.tenant,
      columns: sessionSummaries.columns,
      sort: [{ column: 'created_at', time: true as const }, { column: 'id' }],
      at,
      among: (rows: Knex.QueryBuilder) =>
        whereBetween(this.db.dialect, rows.whereNull(`t.${MARK}`), 't.created_at', { from, to }),
    }
    const conditions = conditionsOf(this.db, list, equal)
    conditions.push(...labelled(this.db, list, { ...SESSION_LABELS, from, to }, labels))
    const rows = await search(this.db, { ...list, conditions })
    const summaries = rows.map((row) => sessionSummaries.fromRow(this.db.dialect, row))
    const key = (session: SessionSummary) => [toMicroseconds(session.createdAt), session.id]
    return pageOf('sessions', summaries, at.limit, key)
  }

  async run(id: string): Promise<Run | null> {
    const key = { tenant: this.tenant, id: checkId('run', id) }
    const row = await this.db.read<Row | undefined>((knex) =>
      this.own.present(knex(this.db.table('runs')).where(key)).first(runs.columns),
    )
    return row === undefined ? null : runs.fromRow(this.db.dialect, row)
  }

  async runs(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    return query?.sessionId === undefined ? this.runsByTime(query, page) : this.runsBySeq(query, page)
  }

  private async runsByTime(query?: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    const [filters, at] = acceptList('runs', [0, ''] as const, () => acceptRunQuery(query), page)
    const sort = [{ column: 'started_at', time: true as const }, { column: 'id' }]
    const summaries = await this.runsThat(filters, sort, at)
    const key = (run: RunSummary) => [toMicroseconds(run.startedAt), run.id]
    return pageOf('runs', summaries, at.limit, key)
  }

  private async runsBySeq(query: RunQuery, page?: PageRequest): Promise<Page<RunSummary>> {
    const [filters, at] = acceptList('runs of a session', [0] as const, () => acceptRunQuery(query), page)
    const summaries = await this.runsThat(filters, [{ column: 'seq' }], at)
    return pageOf('runs of a session', summaries, at.limit, (run) => [run.seq])
  }

  private async runsThat(
    { from, to, labels, ...equal }: RunQuery,
    sort: SortColumn[],
    at: PageAt,
  ): Promise<RunSummary[]> {
    const list = {
      table: 'runs',
      tenant: this.tenant,
      columns: runSummaries.columns,
      sort,
      at,
      among: (rows: Knex.QueryBuilder) =>
        whereBetween(this.db.dialect, this.own.present(rows, 't'), 't.started_at', { from, to }),
    }
    const conditions = conditionsOf(this.db, list, equal)
    conditions.push(...labelled(this.db, list, { ...RUN_LABELS, to }, labels))
    const found = await search(this.db, { ...list, conditions })
    return found.map((row) => runSummaries.fromRow(this.db.dialect, row))
  }

  private keyOf(id: string): ByKey {
    return { table: this.db.table('sessions'), key: { tenant: this.tenant, id } }
  }

  private changeSession(trx: Knex, current: Session, next: Session): Promise<number> {
    const { table, key } = this.keyOf(current.id)
    const set = sessions.toPatch(this.db.dialect, changesOf(current, next))
    return updateByKey(trx, this.db.dialect, set, { table, key: { ...key, version: current.version } })
  }

  /** A transaction that what is left of a session which is being removed may be in the way of. */
  private writing<T>(work: (trx: Knex) => Promise<T>): Promise<T> {
    return this.own.afterSweeps(() => this.db.transaction(work))
  }
}

function isMarked(session: Row | undefined): boolean {
  return session !== undefined && session[MARK] !== null
}
