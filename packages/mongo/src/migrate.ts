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
  StoreError,
  schemaStatus,
  sha256,
} from '@freehold/contract'
import type { Database, Row } from './database.js'
import { anew, halfGone, LEAVING } from './documents/history.js'
import { withLease } from './lease.js'
import { MIGRATIONS } from './migrations/index.js'
import {
  type CollectionSpec,
  createCollection,
  dropCollection,
  history,
  LEASES,
  type Migration,
  planOf,
  planOfHistory,
  planOfIndexes,
} from './schema.js'
import { lackOf } from './server.js'
import { dropViews } from './shape-view.js'

/** The migrations of the domains that are used here: each has a history collection of its own. */
export class MongoMigrations implements Migrations {
  constructor(
    private readonly db: Database,
    private readonly domains: readonly Domain[],
  ) {}

  async status(): Promise<MigrationStatus[]> {
    const all: MigrationStatus[] = []
    for (const domain of this.domains) all.push(...statusOf(domain, await this.rowsOf(domain)))
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
      const status = statusOf(domain, await this.rowsOf(domain))
      const applied = status.filter(({ state }) => state !== 'pending').reverse()
      refuseForeignSchema(domain, applied)
      // Nothing goes before the history says so, and the history goes last: what stops half-way is gone on with by another `down`.
      for (const migration of MIGRATIONS[domain]) await this.leave(domain, migration)
      if (domain === 'audit') await dropViews(this.db)
      const collections = MIGRATIONS[domain].flatMap((migration) => migration.collections).reverse()
      for (const collection of [...collections, history(domain)]) await dropCollection(this.db, collection)
      return applied.map(({ name }) => ({ domain, name, state: 'pending' }))
    })
  }

  async plan(domain?: Domain): Promise<string[]> {
    const { prefix } = this.db
    const commands: string[] = []
    for (const each of chosenDomains(this.domains, domain)) {
      const { pending, bare } = await this.leftOf(each)
      commands.push(...bare.flatMap((collection) => planOfIndexes(prefix, collection)))
      if (pending.length > 0) commands.push(...planOf(prefix, history(each)))
      for (const migration of pending) {
        commands.push(...migration.collections.flatMap((collection) => planOf(prefix, collection)))
        // Last, so that what was interrupted is not taken for done.
        commands.push(planOfHistory(prefix, each, migration.name, checksumOf(migration)))
      }
    }
    return commands.length === 0 ? [] : [...planOf(prefix, LEASES), ...commands]
  }

  /** @throws StoreError `unsupported` unless every domain has the schema of this build, and all that promises rest on. */
  async check(): Promise<void> {
    for (const domain of this.domains) {
      const { status, bare } = await this.leftOf(domain)
      requireSchema(domain, status)
      for (const { name, indexes = [] } of bare) {
        const index = indexes.find(({ unique }) => unique)
        if (index === undefined) continue
        const was = `the unique index ${index.name} of ${this.db.name(name)} was made, and is gone`
        throw new StoreError('unsupported', `${was}; make it anew with \`migrate: true\` or migrations.up()`)
      }
    }
  }

  private async upOne(domain: Domain): Promise<MigrationStatus[]> {
    const { pending, bare } = await this.leftOf(domain)
    if (pending.length === 0 && bare.length === 0) return []
    return this.migrating(async () => {
      const { pending, bare } = await this.leftOf(domain)
      for (const collection of [...bare, history(domain)]) await createCollection(this.db, collection)
      for (const migration of pending) {
        for (const collection of migration.collections) await createCollection(this.db, collection)
        const row = { _id: migration.name, checksum: checksumOf(migration), appliedAt: new Date() }
        await this.db.insertNew(history(domain).name, [row])
      }
      return pending.map(({ name }) => ({ domain, name, state: 'applied' }))
    })
  }

  /**
   * What is to be done until a domain has its schema: migrations, and indexes of those that were applied.
   * @throws StoreError `unsupported` for a schema that nothing can be built on, because some of it is gone or it is another build's
   */
  private async leftOf(
    domain: Domain,
  ): Promise<{ status: MigrationStatus[]; pending: Migration[]; bare: CollectionSpec[] }> {
    const rows = await this.rowsOf(domain)
    const status = statusOf(domain, rows)
    const pending = pendingMigrations(domain, MIGRATIONS[domain], status)
    if (rows.some((row) => LEAVING in row)) throw halfGone(domain)
    const applied = MIGRATIONS[domain].filter((migration) => !pending.includes(migration))
    const made = applied.flatMap(({ collections }) => collections)
    const { gone, bare } = await this.db.retry(() => lackOf(this.db, made))
    if (gone.length > 0)
      throw new StoreError('unsupported', `${this.db.name(gone[0]!.name)} was made, and is gone; ${anew(domain)}`)
    return { status, pending, bare }
  }

  private rowsOf(domain: Domain): Promise<Row[]> {
    return this.db.retry(() => this.db.find(history(domain).name, {}))
  }

  /** Of one that was not applied as well: there may be a part of it. */
  private async leave(domain: Domain, migration: Migration): Promise<void> {
    const update = {
      $set: { [LEAVING]: true },
      $setOnInsert: { checksum: checksumOf(migration), appliedAt: new Date() },
    }
    await this.db.collection(history(domain).name).updateOne({ _id: migration.name }, update, { upsert: true })
  }

  /** Runs `work` while no other process changes the schema. What it does may be repeated. */
  private async migrating<T>(work: () => Promise<T>): Promise<T> {
    // Those who come later may be allowed documents only.
    await this.db.retry(() => createCollection(this.db, LEASES))
    return withLease(this.db, 'migrations', () => this.db.retry(work))
  }
}

function statusOf(domain: Domain, rows: readonly Row[]): MigrationStatus[] {
  const known = new Map(MIGRATIONS[domain].map((migration) => [migration.name, checksumOf(migration)]))
  const applied = new Map(rows.map((row) => [row._id as string, row.checksum as string]))
  return schemaStatus(domain, known, applied)
}

/** Over the data of a migration: not the commands made from it. */
function checksumOf(migration: Migration): string {
  return sha256(canonicalJson(migration.collections as never))
}
