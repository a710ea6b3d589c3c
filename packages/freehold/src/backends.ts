import type { Backend } from '@freehold/contract'
import { broken, missing, resolveFrom } from './installed.js'

/** How to load the backend of each URL scheme. */
export type Backends = Readonly<Record<string, () => Promise<Backend>>>

/** Every URL scheme there is. A backend is loaded only when a route needs it, so only its driver must be installed. */
export const BACKENDS: Backends = {
  sqlite: () => loadBackend('@freehold/sql', 'sqlite3', 'better-sqlite3'),
  sqlite3: () => loadBackend('@freehold/sql', 'sqlite3'),
  'better-sqlite3': () => loadBackend('@freehold/sql', 'better-sqlite3'),
  postgres: () => loadBackend('@freehold/sql', 'pg'),
  postgresql: () => loadBackend('@freehold/sql', 'pg'),
  mysql: () => loadBackend('@freehold/sql', 'mysql2'),
  mariadb: () => loadBackend('@freehold/sql', 'mysql2'),
  mongodb: () => loadBackend('@freehold/mongo', 'mongodb'),
  'mongodb+srv': () => loadBackend('@freehold/mongo', 'mongodb'),
}

/**
 * @param drivers of which one must be there
 * @throws StoreError `unsupported` when a package is missing, with the command that installs it; `internal` when it is there
 * and does not load
 */
export async function loadBackend(module: string, ...drivers: [string, ...string[]]): Promise<Backend> {
  const path = resolveFrom(import.meta.url, module)
  const [driver] = drivers
  if (path === undefined) throw missing(module, `${module} ${driver}`)
  // The driver is a peer of the backend, so the backend's own place decides whether it is there.
  if (drivers.every((one) => resolveFrom(path, one) === undefined)) throw missing(driver, driver)
  try {
    return (await import(module)) as Backend
  } catch (cause) {
    throw broken(module, cause)
  }
}
