import {
  DOMAINS,
  type Domain,
  type MigrationStatus,
  type Migrations,
  type Storage,
  StoreError,
  type TenantStorage,
} from '@freehold/contract'

/** The storage that each domain is taken from; several may be the same one. */
export type Parts = Readonly<Record<Domain, Storage>>

/** Several storages as one. */
export function routed(parts: Parts): Storage {
  let closing: Promise<void> | undefined
  return {
    ...confinedTo(parts),
    tenant(id) {
      const views = new Map(distinct(parts).map((storage) => [storage, storage.tenant(id)]))
      return confinedTo(recordOf((domain) => views.get(parts[domain])!))
    },
    relay: parts.approvals.relay,
    retention: { purge: async (domain, order) => partOf(parts, domain).retention.purge(domain, order) },
    migrations: routedMigrations(recordOf((domain) => parts[domain].migrations)),
    close() {
      closing ??= closeAll(distinct(parts))
      return closing
    },
  }
}

/** Each domain's own history, wherever it lives. */
export function routedMigrations(parts: Readonly<Record<Domain, Migrations>>): Migrations {
  async function gather<T>(domain: Domain | undefined, ask: (m: Migrations, domain: Domain) => Promise<T[]>) {
    const all: T[] = []
    for (const each of domain === undefined ? DOMAINS : [known(domain)]) all.push(...(await ask(parts[each], each)))
    return all
  }
  return {
    async status() {
      const told = new Map<Migrations, MigrationStatus[]>()
      for (const migrations of new Set(Object.values(parts))) told.set(migrations, await migrations.status())
      return DOMAINS.toSorted().flatMap((domain) =>
        told.get(parts[domain])!.filter((status) => status.domain === domain),
      )
    },
    up: (domain) => gather(domain, (migrations, each) => migrations.up(each)),
    down: async (domain) => parts[known(domain)].down(domain),
    plan: (domain) => gather(domain, (migrations, each) => migrations.plan(each)),
  }
}

/** Closes every one, even when another fails to close. @throws StoreError, that of the one or `internal` for several. */
export async function closeAll(storages: readonly Storage[]): Promise<void> {
  const results = await Promise.allSettled(storages.map((storage) => storage.close()))
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  if (reasons.length === 1) throw reasons[0]
  if (reasons.length > 1) {
    const message = `${reasons.length} of ${storages.length} databases did not close cleanly; see the cause`
    throw new StoreError('internal', message, { cause: new AggregateError(reasons) })
  }
}

function confinedTo(parts: Readonly<Record<Domain, TenantStorage>>): TenantStorage {
  return {
    tenantId: parts.traces.tenantId,
    traces: parts.traces.traces,
    sessions: parts.sessions.sessions,
    approvals: parts.approvals.approvals,
    audit: parts.audit.audit,
    capabilities: recordOf((domain) => parts[domain].capabilities[domain]),
  }
}

function known(domain: Domain): Domain {
  if (DOMAINS.includes(domain)) return domain
  throw StoreError.invalid('migrations', [
    { field: 'domain', message: `is no domain; give one of ${DOMAINS.join(', ')}` },
  ])
}

/** Where a domain is; what is none is refused where any is. */
function partOf(parts: Parts, domain: Domain): Storage {
  return Object.hasOwn(parts, domain) ? parts[domain] : parts.traces
}

function distinct(parts: Parts): Storage[] {
  return [...new Set(Object.values(parts))]
}

function recordOf<T>(value: (domain: Domain) => T): Record<Domain, T> {
  return Object.fromEntries(DOMAINS.map((domain) => [domain, value(domain)])) as Record<Domain, T>
}
