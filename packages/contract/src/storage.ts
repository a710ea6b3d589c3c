import type { ApprovalStore } from './approvals.js'
import type { AuditStore } from './audit.js'
import type { Capabilities } from './capabilities.js'
import type { Domain } from './domain.js'
import type { Migrations } from './migrations.js'
import type { ApprovalRelay } from './relay.js'
import type { Retention } from './retention.js'
import type { SessionStore } from './sessions.js'
import type { TraceStore } from './traces.js'

/**
 * Used where no tenant is named. It is a tenant like any other: `tenant('default')` reads and writes what the storage
 * without one does, so no customer may be called so, unless the platform requires tenants or names another that stands for
 * none (`tenants` of `openStorage`).
 */
export const DEFAULT_TENANT = 'default'

/**
 * The four stores, confined to one tenant. Keys lead with the tenant, so:
 *
 * - no method of one tenant reads, counts, hides or changes a row of another
 * - two tenants may use the same ids
 * - a tenant id that is empty, too long or not text is refused as invalid
 */
export interface TenantStorage {
  /** {@link DEFAULT_TENANT} where none is named, unless told; `''` where that is refused. */
  readonly tenantId: string
  readonly traces: TraceStore
  readonly sessions: SessionStore
  readonly approvals: ApprovalStore
  readonly audit: AuditStore
  /** What the backend behind each domain can do. */
  readonly capabilities: Record<Domain, Capabilities>
}

/**
 * What a backend opens, what the front door composes, and what a layer wraps: the same at every level.
 *
 * - ids are compared byte for byte
 * - ids of 128 bytes are kept whole and longer ones are refused by name
 * - JSON comes back equal to what went in
 * - NUL characters and lone surrogates cost one value and never the row
 * - all that is wrong with the arguments of a call is told at once
 * - a value that is not JSON is refused by the path of the field
 * - microseconds survive the round trip
 * - an unknown field or filter is refused by name and never ignored
 * - an error message never holds a payload
 * - a read that fails is an error and never an empty answer
 * - a committed write is read by another connection and survives reopening
 * - after close every method is refused as unavailable and is not retryable
 * - a write in flight when close is called is either acknowledged and kept or refused
 * - closing twice is closing once
 */
export interface Storage extends TenantStorage {
  /** The same databases, confined to `id`. Costs nothing: no connection, no statement. */
  tenant(id: string): TenantStorage
  /** Tells others what happens to the approvals of all tenants. It is where the approvals are. */
  readonly relay: ApprovalRelay
  /** Removes what is past its date, of all tenants. */
  readonly retention: Retention
  readonly migrations: Migrations
  /** Waits for what is in flight, refuses what comes after, and closes everything that was opened. */
  close(): Promise<void>
}
