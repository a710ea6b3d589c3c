import {
  type BackendOptions,
  checkTenant,
  DEFAULT_PREFIX,
  DEFAULT_TENANT,
  DOMAINS,
  type Domain,
  Fields,
  MAX_POOL,
  PREFIX_PATTERN,
  type Storage,
  StoreError,
  type TenantStorage,
} from '@freehold/contract'
import { SqlApprovals } from './approvals.js'
import { type AppendsByTenant, type ShapesByTenant, SqlAudit } from './audit.js'
import { Database } from './database.js'
import { dialectOf } from './dialects/index.js'
import { toStoreError } from './errors.js'
import { Gate } from './gate.js'
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

/** Stands for a domain that was not opened here. */
function refusing<S extends object>(domain: Domain): S {
  const refuse = () =>
    Promise.reject(new StoreError('unsupported', `${domain} was not opened on this database; name it in \`domains\``))
  return new Proxy({} as S, { get: () => refuse })
}

interface Accepted {
  url: string
  pool: number | undefined
  prefix: string
  domains: readonly Domain[]
  schema: NonNullable<BackendOptions['schema']>
}

function acceptOptions(options: BackendOptions): Accepted {
  const fields = new Fields('connect', options, ['url', 'pool', 'prefix', 'domains', 'schema'])
  const url = fields.required('url', fields.text('url'), 'give the URL of the database')
  if (fields.repairs.length > 0)
    fields.problem('url', 'has a NUL character or a lone surrogate; check where it comes from')
  const pool = fields.integer('pool', 1, MAX_POOL)
  const prefix = fields.text('prefix') ?? DEFAULT_PREFIX
  if (!PREFIX_PATTERN.test(prefix))
    fields.problem(
      'prefix',
      'must be lower-case letters, digits and underscores, at most 20, not starting with a digit',
    )
  const schema = fields.choice('schema', ['check', 'migrate', 'ignore'] as const) ?? 'check'
  const domains = (fields.raw('domains') as readonly Domain[] | undefined) ?? DOMAINS
  if (!Array.isArray(domains) || domains.some((domain) => !DOMAINS.includes(domain)))
    fields.problem('domains', `has an unknown name; the domains are ${DOMAINS.join(', ')}`)
  fields.done()
  return { url, pool, prefix, domains, schema }
}
