import {
  acceptOptions,
  assemble,
  type BackendOptions,
  type Capabilities,
  type Domain,
  type Storage,
  type StoreError,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { AppendsByTenant } from './append-entries.js'
import { RunsByTenant } from './append-runs.js'
import { SqlApprovals } from './approvals.js'
import { type ShapesByTenant, SqlAudit } from './audit.js'
import { Database } from './database.js'
import { dialectOf } from './dialects/index.js'
import { toStoreError } from './errors.js'
import { SqlMigrations } from './migrate.js'
import { historyOf, TABLES } from './migrations/index.js'
import { SqlRelay } from './relay.js'
import { SqlRetention } from './retention.js'
import { SqlSessions } from './sessions.js'
import { SqlTraces } from './traces.js'

/** Whoever only looks at a schema makes nothing by it. */
const CREATE = { check: false, migrate: true, ignore: 'later' } as const

/** Opens one SQL database: see `Backend` in the contract for what it throws. */
export async function connect(options: BackendOptions): Promise<Storage> {
  const { url, pool, prefix, domains, schema } = acceptOptions(options)
  const dialect = dialectOf(url)
  // Once: what a URL names may be gone when an error is told, such as the file of a CA.
  const place = dialect.placeOf(url)
  const translate = (error: unknown) => toStoreError(dialect, error, place)
  let knex: Knex | undefined
  try {
    knex = dialect.connect(url, { pool, create: CREATE[schema] })
    const { schema: found } = await dialect.open(knex, {
      url,
      histories: new Map(domains.map((domain) => [domain, prefix + historyOf(domain).name])),
      tables: [...TABLES.keys()].map((name) => prefix + name),
    })
    const db = new Database(knex, dialect, found === undefined ? prefix : `${found}.${prefix}`)
    const migrations = new SqlMigrations(db, domains)
    if (schema === 'migrate') await migrations.up()
    if (schema !== 'ignore') await migrations.check()
    const auditImmutable = !domains.includes('audit') || (await dialect.isAppendOnly(knex, db.table('audit')))
    return storageOn(db, domains, migrations, { ...dialect.capabilities, auditImmutable }, translate)
  } catch (error) {
    // Why it did not open is told, not that it did not close.
    await knex?.destroy().catch(() => undefined)
    throw translate(error)
  }
}

/** The same for two URLs of one database. */
export function identityOf(url: string): string {
  return dialectOf(url).identityOf(url)
}

function storageOn(
  db: Database,
  domains: readonly Domain[],
  migrations: SqlMigrations,
  capabilities: Capabilities,
  translate: (error: unknown) => StoreError,
): Storage {
  const shapes: ShapesByTenant = new Map()
  const appends = new AppendsByTenant(db)
  const runs = new RunsByTenant(db)
  return assemble({
    domains,
    capabilities,
    storesOf: (tenant) => ({
      traces: new SqlTraces(db, tenant),
      sessions: new SqlSessions(db, tenant, runs),
      approvals: new SqlApprovals(db, tenant),
      audit: new SqlAudit(db, tenant, shapes, appends),
    }),
    relay: new SqlRelay(db),
    retention: new SqlRetention(db, domains),
    migrations,
    translate,
    release: () => db.close(),
  })
}
