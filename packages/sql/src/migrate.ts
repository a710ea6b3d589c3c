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
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { failureOf } from './errors.js'
import { migrating } from './lease.js'
import { historyOf, leasesOf, MIGRATIONS, tablesOf } from './migrations/index.js'
import { changeTable, createTable, createView, dropTable, dropView, type Migration, type Table } from './schema.js'
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
    for (const each of chosenDomains(this.domains, domain)) applied.push(...(await this.upOne(each)))
    return applied
  }

  async down(domain: Domain): Promise<MigrationStatus[]> {
    checkDomain(this.domains, domain)
    return migrating(this.db, domain, async (trx) => {
      const applied = (await this.statusOf(trx, domain)).filter(({ state }) => state !== 'pending').reverse()
      refuseForeignSchema(domain, applied)
      if (domain === 'audit' && applied.length > 0) await dropViews(this.db, trx)
      if (MIGRATIONS[domain].some(({ views }) => views !== undefined))
        await this.db.change(trx, [dropView(this.db.dialect, this.db.prefix)])
      const tables = MIGRATIONS[domain].flatMap((migration) => migration.tables).reverse()
      for (const table of [...tables, historyOf(domain)])
        await this.db.change(trx, dropTable(this.db.dialect, this.db.prefix, table))
      return applied.map(({ name }) => ({ domain, name, state: 'pending' }))
    })
  }

  async plan(domain?: Domain): Promise<string[]> {
    const statements: string[] = []
    for (const each of chosenDomains(this.domains, domain)) {
      const pending = pendingMigrations(each, MIGRATIONS[each], await this.statusOf(this.db.knex, each))
      if (pending.length > 0) statements.push(...this.bookkeeping(each))
      for (const migration of pending) {
        for (const table of migration.tables) await this.requireOurs(this.db.knex, table)
        statements.push(...(await this.statementsOf(this.db.knex, migration)), this.recorded(each, migration))
      }
    }
    return statements
  }

  /** @throws StoreError `unsupported` unless every domain has the schema of this build. */
  async check(): Promise<void> {
    for (const domain of this.domains) {
      const status = await this.statusOf(this.db.knex, domain)
      requireSchema(domain, status, this.db.dialect.hidesTables)
    }
    for (const domain of this.domains) await this.requireTables(domain)
  }

  /** The history may have been written by whoever ran the statements of a plan, beside tables that were in their way. */
  private async requireTables(domain: Domain): Promise<void> {
    const { knex, dialect } = this.db
    const tables = tablesOf(domain)
    try {
      await knex.unionAll(
        tables.map((table) => knex.select(knex.raw('1')).from(this.nothingOf(knex, table).as('ours'))),
      )
    } catch (cause) {
      const { code, refused } = failureOf(dialect, cause)
      // Who may not read a table hears so when it matters.
      if (refused) return
      if (code !== 'unsupported') throw cause
      for (const table of tables) await this.requireThere(domain, table, cause)
      throw cause
    }
  }

  private async requireThere(domain: Domain, table: Table, cause: unknown): Promise<void> {
    if (await this.db.has(this.db.knex, table.name)) return this.requireOurs(this.db.knex, table)
    const remedy = `restore it from a copy, or lose the domain: migrations.down('${domain}') and then up() make it anew, empty`
    throw new StoreError('unsupported', `${this.db.table(table.name)} was made, and is gone; ${remedy}`, { cause })
  }

  private async upOne(domain: Domain): Promise<MigrationStatus[]> {
    if (pendingMigrations(domain, MIGRATIONS[domain], await this.statusOf(this.db.knex, domain)).length === 0) return []
    this.db.dialect.makeDatabase?.(this.db.knex)
    return migrating(this.db, domain, async (trx) => {
      const pending = pendingMigrations(domain, MIGRATIONS[domain], await this.statusOf(trx, domain))
      await this.db.change(trx, this.bookkeeping(domain))
      for (const migration of pending) {
        for (const table of migration.tables) await this.requireOurs(trx, table)
        await this.db.change(trx, [...(await this.statementsOf(trx, migration)), this.recorded(domain, migration)])
      }
      return pending.map(({ name }) => ({ domain, name, state: 'applied' }))
    })
  }

  /** A table that is there already is of a migration that was interrupted, or is somebody else's. */
  private async requireOurs(knex: Knex, table: Table): Promise<void> {
    if (!(await this.db.has(knex, table.name))) return
    try {
      await this.nothingOf(knex, table)
    } catch (cause) {
      if (failureOf(this.db.dialect, cause).code !== 'unsupported') throw cause
      const message = `${this.db.table(table.name)} is there already, and is not ours; rename it, or give another prefix`
      throw new StoreError('unsupported', message, { cause })
    }
  }

  /** A query for no rows of a table, which fails unless it has our columns. */
  private nothingOf(knex: Knex, { name, columns }: Table): Knex.QueryBuilder {
    return knex(this.db.table(name)).select(Object.keys(columns)).whereRaw('1 = 0')
  }

  private async statusOf(knex: Knex, domain: Domain): Promise<MigrationStatus[]> {
    const known = new Map(MIGRATIONS[domain].map((migration) => [migration.name, checksumOf(migration)]))
    const applied = new Map<string, string>()
    if (await this.db.has(knex, historyOf(domain).name)) {
      const rows: Row[] = await knex(this.db.table(historyOf(domain).name)).select('name', 'checksum')
      for (const row of rows) applied.set(row.name as string, row.checksum as string)
    }
    return schemaStatus(domain, known, applied)
  }

  /** The tables in which a domain keeps what was applied, and who is at it. */
  private bookkeeping(domain: Domain): string[] {
    const { dialect, prefix } = this.db
    const tables = dialect.exclusive ? [historyOf(domain)] : [historyOf(domain), leasesOf(domain)]
    return tables.flatMap((table) => createTable(dialect, prefix, table))
  }

  /** A statement that may be repeated. It binds nothing, so that it is the same whoever runs it. */
  private recorded(domain: Domain, migration: Migration): string {
    const { dialect } = this.db
    const table = dialect.quote(this.db.table(historyOf(domain).name))
    const { name } = migration
    const row = `'${name}', '${checksumOf(migration)}', ${dialect.now}`
    return (
      `insert into ${table} (name, checksum, applied_at) select ${row} from (select 1 as one) as once ` +
      `where not exists (select 1 from ${table} where name = '${name}')`
    )
  }

  /** What is left of a migration: one that was interrupted may have added columns. */
  private async statementsOf(knex: Knex, migration: Migration): Promise<string[]> {
    const { dialect, prefix } = this.db
    const { tables, changes = [], views = [] } = migration
    const changing: string[] = []
    for (const change of changes) {
      const left: string[] = []
      for (const column of Object.keys(change.columns))
        if (!(await this.hasColumn(knex, change.table, column))) left.push(column)
      changing.push(...changeTable(dialect, prefix, change, left))
    }
    return [
      ...tables.flatMap((table) => createTable(dialect, prefix, table)),
      ...changing,
      ...views.flatMap((view) => createView(dialect, prefix, view)),
    ]
  }

  private async hasColumn(knex: Knex, table: string, column: string): Promise<boolean> {
    try {
      await knex(this.db.table(table)).select(column).whereRaw('1 = 0')
      return true
    } catch (cause) {
      if (failureOf(this.db.dialect, cause).code === 'unsupported') return false
      throw cause
    }
  }
}

/** Over the data of a migration: not the SQL made from it, which a newer knex or dialect may write otherwise. */
function checksumOf(migration: Migration): string {
  const { tables, changes, views } = migration
  const parts = [tables, ...(views === undefined ? [] : [views]), ...(changes === undefined ? [] : [{ changes }])]
  return sha256(canonicalJson((parts.length === 1 ? tables : parts) as never))
}
