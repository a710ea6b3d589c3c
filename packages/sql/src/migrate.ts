import {
  canonicalJson,
  type Domain,
  type MigrationStatus,
  type Migrations,
  StoreError,
  sha256,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { historyOf, MIGRATIONS } from './migrations/index.js'
import { createTable, dropTable, type Migration } from './schema.js'
import { dropViews } from './shape-view.js'

/** The migrations of the domains that are used here: each has a history table of its own. */
export class SqlMigrations implements Migrations {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  async status(): Promise<MigrationStatus[]> {
    const all: MigrationStatus[] = []
    for (const domain of this.domains) all.push(...(await this.statusOf(this.db.knex, domain)))
    return all
  }

  async up(domain?: Domain): Promise<MigrationStatus[]> {
    const applied: MigrationStatus[] = []
    for (const each of this.chosen(domain)) applied.push(...(await this.upOne(each)))
    return applied
  }

  async down(domain: Domain): Promise<MigrationStatus[]> {
    if (domain === undefined) throw unknownDomain(this.domains)
    this.chosen(domain)
    return this.db.migrating(async (trx) => {
      const applied = (await this.statusOf(trx, domain)).filter(({ state }) => state !== 'pending').reverse()
      refuseForeign(domain, applied)
      if (domain === 'audit' && applied.length > 0) await dropViews(this.db, trx)
      const tables = MIGRATIONS[domain].flatMap((migration) => migration.tables).reverse()
      for (const table of [...tables, historyOf(domain)])
        for (const statement of dropTable(this.db.dialect, this.db.prefix, table)) await trx.raw(statement)
      return applied.map(({ name }) => ({ domain, name, state: 'pending' }))
    })
  }

  async plan(domain?: Domain): Promise<string[]> {
    const statements: string[] = []
    for (const each of this.chosen(domain)) {
      const pending = pendingOf(each, await this.statusOf(this.db.knex, each))
      if (pending.length > 0) statements.push(...createTable(this.db.dialect, this.db.prefix, historyOf(each)))
      statements.push(...pending.flatMap((migration) => this.statementsOf(migration)))
    }
    return statements
  }

  /** @throws StoreError `unsupported` unless every domain has the schema of this build. */
  async check(): Promise<void> {
    for (const domain of this.domains) {
      const status = await this.statusOf(this.db.knex, domain)
      refuseForeign(domain, status)
      if (status.every(({ state }) => state === 'applied')) continue
      throw new StoreError(
        'unsupported',
        `the schema of ${domain} is missing or older than this build; bring it up to date with \`migrate: true\` or migrations.up()`,
      )
    }
  }

  private async upOne(domain: Domain): Promise<MigrationStatus[]> {
    const before = await this.statusOf(this.db.knex, domain)
    refuseForeign(domain, before)
    if (pendingOf(domain, before).length === 0) return []
    return this.db.migrating(async (trx) => {
      const pending = pendingOf(domain, await this.statusOf(trx, domain))
      for (const statement of createTable(this.db.dialect, this.db.prefix, historyOf(domain))) await trx.raw(statement)
      for (const migration of pending) {
        for (const statement of this.statementsOf(migration)) await trx.raw(statement)
        const applied_at = this.db.dialect.toTime(Date.now())
        const row = { name: migration.name, checksum: checksumOf(migration), applied_at }
        await this.db.insertNew(trx, historyOf(domain).name, [row])
      }
      return pending.map(({ name }) => ({ domain, name, state: 'applied' }))
    })
  }

  private async statusOf(knex: Knex, domain: Domain): Promise<MigrationStatus[]> {
    const known = new Map(MIGRATIONS[domain].map((migration) => [migration.name, checksumOf(migration)]))
    const applied = new Map<string, string>()
    if (await knex.schema.hasTable(this.db.table(historyOf(domain).name))) {
      const rows: Row[] = await knex(this.db.table(historyOf(domain).name)).select('name', 'checksum')
      for (const row of rows) applied.set(row.name as string, row.checksum as string)
    }
    const names = [...new Set([...known.keys(), ...applied.keys()])].sort()
    return names.map((name) => ({ domain, name, state: stateOf(known.get(name), applied.get(name)) }))
  }

  private statementsOf(migration: Migration): string[] {
    return migration.tables.flatMap((table) => createTable(this.db.dialect, this.db.prefix, table))
  }

  private chosen(domain: Domain | undefined): readonly Domain[] {
    if (domain === undefined) return this.domains
    if (this.domains.includes(domain)) return [domain]
    throw unknownDomain(this.domains)
  }
}

function unknownDomain(domains: readonly Domain[]): StoreError {
  const message = `is not a domain of this database; it has ${domains.join(', ')}`
  return StoreError.invalid('migrations', [{ field: 'domain', message }])
}

/** Over the data of a migration: not the SQL made from it, which a newer knex or dialect may write otherwise. */
function checksumOf(migration: Migration): string {
  return sha256(canonicalJson(migration.tables as never))
}

function stateOf(known: string | undefined, applied: string | undefined): MigrationStatus['state'] {
  if (known === undefined) return 'unknown'
  if (applied === undefined) return 'pending'
  return known === applied ? 'applied' : 'changed'
}

function pendingOf(domain: Domain, status: readonly MigrationStatus[]): Migration[] {
  const pending = new Set(status.filter(({ state }) => state === 'pending').map(({ name }) => name))
  return MIGRATIONS[domain].filter(({ name }) => pending.has(name))
}

function refuseForeign(domain: Domain, status: readonly MigrationStatus[]): void {
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
