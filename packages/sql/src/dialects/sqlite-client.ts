import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beginningWith } from './knex-client.js'
import { KeepingSqlite } from './sqlite-prepared.js'

/**
 * knex opens a transaction with a plain BEGIN, which takes the write lock with its first write: two that read before
 * they write then fail, however long they wait. BEGIN IMMEDIATE takes the lock at once, and waits for it.
 */
export const ImmediateSqlite = beginningWith('BEGIN IMMEDIATE;', KeepingSqlite)

/** How long a statement waits for another process's write before it is tried anew, in milliseconds. */
export const BUSY_TIMEOUT = 5_000

const PRAGMAS = [`busy_timeout = ${BUSY_TIMEOUT}`, 'journal_mode = WAL', 'synchronous = FULL']

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void
}

/** What the pool is told for each new connection. It makes a promise of this itself, and warns of one that it is given. */
export function afterCreate(connection: Connection, done: (error: unknown, connection: Connection) => void): void {
  prepare(connection).then(
    () => done(undefined, connection),
    (error: unknown) => done(error, connection),
  )
}

/** Several processes that open a new file at once contend for the switch to WAL, for which SQLite itself does not wait. */
async function prepare(connection: Connection): Promise<void> {
  const exec = promisify(connection.exec.bind(connection))
  const deadline = performance.now() + BUSY_TIMEOUT
  for (const pragma of PRAGMAS) {
    for (;;) {
      const error = await exec(`pragma ${pragma}`).then(
        () => undefined,
        (error: unknown) => error,
      )
      // A file that may only be read can be read without it.
      const { code = '' } = (error ?? {}) as { code?: string }
      if (error === undefined || code === 'SQLITE_READONLY') break
      if (!/BUSY|LOCKED/.test(code) || performance.now() > deadline) throw error
      await sleep(5 + Math.random() * 20)
    }
  }
}
