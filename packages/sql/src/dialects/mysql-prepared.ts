import { clientOf, type Statement } from './knex-client.js'
import { isLarge } from './statement.js'

export interface Prepares {
  execute(sql: string, values: unknown[], done: (error: Failure | null, rows: unknown, fields: unknown) => void): void
  unprepare(sql: string): void
}

interface Failure {
  /** What the server answered has one; a connection that was lost has none. */
  sqlState?: string
}

/** How many values a statement has that is prepared for their number alone. */
const MANY = 1000
/** How many prepared statements a connection keeps: a server has room for some thousands, each as large as its values are many. */
export const KEPT = 4

/** Connections to servers that take many values in half the time where they come as they are: MariaDB's, and not MySQL's. */
const takesMany = new WeakSet<object>()

export function learnServer(connection: object, version: string): void {
  if (/mariadb/i.test(version)) takesMany.add(connection)
}

/**
 * The driver writes values into the text of a statement: quotes within them then take twice the room, which may be more
 * than a packet holds, and many times as long. A statement with a large one is prepared, so that its values go as they are.
 */
export class PreparedWhereUseful extends clientOf('mysql2') {
  override _query(connection: Prepares, statement: Statement): Promise<unknown> {
    return isPrepared(connection, statement) ? executed(connection, statement) : super._query(connection, statement)
  }
}

export function isPrepared(connection: object, { bindings = [] }: Statement): boolean {
  return (bindings.length >= MANY && takesMany.has(connection)) || bindings.some(isLarge)
}

function executed(connection: Prepares, statement: Statement): Promise<unknown> {
  const { sql, bindings = [] } = statement
  return new Promise((resolve, reject) => {
    const values = bindings.map((value) => value ?? null)
    connection.execute(sql, values, (error, rows, fields) => {
      // A large one is not kept for the next, which is seldom the same.
      if (values.length < MANY && (error === null || error.sqlState !== undefined)) connection.unprepare(sql)
      if (error !== null) return reject(error)
      statement.response = [rows, fields]
      resolve(statement)
    })
  })
}
