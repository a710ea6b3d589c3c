import { DOMAINS, type Domain, type MigrationStatus, type Migrations, StoreError } from '@freehold/contract'
import type { Medium } from './medium.js'

interface Migration {
  name: string
  checksum: string
}

/** What was applied, by domain. */
export type MigrationsState = Record<Domain, Migration[]>

/** What migrations see of the store: their own record, and the rows of each domain. */
type Migrated = Record<Domain | 'shapes' | 'relay', Map<string, unknown>> & { migrations: MigrationsState }

export function emptyMigrations(): MigrationsState {
  return { traces: [], sessions: [], approvals: [], audit: [] }
}

/** What this build knows: the same for each domain, since the state needs no more than to be there. */
const KNOWN: readonly Migration[] = [{ name: '0001_tables', checksum: 'one' }]

export function referenceMigrations(medium: Medium<Migrated>): Migrations {
  return {
    status: () => medium.transact(({ migrations }) => DOMAINS.toSorted().flatMap((each) => statusOf(migrations, each))),
    up: (domain) =>
      medium.transact((state) => {
        const pending = pendingOf(state.migrations, domain)
        for (const { domain: each, name } of pending)
          state.migrations[each].push({ ...KNOWN.find((migration) => migration.name === name)! })
        return pending.map((one): MigrationStatus => ({ ...one, state: 'applied' }))
      }),
    down: (domain) =>
      medium.transact((state) => {
        refuseForeign(state.migrations, domain)
        const undone = state.migrations[domain].toReversed()
        state.migrations[domain] = []
        state[domain].clear()
        if (domain === 'audit') state.shapes.clear()
        if (domain === 'approvals') state.relay.clear()
        return undone.map(({ name }): MigrationStatus => ({ domain, name, state: 'pending' }))
      }),
    plan: (domain) =>
      medium.transact(({ migrations }) =>
        pendingOf(migrations, domain).map((one) => `apply ${one.name} to ${one.domain}`),
      ),
  }
}

/** @throws StoreError `unsupported` unless the schema is the one of this build. */
export function checkSchema({ migrations }: Pick<Migrated, 'migrations'>): void {
  if (pendingOf(migrations).length > 0)
    throw new StoreError('unsupported', 'the schema is missing or older than this build; open with migrate: true')
}

/** @throws StoreError `unsupported` unless the schema of a domain is there: what is gone reads as an error, not as empty. */
export function checkDomain({ migrations }: Pick<Migrated, 'migrations'>, domain: Domain): void {
  if (migrations[domain].length === 0)
    throw new StoreError('unsupported', `the schema of ${domain} is missing; bring it up first`)
}

function refuseForeign(applied: MigrationsState, domain?: Domain): void {
  for (const { domain: each, name, state } of routed(domain).flatMap((each) => statusOf(applied, each))) {
    if (state === 'changed')
      throw new StoreError('unsupported', `${each}/${name} was changed after it was applied; restore what was applied`)
    if (state === 'unknown')
      throw new StoreError('unsupported', `${each}/${name} was applied by a newer build; open with that build`)
  }
}

function pendingOf(applied: MigrationsState, domain?: Domain): MigrationStatus[] {
  refuseForeign(applied, domain)
  return routed(domain)
    .flatMap((each) => statusOf(applied, each))
    .filter(({ state }) => state === 'pending')
}

function routed(domain: Domain | undefined): readonly Domain[] {
  return domain === undefined ? DOMAINS : [domain]
}

function statusOf(applied: MigrationsState, domain: Domain): MigrationStatus[] {
  const there = new Map(applied[domain].map(({ name, checksum }) => [name, checksum]))
  const known = KNOWN.map(({ name, checksum }): MigrationStatus => {
    const found = there.get(name)
    there.delete(name)
    return { domain, name, state: found === undefined ? 'pending' : found === checksum ? 'applied' : 'changed' }
  })
  return [...known, ...[...there.keys()].map((name): MigrationStatus => ({ domain, name, state: 'unknown' }))]
}
