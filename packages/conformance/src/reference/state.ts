import { type ApprovalsState, emptyApprovals } from './approvals-state.js'
import { type AuditState, emptyAudit, type ShapesState } from './audit.js'
import { emptyMigrations, type MigrationsState } from './migrations.js'
import type { RelayState } from './relay.js'
import { emptySessions, type SessionsState } from './sessions.js'
import { emptyTraces, type TracesState } from './traces.js'

/** All that the reference store keeps: plain data, each domain keyed by tenant, and beside them what is of all tenants. */
export interface State {
  traces: TracesState
  sessions: SessionsState
  approvals: ApprovalsState
  relay: RelayState
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
    relay: new Map(),
    audit: emptyAudit(),
    shapes: new Map(),
    migrations: emptyMigrations(),
  }
}
