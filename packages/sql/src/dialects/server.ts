import type { Socket } from 'node:net'
import { StoreError } from '@freehold/contract'
import type { Knex } from 'knex'

/** Connections that one process opens to a server, unless told. */
const DEFAULT_POOL = 10
/** How long a call waits for one of them, one of them for the server, and a statement for a lock, in milliseconds. */
const ACQUIRE_TIMEOUT = 10_000
export const CONNECT_TIMEOUT = 8_000
export const LOCK_TIMEOUT = 20_000

/** How long a server may be silent in the middle of a statement, or a connection lie idle, before it is cut. */
export const SILENCE = 60_000
/** How long a connection is idle before the system asks whether the other end is still there. */
export const KEEP_ALIVE = 10_000

const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

interface ServerConnection {
  stream: Socket
}

export interface PoolOptions<C> {
  pool: number | undefined
  silence: number | undefined
  /** Run once on each new connection. */
  prepare(connection: C): Promise<unknown>
  /** The driver's own part of a connection, which has its stream. */
  streamOf(connection: C): ServerConnection
}

/** What knex is told for every server. */
export function serverPool<C>({ pool, silence = SILENCE, prepare, streamOf }: PoolOptions<C>): Knex.Config {
  return {
    // A failed statement is reported with its placeholders: its values are payload.
    compileSqlOnError: false,
    // What goes wrong is thrown; knex would print it as well.
    log: SILENT,
    acquireConnectionTimeout: ACQUIRE_TIMEOUT,
    pool: {
      min: 0,
      max: pool ?? DEFAULT_POOL,
      afterCreate: (connection: C, done: (error: unknown, connection: unknown) => void) => {
        cutWhenSilent(streamOf(connection).stream, silence)
        prepare(connection).then(
          () => done(undefined, connection),
          (error: unknown) => done(error, connection),
        )
      },
    },
  }
}

/**
 * A server that vanishes without a word would leave a call, and closing, waiting for ever. The drivers hand the error to
 * the statement that waits; a connection that is idle is not used again.
 */
function cutWhenSilent(stream: Socket, silence: number): void {
  const cut = () =>
    stream.destroy(Object.assign(new Error('the server was silent for too long'), { code: 'ETIMEDOUT' }))
  stream.setTimeout(silence, cut)
}

/** What a driver connects to, as far as the URL says. */
export interface Address {
  host: string
  port: string
  database: string
}

/** @throws StoreError `invalid` for a URL that cannot be read. */
export function addressOf(url: string, defaultPort: number): Address {
  const { hostname, port, pathname } = parsed(url)
  return { host: decoded(hostname), port: port || String(defaultPort), database: decoded(pathname.slice(1)) }
}

/** One text for all ways of writing an address, without user or password. */
export function identityOf(scheme: string, { host, port, database }: Address, rest = ''): string {
  // The names of machines have no case; paths of sockets do.
  return `${scheme}://${host.startsWith('/') ? host : host.toLowerCase()}:${port}/${database}${rest}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    const message = 'has a host or a database name with a broken % sequence; encode it anew'
    throw StoreError.invalid('url', [{ field: 'url', message }])
  }
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
  if (decoded(parsed(url).pathname).length > 1) return
  throw StoreError.invalid('url', [{ field: 'url', message: 'names no database; write it after the host, as /agents' }])
}
