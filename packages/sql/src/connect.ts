import {
  acceptOptions,
  type BackendOptions,
  checkTenant,
  DEFAULT_TENANT,
  DOMAINS,
  type Domain,
  Gate,
  refusing,
  type Storage,
  type TenantStorage,
} from '@freehold/contract'
import { SqlApprovals } from './approvals.js'
import { type AppendsByTenant, type ShapesByTenant, SqlAudit } from './audit.js'
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
  const gate = new Gate((error) => toStoreError(db.dialect, error))
  const shapes: ShapesByTenant = new Map()
  const appends: AppendsByTenant = new Map()
  const confined = (tenantId: string): TenantStorage => {
    const open = <S extends object>(domain: Domain, store: S): S =>
      gate.guard(domains.includes(domain) ? store : refusing(domain))
    const { capabilities } = db.dialect
    return {
      tenantId,
      traces: open('traces', new SqlTraces(db, tenantId)),
      sessions: open('sessions', new SqlSessions(db, tenantId)),
      approvals: open('approvals', new SqlApprovals(db, tenantId)),
      audit: open('audit', new SqlAudit(db, tenantId, shapes, appends)),
      capabilities: Object.fromEntries(
        DOMAINS.map((domain) => [domain, capabilities]),
      ) as TenantStorage['capabilities'],
    }
  }
  return {
    ...confined(DEFAULT_TENANT),
    tenant: (id) => confined(checkTenant(id)),
    migrations: gate.guard(migrations),
    close: () => gate.close(() => db.knex.destroy()),
  }
}
