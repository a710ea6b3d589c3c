import {
  type AcceptedRun,
  completeRun,
  KnownHeads,
  LastUsed,
  Moved,
  type Run,
  type SessionSummary,
  StoreError,
  Together,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { type Appended, appendBehind, Taken } from './behind-heads.js'
import type { Database } from './database.js'
import { rowByKey, updateByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { isOfDatabase } from './errors.js'
import { runs as runCodec, sessionSummaries } from './rows/sessions.js'
import { keepRunLabels } from './session-labels.js'
import { BeingRemoved, MARK, SessionRuns } from './session-runs.js'

/** Most runs, and characters of JSON in them, of calls that are done in one transaction. */
const MAX_GROUP = 1000
const MAX_CHARACTERS = 4_000_000

/** Of how many tenants a process keeps the appends. */
const MAX_WRITERS = 1000

/** A run, and its row but for what its session decides. */
interface Encoded {
  run: AcceptedRun
  row: Row
}

/** Appends to sessions of one tenant, to be done together. */
type Appends = Together<readonly Encoded[], Run[]>

/** Appends of one process to sessions of one tenant take turns. Those of tenants that appended long ago are forgotten. */
export class RunsByTenant {
  private readonly appends: LastUsed<Appends>

  constructor(private readonly db: Database) {
    const heads = new KnownHeads<SessionSummary>((one, other) => one.runs === other.runs)
    this.appends = new LastUsed(MAX_WRITERS, (tenant) => appendsTogether(db, tenant, heads))
  }

  /** Appends runs of one session. Their JSON is made before it is their turn. */
  append(tenant: string, runs: readonly AcceptedRun[]): Promise<Run[]> {
    return this.appends.of(tenant).do(runs.map((run) => ({ run, row: runCodec.toRow(this.db.dialect, run as Run) })))
  }
}

function appendsTogether(db: Database, tenant: string, heads: KnownHeads<SessionSummary>): Appends {
  return new Together({
    async work(calls) {
      const stored = await new SessionRuns(db, tenant).afterSweeps(() => appendRuns(db, tenant, calls.flat(), heads))
      return calls.map((runs) => runs.map(({ run }) => stored.get(run.id)!))
    },
    ofAll: (error) => isOfDatabase(db.dialect, error),
    share: (runs) => Math.max(runs.length / MAX_GROUP, charactersOf(runs) / MAX_CHARACTERS),
  })
}

function charactersOf(runs: readonly Encoded[]): number {
  let characters = 0
  for (const { row } of runs)
    for (const value of Object.values(row)) if (typeof value === 'string') characters += value.length
  return characters
}

/** Appends the runs whose ids are free, in one transaction, and resolves to all of them as they are stored, by id. */
function appendRuns(
  db: Database,
  tenant: string,
  runs: readonly Encoded[],
  heads: KnownHeads<SessionSummary>,
): Promise<Map<string, Run>> {
  const names = [...new Set(runs.map(({ run }) => run.sessionId))].sort()
  return appendBehind(db, heads, {
    tenant,
    names,
    nameOf: ({ id }) => id,
    lock: (trx) => lockSessions(db, trx, tenant, names),
    append: (trx, before, known) => appendTo(before, db, trx, tenant, runs, known),
    known: () => storedOf(db, tenant, runs),
  })
}

/** Appends to these sessions, whose counts move first: whoever else appends waits for them before anything else. */
async function appendTo(
  sessions: readonly SessionSummary[],
  db: Database,
  trx: Knex,
  tenant: string,
  runs: readonly Encoded[],
  known: ReadonlyMap<string, Run>,
): Promise<Appended<SessionSummary, Run>> {
  const updatedAt = Date.now()
  const moved = new Map(sessions.map((session) => [session.id, session]))
  const stored = new Map(known)
  const rows: Row[] = []
  const appendedRuns: Run[] = []
  for (const { run, row } of runs) {
    const before = stored.get(run.id)
    if (before !== undefined) {
      refuseOther(before, run)
      continue
    }
    const session = moved.get(run.sessionId)!
    const appended = completeRun(run, session, session.runs + 1)
    moved.set(session.id, { ...session, runs: appended.seq, updatedAt: Math.max(updatedAt, session.updatedAt) })
    stored.set(run.id, appended)
    appendedRuns.push(appended)
    rows.push({ tenant, ...row, ...runCodec.toPatch(db.dialect, decidedBySession(appended)) })
  }
  for (const session of sessions) await moveSession(db, trx, tenant, session, moved.get(session.id)!)
  if ((await db.insertNew(trx, 'runs', rows)) < rows.length) throw new Taken()
  await keepRunLabels(db, trx, tenant, appendedRuns)
  return { stored, moved }
}

function decidedBySession({ seq, type, agentId, teamId, workflowId, userId }: Run): Partial<Run> {
  return { seq, type, agentId, teamId, workflowId, userId } as Partial<Run>
}

function refuseOther(before: Run, run: AcceptedRun): void {
  if (before.sessionId !== run.sessionId)
    throw new StoreError('already_exists', 'the run id is taken by a run of another session; use a new id')
}

/** Locks sessions, in the order of their ids. @throws StoreError `not_found` */
async function lockSessions(
  db: Database,
  trx: Knex,
  tenant: string,
  ids: readonly string[],
): Promise<SessionSummary[]> {
  const locked: SessionSummary[] = []
  for (const id of ids) {
    const by = { table: db.table('sessions'), key: { tenant, id } }
    const row = await rowByKey(trx, db.dialect, [...sessionSummaries.columns, MARK], by, 'lock')
    if (row === undefined || row[MARK] !== null)
      throw new StoreError('not_found', 'there is no such session; save it before its runs')
    locked.push(sessionSummaries.fromRow(db.dialect, row))
  }
  return locked
}

/** Only as it was when its owners were read: they are the runs' too. One of the same id that was made since is another. */
async function moveSession(
  db: Database,
  trx: Knex,
  tenant: string,
  { id, runs, version, createdAt }: SessionSummary,
  after: SessionSummary,
): Promise<void> {
  if (after.runs === runs) return
  const { dialect } = db
  const set = { runs: after.runs, updated_at: dialect.toTime(after.updatedAt) }
  const key = { tenant, id, runs, version, created_at: dialect.toTime(createdAt) }
  const by = { table: db.table('sessions'), key, and: `${dialect.quote(MARK)} is null` }
  if ((await updateByKey(trx, dialect, set, by)) === 0) throw new Moved()
}

/** The runs of these ids that are there. @throws BeingRemoved where one is in the way of which only a rest is left */
async function storedOf(db: Database, tenant: string, runs: readonly Encoded[]): Promise<Map<string, Run>> {
  const ids = runs.map(({ run }) => run.id)
  const rows = await db.read<Row[]>((knex) =>
    knex(db.table('runs')).select(runCodec.columns).where({ tenant }).whereIn('id', ids),
  )
  const stored = rows.map((row) => runCodec.fromRow(db.dialect, row))
  const marked = await db.read<Row | undefined>((knex) =>
    knex(db.table('session_removals'))
      .where({ tenant })
      .whereIn('session_id', [...new Set(stored.map(({ sessionId }) => sessionId))])
      .first('session_id'),
  )
  if (marked !== undefined) throw new BeingRemoved(marked.session_id as string)
  return new Map(stored.map((run) => [run.id, run]))
}
