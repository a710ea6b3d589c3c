import type { Socket } from 'node:net'
import type { Knex } from 'knex'
import { QUIET } from './quiet.js'

/** Connections that one process opens to a server, unless told. */
const DEFAULT_POOL = 10
/** How long a call waits for one of them, one of them for the server, and a statement for a lock, in milliseconds. */
const ACQUIRE_TIMEOUT = 10_000
export const CONNECT_TIMEOUT = 8_000
/** A call waits longer for a connection than that for its server, so that it hears why there is none. */
const CONNECT_MARGIN = 2_000
export const LOCK_TIMEOUT = 20_000

/** How long a server may be silent in the middle of a statement, or a connection lie idle, before it is cut. */
export const SILENCE = 60_000
/** How long a connection is idle before the system asks whether the other end is still there. */
export const KEEP_ALIVE = 10_000

interface ServerConnection {
  stream: Socket
}

export interface PoolOptions<C> {
  pool: number | undefined
  silence: number | undefined
  /** How long one connection may take to be made, in milliseconds. */
  patience: number
  /** Run once on each new connection. */
  prepare(connection: C): Promise<unknown>
  /** The driver's own part of a connection, which has its stream. */
  streamOf(connection: C): ServerConnection
}

/** What knex is told for every server. */
export function serverPool<C>({ pool, silence = SILENCE, patience, prepare, streamOf }: PoolOptions<C>): Knex.Config {
  return {
    ...QUIET,
    acquireConnectionTimeout: Math.max(ACQUIRE_TIMEOUT, patience + CONNECT_MARGIN),
    pool: {
      min: 0,
      max: pool ?? DEFAULT_POOL,
      createTimeoutMillis: patience + SILENCE,
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
