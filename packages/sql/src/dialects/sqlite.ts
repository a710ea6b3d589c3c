import { existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { fromIso, StoreError, toIso } from '@freehold/contract'
import knex from 'knex'
import type { Dialect, Failure } from './dialect.js'
import { ImmediateSqlite } from './sqlite-client.js'
import { runPlain } from './statement.js'

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
  ENAMETOOLONG: { code: 'invalid' },
  EACCES: { code: 'unavailable' },
  EEXIST: { code: 'unavailable' },
  ENOTDIR: { code: 'unavailable' },
  EROFS: { code: 'unavailable' },
}

/** Readers of one process beside its one writer. */
const DEFAULT_POOL = 4

/** One file, in WAL: readers never wait for a writer, and a write that was acknowledged survives a power cut. */
export const sqlite: Dialect = {
  name: 'SQLite',
  capabilities: { sharedBetweenProcesses: true, auditImmutable: true, auditViews: true, dropsDays: false },
  maxBindings: 32_766,
  now: `(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')`,
  oneWriter: true,
  exclusive: true,
  indexesInTable: false,

  connect(url, { pool = DEFAULT_POOL, create }) {
    const filename = fileOf(url)
    const inMemory = filename === ':memory:'
    if (!inMemory && create) mkdirSync(dirname(filename), { recursive: true })
    if (!inMemory && !create && !existsSync(filename))
      throw new StoreError('unsupported', 'there is no such file; check its path, or create it with `migrate: true`')
    return knex({
      client: ImmediateSqlite,
      connection: { filename },
      useNullAsDefault: true,
      // A failed statement is reported with its placeholders: its values are payload.
      compileSqlOnError: false,
      // What goes wrong is thrown; knex would print it as well.
      log: SILENT,
      acquireConnectionTimeout: 3 * BUSY_TIMEOUT,
      pool: { min: 1, max: inMemory ? 1 : pool, afterCreate: prepare },
    })
  },
  identityOf(url) {
    const file = fileOf(url)
    return `sqlite:${file === ':memory:' ? file : realPathOf(file)}`
  },

  quote: (name) => `"${name}"`,
  columnType: (type) => TYPES[type] ?? 'text',
  partitionedBy: () => ({ clause: '', statements: [] }),
  async makeDay() {},
  appendOnly({ name: table, keys }) {
    const refusals = ['update', 'delete'].map(
      (verb) =>
        `create trigger if not exists "${table}_no_${verb}" before ${verb} on "${table}" ` +
        `begin select raise(abort, 'entries of the audit are never changed'); end`,
    )
    // INSERT OR REPLACE deletes without a trigger: what is there already is left as it is, before it comes to that.
    const same = keys.map((key) => key.map((column) => `"${column}" = new."${column}"`).join(' and '))
    const taken = same.map((key) => `exists (select 1 from "${table}" where ${key})`).join(' or ')
    const noReplace =
      `create trigger if not exists "${table}_no_replace" before insert on "${table}" when ${taken} ` +
      `begin select raise(ignore); end`
    return [...refusals, noReplace]
  },
  dropAppendOnly: () => [],
  replaceView: (name, select) => [`drop view if exists "${name}"`, `create view "${name}" as ${select}`],
  property(column, property, type) {
    const value = `json_extract("${column}", '$."${property}"')`
    return type === 'integer' || type === 'boolean' ? `cast(${value} as integer)` : value
  },

  toTime: toIso,
  fromTime: (value) => fromIso(value as string),
  fromJson: (value) => JSON.parse(value as string),
  fromInteger: (value) => value as number,

  async insertNew(trx, table, columns, rows) {
    const names = columns.map(({ name }) => `"${name}"`).join(', ')
    const marks = `(${columns.map(() => '?').join(', ')})`
    const values = rows.map(() => marks).join(', ')
    const sql = `insert into "${table}" (${names}) values ${values} on conflict do nothing`
    const { context } = await runPlain(trx, { sql, bindings: rows.flat(), method: 'update' })
    return (context as { changes: number }).changes
  },
  classify(error) {
    const code = codeOf(error) ?? ''
    const { message = '' } = error as { message?: string }
    if (code === 'SQLITE_CONSTRAINT' && !/UNIQUE|PRIMARY KEY/i.test(message)) return { code: 'internal' }
    return FAILURES[code] ?? { code: 'internal' }
  },
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code
}

/** @throws StoreError `invalid` for a path that is empty, has options behind it, or holds control characters. */
function fileOf(url: string): string {
  const path = url.replace(/^sqlite:(\/\/)?/, '')
  if (path === ':memory:') return path
  const problem = problemOf(path)
  if (problem !== undefined) throw StoreError.invalid('url', [{ field: 'url', message: problem }])
  return resolve(path)
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'names no file; write sqlite:path/to/file.db'
  if (path.includes('?'))
    return 'has options, which are not taken; write sqlite:path/to/file.db without the ? and what follows'
  // A line break at its end is the trace of how it was read, and the file would bear it in its name.
  if (/\p{Cc}/u.test(path)) return 'has a control character, such as a line break; take it out'
  return undefined
}

/** Without symbolic links; of a file that is not there yet, as far as its directories are. */
function realPathOf(path: string): string {
  try {
    return realpathSync.native(path)
  } catch {
    const parent = dirname(path)
    return parent === path ? path : join(realPathOf(parent), basename(path))
  }
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
      // A file that may only be read can be read without it.
      if (error === undefined || codeOf(error) === 'SQLITE_READONLY') break
      if (sqlite.classify(error).retry !== 'again' || Date.now() > deadline) return done(error, connection)
      await sleep(5 + Math.random() * 20)
    }
  }
  done(undefined, connection)
}
