import { beginningWith, clientOf, type Statement } from './knex-client.js'
import { patiently, setUp } from './sqlite-busy.js'
import { keptStatements } from './sqlite-kept.js'

interface Connection {
  prepare(sql: string): Compiled
  exec(sql: string): unknown
}

interface Compiled {
  /** True of a statement that gives rows. */
  readonly reader: boolean
  all(values: readonly unknown[]): unknown[]
  run(values: readonly unknown[]): { changes: number }
}

const keptOn = keptStatements<Compiled>(async () => {})

/**
 * The driver that runs a statement where it is called, on the thread of the caller: several times as fast for what is small,
 * and nothing else happens meanwhile. So it never waits for the lock of another process by itself.
 */
class DirectSqlite extends clientOf('better-sqlite3') {
  override _query(connection: Connection, statement: Statement): Promise<unknown> {
    return patiently(() => ran(connection, statement))
  }

  /** Runs SQL to its end, whatever it gives. */
  execute(connection: Connection, sql: string): Promise<unknown> {
    return patiently(async () => connection.exec(sql))
  }
}

async function ran(connection: Connection, statement: Statement): Promise<Statement> {
  const { sql, bindings = [] } = statement
  const kept = keptOn(connection)
  let compiled = kept.take(sql)
  if (compiled === undefined) {
    compiled = connection.prepare(sql)
    await kept.keep(sql, compiled, bindings.length)
  }
  if (compiled.reader) statement.response = compiled.all(bindings)
  else statement.context = compiled.run(bindings)
  return statement
}

export const ImmediateDirectSqlite = beginningWith('BEGIN IMMEDIATE', DirectSqlite)

/** What the pool is told for each new connection. */
export function afterCreateDirect(
  connection: Connection,
  done: (error: unknown, connection: Connection) => void,
): void {
  setUp(async (sql) => connection.exec(sql), 0).then(
    () => done(undefined, connection),
    (error: unknown) => done(error, connection),
  )
}
