import {
  type Capabilities,
  checkTenant,
  DEFAULT_TENANT,
  DOMAINS,
  type Domain,
  LEAST_CAPABLE,
  type Storage,
  StoreError,
  type TenantStorage,
  Watchers,
} from '@freehold/contract'
import type { OpenOptions } from '../harness.js'
import { referenceApprovals } from './approvals.js'
import { referenceAudit } from './audit.js'
import type { Medium } from './medium.js'
import { checkDomain, checkSchema, referenceMigrations } from './migrations.js'
import { forgetTold, referenceRelay } from './relay.js'
import { referenceRetention } from './retention.js'
import { referenceSessions } from './sessions.js'
import type { State } from './state.js'
import { referenceTraces } from './traces.js'

/** Opens the reference store on a medium, as a backend opens a database. */
export async function openReference(medium: Medium<State>, { migrate }: OpenOptions): Promise<Storage> {
  const storage = referenceStorage(medium)
  if (migrate) await storage.migrations.up()
  await medium.transact(checkSchema)
  return storage
}

/** The reference store, on a medium whose schema is there. */
export function referenceStorage(medium: Medium<State>): Storage {
  const gate = new Gate()
  const watchers = new Watchers()
  const tenants = new Map<string, TenantStorage>()
  const tenant = (id: string): TenantStorage => {
    const view = tenants.get(checkTenant(id)) ?? tenantView(medium, id, gate, watchers)
    tenants.set(id, view)
    return view
  }
  const approvalsOf = (id: string) => referenceApprovals(checked(medium, 'approvals'), id, watchers, forgetTold)
  return {
    ...tenant(DEFAULT_TENANT),
    tenant,
    relay: gate.guard(referenceRelay(checked(medium, 'approvals'), approvalsOf)),
    retention: gate.guard(referenceRetention(checked(checked(medium, 'traces'), 'sessions'))),
    migrations: gate.guard(referenceMigrations(medium)),
    close: () => gate.close(),
  }
}

function tenantView(medium: Medium<State>, tenantId: string, gate: Gate, watchers: Watchers): TenantStorage {
  return {
    tenantId,
    traces: gate.guard(referenceTraces(checked(medium, 'traces'), tenantId)),
    sessions: gate.guard(referenceSessions(checked(medium, 'sessions'), tenantId)),
    approvals: gate.guard(referenceApprovals(checked(medium, 'approvals'), tenantId, watchers, forgetTold)),
    audit: gate.guard(referenceAudit(checked(medium, 'audit'), tenantId)),
    capabilities: Object.fromEntries(DOMAINS.map((domain) => [domain, LEAST_CAPABLE])) as Record<Domain, Capabilities>,
  }
}

/** The medium, of which every transaction looks first whether the schema of a domain is still there. */
function checked(medium: Medium<State>, domain: Domain): Medium<State> {
  return {
    transact: (work) =>
      medium.transact((state) => {
        checkDomain(state, domain)
        return work(state)
      }),
  }
}

/** Lets calls through until it is closed; closing waits for those inside. */
class Gate {
  private closed = false
  private readonly inside = new Set<Promise<unknown>>()

  guard<S extends object>(store: S): S {
    const guarded = Object.entries(store).map(([name, method]) => [
      name,
      (...args: unknown[]) => this.enter(() => method(...args)),
    ])
    return Object.fromEntries(guarded) as S
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.allSettled(this.inside)
  }

  private async enter<T>(call: () => Promise<T>): Promise<T> {
    if (this.closed) throw new StoreError('unavailable', 'the store is closed', { retryable: false })
    const result = call()
    this.inside.add(result)
    try {
      return await result
    } finally {
      this.inside.delete(result)
    }
  }
}
