import { type BackendOptions, type Domain, type Migrations, type Storage, StoreError } from '@freehold/contract'
import { BACKENDS } from './backends.js'
import type { OpenOptions, StorageConfig } from './config.js'
import { withLabels } from './labels/with-labels.js'
import type { Connection } from './plan.js'
import { type Host, resolveConfig } from './resolve.js'
import { type OpenedStorage, withMaintenance } from './retention/opened.js'
import { closeAll, type Parts, routed } from './router.js'
import { withTenants } from './tenants.js'

/**
 * Opens the databases of a configuration as one storage.
 *
 * - a string is the URL of one database for all four domains
 * - an object names databases and routes each domain to one
 * - nothing: `freehold.config.{js,mjs,json,ts}` in the current directory (or the file that `FREEHOLD_CONFIG` names), then
 *   `FREEHOLD_URL`, `FREEHOLD_{TRACES,SESSIONS,APPROVALS,AUDIT}_URL`, `FREEHOLD_MIGRATE`, `FREEHOLD_TENANTS` and
 *   `FREEHOLD_{TRACES,SESSIONS}_RETENTION`, which win over the file
 *
 * `FREEHOLD_TENANTS` is heeded with a string or an object, too, unless code says `tenants` itself.
 *
 * `openStorage('sqlite:agents.db', { migrate: true })` makes the file and its tables; without `migrate` they must be there.
 * Routes to one database and prefix share one pool, if they name the same user. With `tenants: 'required'` the storage serves only
 * through `tenant(id)` (see {@link Tenants}). An open storage keeps the process alive until it is closed. When one database cannot be opened, those that were are closed again.
 *
 * @throws StoreError `invalid` for a wrong configuration: `problems` names every field and the remedy, no message holds
 * any part of a URL · `unavailable` when a database cannot be reached · `unsupported` when a schema is missing, older,
 * newer or changed (an older or missing one is brought up to date with `migrate: true`)
 */
export function openStorage(config?: string | StorageConfig, options?: OpenOptions): Promise<OpenedStorage> {
  return openStorageOn(thisProcess(), config, options)
}

/** The schema of the configured databases, for deploy scripts. */
export interface OpenMigrations extends Migrations {
  /** Closes everything that was opened. */
  close(): Promise<void>
}

/**
 * Opens the databases of a configuration for their migrations only, whatever state their schema is in. Takes what
 * {@link openStorage} takes for its first; `migrate` and `tenants` are ignored: a schema is that of all tenants. A file that
 * is not there is made by `up()` alone.
 * @throws StoreError `invalid` for a wrong configuration, `unavailable` when a database cannot be reached
 */
export function openMigrations(config?: string | StorageConfig): Promise<OpenMigrations> {
  return openMigrationsOn(thisProcess(), config)
}

export async function openStorageOn(
  host: Host,
  config?: string | StorageConfig,
  options?: OpenOptions,
): Promise<OpenedStorage> {
  const { connections, migrate, tenants, retention, labels } = await resolveConfig(config, host, options)
  const connected = await connectAll(connections, migrate ? 'migrate' : 'check')
  const storage = withTenants(withLabels(connected, labels), tenants)
  return withMaintenance(storage, retention)
}

export async function openMigrationsOn(host: Host, config?: string | StorageConfig): Promise<OpenMigrations> {
  const { connections } = await resolveConfig(config, host)
  const storage = await connectAll(connections, 'ignore')
  return { ...storage.migrations, close: () => storage.close() }
}

function thisProcess(): Host {
  return { directory: process.cwd(), variables: process.env, backends: BACKENDS }
}

async function connectAll(connections: readonly Connection[], schema: BackendOptions['schema']): Promise<Storage> {
  const opened: Storage[] = []
  const parts: Partial<Record<Domain, Storage>> = {}
  try {
    for (const connection of connections) {
      const storage = await connect(connection, schema)
      opened.push(storage)
      for (const domain of connection.options.domains) parts[domain] = storage
    }
  } catch (error) {
    // Why opening failed matters more than that closing failed too.
    await closeAll(opened).catch(() => undefined)
    throw error
  }
  return routed(parts as Parts)
}

/** Says which of several databases could not be opened. */
async function connect({ field, backend, options }: Connection, schema: BackendOptions['schema']): Promise<Storage> {
  try {
    return await backend.connect({ ...options, schema })
  } catch (error) {
    if (!StoreError.is(error)) throw error
    const { code, retryable, problems } = error
    // The driver's own error, as anywhere else; where there is none, what the backend said is all there is.
    throw new StoreError(code, `${field}: ${error.message}`, { cause: error.cause ?? error, retryable, problems })
  }
}
