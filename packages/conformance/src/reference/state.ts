import { type ApprovalsState, emptyApprovals } from './approvals.js'
import { type AuditState, emptyAudit, type ShapesState } from './audit.js'
import { emptyMigrations, type MigrationsState } from './migrations.js'
import { emptySessions, type SessionsState } from './sessions.js'
import { emptyTraces, type TracesState } from './traces.js'

/** All that the reference store keeps: plain data, each domain keyed by tenant. */
export interface State {
  traces: TracesState
  sessions: SessionsState
  approvals: ApprovalsState
  audit: AuditState
  shapes: ShapesState
  migrations: MigrationsState
}

/** Nothing: not even a schema. */
export function emptyState(): State {
  return {
    traces: emptyTraces(),
    sessions: emptySessions(),
    approvals: emptyApprovals(),
    audit: emptyAudit(),
    shapes: new Map(),
    migrations: emptyMigrations(),
  }
}
