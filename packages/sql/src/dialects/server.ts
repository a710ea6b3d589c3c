import { StoreError } from '@freehold/contract'
import type { Knex } from 'knex'

/** Connections that one process opens to a server, unless told. */
const DEFAULT_POOL = 10
/** How long a call waits for one of them, one of them for the server, and a statement for a lock, in milliseconds. */
const ACQUIRE_TIMEOUT = 10_000
export const CONNECT_TIMEOUT = 8_000
export const LOCK_TIMEOUT = 20_000

const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

/** What knex is told for every server. `prepare` is run once on each new connection. */
export function serverPool(pool: number | undefined, prepare: (connection: never) => Promise<unknown>): Knex.Config {
  return {
    // A failed statement is reported with its placeholders: its values are payload.
    compileSqlOnError: false,
    // What goes wrong is thrown; knex would print it as well.
    log: SILENT,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT,
    pool: {
      min: 0,
      max: pool ?? DEFAULT_POOL,
      afterCreate: (connection: never, done: (error: unknown, connection: unknown) => void) => {
        prepare(connection).then(
          () => done(undefined, connection),
          (error: unknown) => done(error, connection),
        )
      },
    },
  }
}

/** Where a URL leads: host, port and database, the same for every way of writing them, without user or password. */
export function addressOf(url: string, scheme: string, defaultPort: number): string {
  const { hostname, port, pathname } = parsed(url)
  return `${scheme}://${hostname.toLowerCase()}:${port || defaultPort}${decodeURIComponent(pathname)}`
}

/** @throws StoreError `invalid`, without any part of the URL, which may hold a password. */
export function parsed(url: string): URL {
  try {
    return new URL(url)
  } catch {
    const message = 'cannot be read; write scheme://user:password@host:port/database, with special characters as %40'
    throw StoreError.invalid('url', [{ field: 'url', message }])
  }
}

/** @throws StoreError `invalid` for a URL that names no database. */
export function checkDatabase(url: string): void {
  if (parsed(url).pathname.length > 1) return
  throw StoreError.invalid('url', [{ field: 'url', message: 'names no database; write it after the host, as /agents' }])
}
