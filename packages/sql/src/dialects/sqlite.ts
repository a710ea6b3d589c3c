import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { fromIso, StoreError, toIso } from '@freehold/contract'
import knex, { type Knex } from 'knex'
import type { Dialect, Failure, Row } from './dialect.js'
import { ImmediateSqlite } from './sqlite-client.js'

/** How long a statement waits for another process's write before it is tried anew, in milliseconds. */
const BUSY_TIMEOUT = 5_000

const PRAGMAS = [`busy_timeout = ${BUSY_TIMEOUT}`, 'journal_mode = WAL', 'synchronous = FULL']

const SILENT = { warn() {}, error() {}, deprecate() {}, debug() {} }

const TYPES = { integer: 'integer' } as Record<string, string>

const FAILURES: Record<string, Failure> = {
  SQLITE_BUSY: { code: 'timeout', retry: 'again' },
  SQLITE_LOCKED: { code: 'timeout', retry: 'again' },
  SQLITE_CONSTRAINT: { code: 'already_exists', retry: 'taken' },
  SQLITE_CANTOPEN: { code: 'unavailable' },
  SQLITE_FULL: { code: 'unavailable' },
  SQLITE_IOERR: { code: 'unavailable' },
  SQLITE_READONLY: { code: 'unavailable' },
  SQLITE_MISUSE: { code: 'unavailable' },
  SQLITE_TOOBIG: { code: 'invalid' },
  // From the directory of the file.
  EACCES: { code: 'unavailable' },
  EEXIST: { code: 'unavailable' },
  ENOTDIR: { code: 'unavailable' },
  EROFS: { code: 'unavailable' },
}

/** One file. Writers exclude each other, so the usual pool is one connection: a second would only wait. */
export const sqlite: Dialect = {
  name: 'SQLite',
  capabilities: { sharedBetweenProcesses: true, auditImmutable: true, auditViews: true, dropsDays: false },
  maxBindings: 32_766,
  now: `(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')`,

  connect(url, pool = 1) {
    const filename = fileOf(url)
    if (filename !== ':memory:') mkdirSync(dirname(filename), { recursive: true })
    return knex({
      client: ImmediateSqlite,
      connection: { filename },
      useNullAsDefault: true,
      // A failed statement is reported with its placeholders: its values are payload.
      compileSqlOnError: false,
      // What goes wrong is thrown; knex would print it as well.
      log: SILENT,
      acquireConnectionTimeout: 3 * BUSY_TIMEOUT,
      pool: { min: 1, max: filename === ':memory:' ? 1 : pool, afterCreate: prepare },
    })
  },
  identityOf: (url) => `sqlite:${fileOf(url)}`,

  columnType: (type) => TYPES[type] ?? 'text',
  appendOnly: (table) =>
    ['update', 'delete'].map(
      (verb) =>
        `create trigger if not exists "${table}_no_${verb}" before ${verb} on "${table}" ` +
        `begin select raise(abort, 'entries of the audit are never changed'); end`,
    ),
  property(column, property, type) {
    const value = `json_extract("${column}", '$."${property}"')`
    return type === 'integer' || type === 'boolean' ? `cast(${value} as integer)` : value
  },

  toTime: toIso,
  fromTime: (value) => fromIso(value as string),
  fromJson: (value) => JSON.parse(value as string),
  fromInteger: (value) => value as number,

  async insertNew(trx, table, rows) {
    const columns = Object.keys(rows[0]!)
    const names = columns.map((column) => `"${column}"`).join(', ')
    const marks = `(${columns.map(() => '?').join(', ')})`
    const values = rows.map(() => marks).join(', ')
    const sql = `insert into "${table}" (${names}) values ${values} on conflict do nothing returning 1`
    const inserted = await trx.raw<Row[]>(
      sql,
      rows.flatMap((row) => columns.map((column) => row[column])) as Knex.Value[],
    )
    return inserted.length
  },
  /** Its DDL is transactional and a write transaction excludes all others: nothing is ever left half done. */
  migrating: (knex, work) => knex.transaction(work),
  classify: (error) => FAILURES[(error as { code?: string }).code ?? ''] ?? { code: 'internal' },
}

function fileOf(url: string): string {
  const path = url.replace(/^sqlite:(\/\/)?/, '')
  if (path === ':memory:') return path
  if (path === '' || path.includes('?'))
    throw StoreError.invalid('url', [{ field: 'url', message: 'names no file; write sqlite:path/to/file.db' }])
  return resolve(path)
}

interface Connection {
  exec(sql: string, done: (error: Error | null) => void): void
}

/** Several processes that open a new file at once contend for the switch to WAL, for which SQLite itself does not wait. */
async function prepare(connection: Connection, done: (error: unknown, connection: Connection) => void): Promise<void> {
  const exec = promisify(connection.exec.bind(connection))
  const deadline = Date.now() + BUSY_TIMEOUT
  for (const pragma of PRAGMAS) {
    for (;;) {
      const error = await exec(`pragma ${pragma}`).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (error === undefined) break
      if (sqlite.classify(error).retry !== 'again' || Date.now() > deadline) return done(error, connection)
      await sleep(5 + Math.random() * 20)
    }
  }
  done(undefined, connection)
}
