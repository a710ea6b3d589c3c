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

/**
 * The driver writes values into the text of a statement: quotes within them then take twice the room, which may be more
 * than a packet holds, and many times as long. A statement with a large one is prepared, so that its values go as they are.
 */
export class PreparedWhereLarge extends clientOf('mysql2') {
  override _query(connection: Prepares, statement: Statement): Promise<unknown> {
    return isPrepared(statement) ? executed(connection, statement) : super._query(connection, statement)
  }
}

export function isPrepared({ bindings = [] }: Statement): boolean {
  return bindings.some(isLarge)
}

function executed(connection: Prepares, statement: Statement): Promise<unknown> {
  const { sql, bindings = [] } = statement
  return new Promise((resolve, reject) => {
    const values = bindings.map((value) => value ?? null)
    connection.execute(sql, values, (error, rows, fields) => {
      // Not kept for the next: servers have room for few, and every number of rows is another.
      if (error === null || error.sqlState !== undefined) connection.unprepare(sql)
      if (error !== null) return reject(error)
      statement.response = [rows, fields]
      resolve(statement)
    })
  })
}
