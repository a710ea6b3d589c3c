import { type Labels, labelTexts, type Run, type Session } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { changedLabels, goneNames } from './trace-labels.js'

/** What is told of a session before and after it was saved. */
interface Saved {
  before: Session | undefined
  after: Session
}

/** Keeps the rows by which a session is found by its labels, when its own row was written. */
export async function keepSessionLabels(
  db: Database,
  trx: Knex,
  tenant: string,
  { before, after }: Saved,
): Promise<void> {
  if (before?.labels === after.labels) return
  const { id } = after
  await forget(db, trx, 'session_labels', { tenant, id }, goneNames(before?.labels, after.labels))
  const created_at = db.dialect.toTime(after.createdAt)
  const rows = labelTexts(changedLabels(before?.labels, after.labels)).map(([name, value]) => ({
    ...{ tenant, id, name, value, created_at },
  }))
  await db.overwrite(trx, 'session_labels', ['tenant', 'id', 'name'], rows)
}

/** Keeps those of runs that were appended, or of one that was changed. */
export async function keepRunLabels(
  db: Database,
  trx: Knex,
  tenant: string,
  runs: readonly Run[],
  before?: Run,
): Promise<void> {
  const rows = runs.flatMap((run) => rowsOf(db, tenant, run, labelsToWrite(before, run)))
  if (before !== undefined) {
    const key = { tenant, session_id: before.sessionId, seq: before.seq }
    await forget(db, trx, 'run_labels', key, goneNames(before.labels, runs[0]?.labels))
  }
  await db.overwrite(trx, 'run_labels', ['tenant', 'session_id', 'seq', 'name'], rows)
}

function labelsToWrite(before: Run | undefined, run: Run): Labels | undefined {
  if (before === undefined || before.startedAt !== run.startedAt) return run.labels
  return before.labels === run.labels ? undefined : changedLabels(before.labels, run.labels)
}

function rowsOf(db: Database, tenant: string, { id, sessionId, seq, startedAt }: Run, labels: Labels | undefined) {
  const started_at = db.dialect.toTime(startedAt)
  return labelTexts(labels).map(([name, value]) => ({
    ...{ tenant, session_id: sessionId, seq, name, value, started_at, id },
  }))
}

async function forget(
  db: Database,
  trx: Knex,
  table: string,
  key: Readonly<Record<string, unknown>>,
  names: readonly string[],
): Promise<void> {
  if (names.length > 0) await trx(db.table(table)).where(key).whereIn('name', names).delete()
}
