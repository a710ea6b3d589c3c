import type { Domain } from '../domain.js'
import { StoreError } from '../errors.js'
import type { MigrationState, MigrationStatus } from '../migrations.js'

/** The state of every migration that this build knows or the database has, by name. Both map names to checksums. */
export function schemaStatus(
  domain: Domain,
  known: ReadonlyMap<string, string>,
  applied: ReadonlyMap<string, string>,
): MigrationStatus[] {
  const names = [...new Set([...known.keys(), ...applied.keys()])].sort()
  return names.map((name) => ({ domain, name, state: stateOf(known.get(name), applied.get(name)) }))
}

function stateOf(known: string | undefined, applied: string | undefined): MigrationState {
  if (known === undefined) return 'unknown'
  if (applied === undefined) return 'pending'
  return known === applied ? 'applied' : 'changed'
}

/**
 * Those of `migrations` that are not applied yet, in their order.
 * @throws StoreError `unsupported` for a schema that another build made: what would be done to it is not known
 */
export function pendingMigrations<M extends { name: string }>(
  domain: Domain,
  migrations: readonly M[],
  status: readonly MigrationStatus[],
): M[] {
  refuseForeignSchema(domain, status)
  const pending = new Set(status.filter(({ state }) => state === 'pending').map(({ name }) => name))
  return migrations.filter(({ name }) => pending.has(name))
}

/** @throws StoreError `unsupported` for a schema that another build made. */
export function refuseForeignSchema(domain: Domain, status: readonly MigrationStatus[]): void {
  const newer = status.find(({ state }) => state === 'unknown')
  if (newer !== undefined)
    throw new StoreError(
      'unsupported',
      `the schema of ${domain} is newer than this build: it has ${newer.name}; upgrade Freehold, nothing was changed`,
    )
  const changed = status.find(({ state }) => state === 'changed')
  if (changed !== undefined)
    throw new StoreError(
      'unsupported',
      `the schema of ${domain} was made by another ${changed.name} than this build has; use the build that made it, nothing was changed`,
    )
}

/**
 * @param hides whether the database shows nobody what they have no right to.
 * @throws StoreError `unsupported` for a schema that is not the one of this build.
 */
export function requireSchema(domain: Domain, status: readonly MigrationStatus[], hides = false): void {
  refuseForeignSchema(domain, status)
  if (status.every(({ state }) => state === 'applied')) return
  if (hides && status.every(({ state }) => state === 'pending'))
    throw new StoreError(
      'unsupported',
      `the schema of ${domain} is missing, or this user may not see it; make it with \`migrate: true\` or migrations.up() as a user who may, or grant this one its rights`,
    )
  throw new StoreError(
    'unsupported',
    `the schema of ${domain} is missing or older than this build; bring it up to date with \`migrate: true\` or migrations.up()`,
  )
}

/**
 * The domains that a call of `up`, `plan` or `down` is about: the one that is named, or all that are routed here.
 * @throws StoreError `invalid` for a domain that is not routed here.
 */
export function chosenDomains(routed: readonly Domain[], domain: Domain | undefined): readonly Domain[] {
  if (domain === undefined) return routed
  checkDomain(routed, domain)
  return [domain]
}

/** @throws StoreError `invalid` for a domain that is not routed here. */
export function checkDomain(routed: readonly Domain[], domain: Domain): void {
  if (routed.includes(domain)) return
  const message = `is not a domain of this database; it has ${routed.join(', ')}`
  throw StoreError.invalid('migrations', [{ field: 'domain', message }])
}
