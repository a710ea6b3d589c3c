import { acceptOptions, assemble, type BackendOptions, type Domain, type Storage } from '@freehold/contract'
import { AppendsByTenant } from './append-entries.js'
import { SqlApprovals } from './approvals.js'
import { type ShapesByTenant, SqlAudit } from './audit.js'
import { Database } from './database.js'
import { dialectOf } from './dialects/index.js'
import { toStoreError } from './errors.js'
import { SqlMigrations } from './migrate.js'
import { SqlSessions } from './sessions.js'
import { SqlTraces } from './traces.js'

/** Opens one SQL database: see `Backend` in the contract for what it throws. */
export async function connect(options: BackendOptions): Promise<Storage> {
  const { url, pool, prefix, domains, schema } = acceptOptions(options)
  const dialect = dialectOf(url)
  let db: Database | undefined
  try {
    db = new Database(dialect.connect(url, { pool, create: schema !== 'check' }), dialect, prefix)
    const migrations = new SqlMigrations(db, domains)
    if (schema === 'migrate') await migrations.up()
    if (schema !== 'ignore') await migrations.check()
    return storageOn(db, domains, migrations)
  } catch (error) {
    await db?.knex.destroy()
    throw toStoreError(dialect, error)
  }
}

/** The same for two URLs of one database. */
export function identityOf(url: string): string {
  return dialectOf(url).identityOf(url)
}

function storageOn(db: Database, domains: readonly Domain[], migrations: SqlMigrations): Storage {
  const shapes: ShapesByTenant = new Map()
  const appends = new AppendsByTenant(db)
  return assemble({
    domains,
    capabilities: db.dialect.capabilities,
    storesOf: (tenant) => ({
      traces: new SqlTraces(db, tenant),
      sessions: new SqlSessions(db, tenant),
      approvals: new SqlApprovals(db, tenant),
      audit: new SqlAudit(db, tenant, shapes, appends),
    }),
    migrations,
    translate: (error) => toStoreError(db.dialect, error),
    release: () => db.knex.destroy(),
  })
}
