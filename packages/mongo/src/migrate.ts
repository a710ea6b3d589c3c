import {
  canonicalJson,
  checkDomain,
  chosenDomains,
  type Domain,
  type MigrationStatus,
  type Migrations,
  pendingMigrations,
  refuseForeignSchema,
  requireSchema,
  schemaStatus,
  sha256,
} from '@freehold/contract'
import type { Database } from './database.js'
import { withLease } from './lease.js'
import { MIGRATIONS } from './migrations/index.js'
import { createCollection, dropCollection, history, LEASES, type Migration, planOf, planOfHistory } from './schema.js'
import { dropViews } from './shape-view.js'

/** The migrations of the domains that are used here: each has a history collection of its own. */
export class MongoMigrations implements Migrations {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  async status(): Promise<MigrationStatus[]> {
    const all: MigrationStatus[] = []
    for (const domain of this.domains) all.push(...(await this.statusOf(domain)))
    return all
  }

  async up(domain?: Domain): Promise<MigrationStatus[]> {
    const applied: MigrationStatus[] = []
    for (const each of chosenDomains(this.domains, domain)) applied.push(...(await this.upOne(each)))
    return applied
  }

  async down(domain: Domain): Promise<MigrationStatus[]> {
    checkDomain(this.domains, domain)
    return this.migrating(async () => {
      const applied = (await this.statusOf(domain)).filter(({ state }) => state !== 'pending').reverse()
      refuseForeignSchema(domain, applied)
      if (domain === 'audit') await dropViews(this.db)
      // The history goes first: what is left of a schema without one is made good by the next `up`.
      const collections = MIGRATIONS[domain].flatMap((migration) => migration.collections)
      for (const collection of [history(domain), ...collections]) await dropCollection(this.db, collection)
      return applied.map(({ name }) => ({ domain, name, state: 'pending' }))
    })
  }

  async plan(domain?: Domain): Promise<string[]> {
    const { prefix } = this.db
    const commands: string[] = []
    for (const each of chosenDomains(this.domains, domain)) {
      const pending = pendingMigrations(each, MIGRATIONS[each], await this.statusOf(each))
      if (pending.length > 0) commands.push(...planOf(prefix, history(each)))
      for (const migration of pending) {
        commands.push(...migration.collections.flatMap((collection) => planOf(prefix, collection)))
        // Last, so that what was interrupted is not taken for done.
        commands.push(planOfHistory(prefix, each, migration.name, checksumOf(migration)))
      }
    }
    return commands.length === 0 ? [] : [...planOf(prefix, LEASES), ...commands]
  }

  /** @throws StoreError `unsupported` unless every domain has the schema of this build. */
  async check(): Promise<void> {
    for (const domain of this.domains) {
      const status = await this.statusOf(domain)
      requireSchema(domain, status)
    }
  }

  private async upOne(domain: Domain): Promise<MigrationStatus[]> {
    if (pendingMigrations(domain, MIGRATIONS[domain], await this.statusOf(domain)).length === 0) return []
    return this.migrating(async () => {
      const pending = pendingMigrations(domain, MIGRATIONS[domain], await this.statusOf(domain))
      await createCollection(this.db, history(domain))
      for (const migration of pending) {
        for (const collection of migration.collections) await createCollection(this.db, collection)
        const row = { _id: migration.name, checksum: checksumOf(migration), appliedAt: new Date() }
        await this.db.insertNew(history(domain).name, [row])
      }
      return pending.map(({ name }) => ({ domain, name, state: 'applied' }))
    })
  }

  private async statusOf(domain: Domain): Promise<MigrationStatus[]> {
    const known = new Map(MIGRATIONS[domain].map((migration) => [migration.name, checksumOf(migration)]))
    const rows = await this.db.retry(() => this.db.find(history(domain).name, {}))
    const applied = new Map(rows.map((row) => [row._id as string, row.checksum as string]))
    return schemaStatus(domain, known, applied)
  }

  /** Runs `work` while no other process changes the schema. What it does may be repeated. */
  private async migrating<T>(work: () => Promise<T>): Promise<T> {
    // Those who come later may be allowed documents only.
    await this.db.retry(() => createCollection(this.db, LEASES))
    return withLease(this.db, 'migrations', () => this.db.retry(work))
  }
}

/** Over the data of a migration: not the commands made from it. */
function checksumOf(migration: Migration): string {
  return sha256(canonicalJson(migration.collections as never))
}
