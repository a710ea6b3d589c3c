import type { ApprovalStore } from '../approvals.js'
import type { AuditStore } from '../audit.js'
import type { Capabilities } from '../capabilities.js'
import { DOMAINS, type Domain } from '../domain.js'
import type { StoreError } from '../errors.js'
import type { Migrations } from '../migrations.js'
import type { ApprovalRelay } from '../relay.js'
import type { Retention } from '../retention.js'
import type { SessionStore } from '../sessions.js'
import { DEFAULT_TENANT, type Storage, type TenantStorage } from '../storage.js'
import type { TraceStore } from '../traces.js'
import { checkTenant } from './accept-arguments.js'
import { refusing } from './accept-options.js'
import { Gate } from './gate.js'
import { LastUsed } from './last-used.js'

/** How many tenants have their stores kept. */
const TENANTS = 1_000

/** The stores of one tenant, made when somebody asks for them. */
export interface TenantStores {
  traces: TraceStore
  sessions: SessionStore
  approvals: ApprovalStore
  audit: AuditStore
}

export interface Parts {
  /** What was opened here; the other domains refuse every call. */
  domains: readonly Domain[]
  capabilities: Capabilities
  storesOf(tenantId: string): TenantStores
  relay: ApprovalRelay
  retention: Retention
  migrations: Migrations
  /** What a driver's error means. */
  translate(error: unknown): StoreError
  /** Lets go of the database, once all calls have ended. */
  release(): Promise<void>
}

/** Puts the stores of a backend together, behind one gate. */
export function assemble({
  domains,
  capabilities,
  storesOf,
  relay,
  retention,
  migrations,
  translate,
  release,
}: Parts): Storage {
  const gate = new Gate(translate)
  const confined = (tenantId: string): TenantStorage => {
    const stores = storesOf(tenantId)
    const open = <D extends Domain>(domain: D): TenantStores[D] =>
      gate.guard<TenantStores[D]>(domains.includes(domain) ? stores[domain] : refusing(domain))
    return {
      tenantId,
      traces: open('traces'),
      sessions: open('sessions'),
      approvals: open('approvals'),
      audit: open('audit'),
      capabilities: Object.fromEntries(
        DOMAINS.map((domain) => [domain, capabilities]),
      ) as TenantStorage['capabilities'],
    }
  }
  // Who waits for approvals of a tenant does so together, however often the tenant is asked for.
  const tenants = new LastUsed(TENANTS, confined)
  return {
    ...confined(DEFAULT_TENANT),
    tenant: (id) => tenants.of(checkTenant(id)),
    relay: gate.guard<ApprovalRelay>(domains.includes('approvals') ? relay : refusing('approvals')),
    retention: gate.guard<Retention>(retention),
    migrations: gate.guard(migrations),
    close: () => gate.close(release),
  }
}
