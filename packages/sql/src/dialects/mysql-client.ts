import { beginningWith, type Statement } from './knex-client.js'
import { WRONG_PASSWORD } from './mysql-failures.js'
import { isPrepared, learnServer, PreparedWhereUseful, type Prepares } from './mysql-prepared.js'

/** A connection of the driver. */
export interface Connection extends Prepares {
  promise(): { query(sql: string): Promise<[Record<string, string>[]]> }
  format(sql: string, values: readonly unknown[]): string
  /** Set: the pool does not use it again. */
  __knex__disposed?: unknown
}

/** The largest statement that the server takes on a connection, in bytes. */
const mostBytes = new WeakMap<Connection, number>()

/** Asks a new connection what its server is. */
export async function learn(connection: Connection): Promise<void> {
  const [rows] = await connection.promise().query('select @@max_allowed_packet as most, version() as version')
  const { most, version } = rows[0]!
  mostBytes.set(connection, Number(most))
  learnServer(connection, version!)
}

const TOO_LARGE = { errno: 1153, code: 'ER_NET_PACKET_TOO_LARGE' }

/**
 * Tells what the driver leaves open. A server that is sent more than it takes hangs up, often before the client has read why. What is no more than a lost
 * connection to the driver would be tried again for ever, so it is told as what it is.
 */
class TellingMysql extends PreparedWhereUseful {
  override async acquireRawConnection(): Promise<unknown> {
    try {
      return await super.acquireRawConnection()
    } catch (error) {
      const { errno } = error as { errno?: number }
      if (errno === WRONG_PASSWORD && !('ssl' in this.connectionSettings))
        Object.assign(error as Error, { inPlain: true })
      throw error
    }
  }

  override async _query(connection: Connection, statement: Statement): Promise<unknown> {
    try {
      return await super._query(connection, statement)
    } catch (error) {
      const { errno, fatal, syscall } = error as { errno?: number; fatal?: boolean; syscall?: string }
      const isLost = fatal || syscall !== undefined
      if (errno === TOO_LARGE.errno || (isLost && isTooLarge(connection, statement))) {
        Object.assign(error as Error, TOO_LARGE)
        // The server has left. Where it was quick to say so, the driver does not know yet.
        connection.__knex__disposed = error
      }
      throw error
    }
  }
}

function isTooLarge(connection: Connection, statement: Statement): boolean {
  return bytesOf(connection, statement) >= (mostBytes.get(connection) ?? Infinity)
}

function bytesOf(connection: Connection, statement: Statement): number {
  const { sql, bindings = [] } = statement
  if (!isPrepared(connection, statement)) return Buffer.byteLength(connection.format(sql, bindings))
  return bindings.reduce<number>((sum, value) => sum + Buffer.byteLength(String(value)), sql.length)
}

export const MysqlWithReasons = beginningWith('begin', TellingMysql)
