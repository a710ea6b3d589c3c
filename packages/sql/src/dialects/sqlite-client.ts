import { promisify } from 'node:util'
import { beginningWith } from './knex-client.js'
import { BUSY_TIMEOUT, setUp } from './sqlite-busy.js'
import { KeepingSqlite } from './sqlite-prepared.js'

/**
 * knex opens a transaction with a plain BEGIN, which takes the write lock with its first write: two that read before
 * they write then fail, however long they wait. BEGIN IMMEDIATE takes the lock at once, and waits for it.
 */
export const ImmediateSqlite = beginningWith('BEGIN IMMEDIATE;', KeepingSqlite)

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void
}

/** What the pool is told for each new connection. It makes a promise of this itself, and warns of one that it is given. */
export function afterCreate(connection: Connection, done: (error: unknown, connection: Connection) => void): void {
  setUp(promisify(connection.exec.bind(connection)), BUSY_TIMEOUT).then(
    () => done(undefined, connection),
    (error: unknown) => done(error, connection),
  )
}
