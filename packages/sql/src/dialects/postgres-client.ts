import { Socket } from 'node:net'
import { beginningWith, clientOf, type Statement } from './knex-client.js'
import { NO_DIRECT_TLS, NOT_POSTGRES, STALE } from './postgres-failures.js'
import { LOCK_TIMEOUT } from './server.js'

/** How the first answer of a server begins: with one of these messages, or with the byte about TLS. */
const FIRST = /^[REvNS]/

/** A connection of which others than PostgreSQL are told as such: to the driver they lose it, or say what it cannot read. */
export function toPostgres(): Socket {
  const socket = new Socket()
  return socket.once('data', (first: Buffer) => {
    if (!FIRST.test(first.toString('latin1', 0, 1)))
      socket.destroy(Object.assign(new Error('what answers is no PostgreSQL'), { code: NOT_POSTGRES }))
  })
}

/** What one statement gives; of several, the driver gives a list. */
export interface Result {
  rows: Record<string, string>[]
}

export interface Connection {
  /** What the driver was told of the process that serves it. */
  processID: number | null
  query(sql: string): Promise<Result | Result[]>
  /** Set: the pool does not use it again. */
  __knex__disposed?: unknown
}

/** Connections that one process of the server serves as long as they last. */
const direct = new WeakSet<Connection>()

/**
 * Asks a new connection who serves it. Behind a pool of the server's it is another process than was told, and may be yet
 * another for the next statement, which knows nothing of what was prepared for this one.
 */
export async function learn(connection: Connection): Promise<void> {
  const { rows } = (await connection.query('select pg_backend_pid() as pid')) as Result
  if (Number(rows[0]?.pid) === connection.processID) direct.add(connection)
}

/** How many statements are known to servers by name. */
const MOST_NAMES = 500
const names = new Map<string, string>()

/** A statement by a key is planned once for each connection. `undefined` where it is not to be kept. */
function nameOf(connection: Connection, { sql, byKey }: Statement): string | undefined {
  if (byKey === undefined || !direct.has(connection)) return undefined
  const known = names.get(sql)
  if (known !== undefined || names.size === MOST_NAMES) return known
  const name = `freehold_${names.size}`
  names.set(sql, name)
  return name
}

/** The table was changed meanwhile, or somebody dropped what was prepared. */
function isStale({ code, message }: { code?: string; message: string }): boolean {
  return code === '26000' || (code === '0A000' && message.includes('cached plan'))
}

/** A server without TLS, or before 17, hangs up on it: no more than a lost connection to the driver, for ever. */
class TellingPostgres extends clientOf('postgres') {
  override async acquireRawConnection(): Promise<unknown> {
    try {
      return await super.acquireRawConnection()
    } catch (error) {
      const { sslnegotiation } = this.connectionSettings as { sslnegotiation?: string }
      if (sslnegotiation === 'direct' && /before secure TLS connection/.test((error as Error).message))
        Object.assign(error as Error, { code: NO_DIRECT_TLS })
      throw error
    }
  }

  override async _query(connection: Connection, statement: Statement): Promise<unknown> {
    const name = nameOf(connection, statement)
    if (name === undefined) return super._query(connection, statement)
    try {
      return await super._query(connection, Object.assign(statement, { options: { name } }))
    } catch (error) {
      if (isStale(error as Error)) {
        Object.assign(error as Error, { code: STALE })
        connection.__knex__disposed = error
      }
      throw error
    }
  }
}

/**
 * What matters to a transaction is set within it and ends with it: where a pool of the server's hands one connection to
 * many clients, the next of them must not find what we set.
 */
export const LocalSettings = beginningWith(
  `begin isolation level read committed; set local lock_timeout = ${LOCK_TIMEOUT}`,
  TellingPostgres,
)
