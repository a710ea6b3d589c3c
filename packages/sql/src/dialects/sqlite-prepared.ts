import { promisify } from 'node:util'
import { clientOf, type Statement } from './knex-client.js'
import { keptStatements } from './sqlite-kept.js'
import { isLarge } from './statement.js'

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void
  prepare(sql: string, done: (error: Error | null) => void): Prepared
}

interface Prepared {
  all(values: readonly unknown[], done: Done): void
  run(values: readonly unknown[], done: Done): void
  finalize(done: () => void): void
}

type Done = (this: object, error: Error | null, rows?: unknown) => void

const keptOn = keptStatements<Prepared>((prepared) => new Promise((done) => prepared.finalize(done)))

/**
 * The driver compiles the text of a statement each time it runs, which takes longer than the statement, and the longer the
 * more values it has. Here a connection keeps what it compiled, but for statements with a large value: they would keep that.
 */
export class KeepingSqlite extends clientOf('sqlite3') {
  override async _query(connection: Connection, statement: Statement): Promise<unknown> {
    const { sql, bindings = [], method = '' } = statement
    if (bindings.some(isLarge)) return super._query(connection, statement)
    const kept = keptOn(connection)
    let prepared = kept.take(sql)
    if (prepared === undefined) {
      prepared = await prepare(connection, sql)
      await kept.keep(sql, prepared, bindings.length)
    }
    return ran(prepared, CHANGING.includes(method) ? 'run' : 'all', statement)
  }

  /** Runs SQL to its end, whatever it gives. */
  execute(connection: Connection, sql: string): Promise<unknown> {
    return promisify(connection.exec.bind(connection))(sql)
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    await keptOn(connection).dropAll()
    await super.destroyRawConnection(connection)
  }
}

/** Methods of knex for which the driver tells how many rows changed. */
const CHANGING = ['insert', 'update', 'del', 'counter']

function prepare(connection: Connection, sql: string): Promise<Prepared> {
  return new Promise((resolve, reject) => {
    const prepared = connection.prepare(sql, (error) => (error === null ? resolve(prepared) : reject(error)))
  })
}

function ran(prepared: Prepared, how: 'run' | 'all', statement: Statement): Promise<Statement> {
  return new Promise((resolve, reject) => {
    prepared[how](statement.bindings ?? [], function (error, rows) {
      if (error !== null) return reject(error)
      statement.response = rows
      statement.context = this
      resolve(statement)
    })
  })
}
