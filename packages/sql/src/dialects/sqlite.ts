import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { newId, StoreError, storedJson, toIso } from '@freehold/contract'
import knex from 'knex'
import type { Dialect, PlacedColumn } from './dialect.js'
import { QUIET } from './quiet.js'
import { limitSqlite } from './rights.js'
import { BUSY_TIMEOUT } from './sqlite-busy.js'
import { driverOf } from './sqlite-driver.js'
import { failureOf } from './sqlite-failures.js'
import { fileOf, IN_MEMORY, realPathOf } from './sqlite-file.js'
import { makeFile } from './sqlite-later.js'
import { open } from './sqlite-opening.js'
import { shrinkFile } from './sqlite-shrink.js'
import { propertyNamed, viewColumn, wholeText } from './sqlite-views.js'
import { marksFor, overKey, rowsWith, runPlain, valuesOf } from './statement.js'
import { storedTime } from './stored.js'

const TYPES = { integer: 'integer' } as Record<string, string>

const NOW = `(strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')`

/** Readers of one process beside its one writer. */
const DEFAULT_POOL = 4

/** One file, in WAL: readers never wait for a writer, and a write that was acknowledged survives a power cut. */
const sqlite: Dialect = {
  name: 'SQLite',
  capabilities: {
    sharedBetweenProcesses: true,
    auditImmutable: true,
    auditViews: true,
    dropsDays: false,
    notifies: false,
  },
  maxBindings: 32_766,
  now: NOW,
  nowOfStatement: NOW,
  oneWriter: true,
  exclusive: true,
  indexesInTable: false,
  columnsTogether: false,
  partialIndexes: true,
  ordersByNull: false,
  readingBy: (index) => ` indexed by "${index}"`,
  tableOptions: '',

  connect(url, { pool = DEFAULT_POOL, create }) {
    const filename = fileOf(url)
    const inMemory = filename === IN_MEMORY
    if (!inMemory && create === true) mkdirSync(dirname(filename), { recursive: true })
    if (!inMemory && !create && !existsSync(filename))
      throw new StoreError('unsupported', 'there is no such file; check its path, or create it with `migrate: true`')
    const { client, later, afterCreate } = driverOf(url)
    return knex({
      client: create === 'later' && !inMemory ? later : client,
      connection: { filename },
      useNullAsDefault: true,
      ...QUIET,
      acquireConnectionTimeout: 3 * BUSY_TIMEOUT,
      pool: { min: 1, max: inMemory ? 1 : pool, afterCreate },
    })
  },
  makeDatabase: makeFile,
  identityOf(url) {
    const file = fileOf(url)
    // Every one in memory is a database of its own.
    return `sqlite:${file === IN_MEMORY ? `${file}${newId()}` : realPathOf(file)}`
  },
  placeOf: fileOf,

  open,
  hidesTables: false,
  hasTable: async (knex, name) => (await knex('sqlite_master').where({ name }).first('name')) !== undefined,

  lock: '',
  rowsWith,
  sizeOf: (column) =>
    `case when substr("${column}", 1, 1) = '*' then cast(substr("${column}", 2, 8) as integer) else octet_length("${column}") end`,
  sizeOfJson: (column) => `octet_length("${column}")`,

  quote: (name) => `"${name}"`,
  columnType: (type) => TYPES[type] ?? 'text',
  jsonLevels: Number.POSITIVE_INFINITY,
  partitionedBy: () => ({ clause: '', statements: [] }),
  async makeDay() {},
  daysBefore: async () => [],
  async dropDay() {},
  shrink: shrinkFile,
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
  async isAppendOnly(knex, table) {
    const names = [table, ...['update', 'delete', 'replace'].map((what) => `${table}_no_${what}`)]
    const found: { name: string }[] = await knex('sqlite_master').whereIn('name', names).select('name')
    return found.length === names.length || !found.some(({ name }) => name === table)
  },
  dropAppendOnly: () => [],
  replaceView: (name, select) => [`drop view if exists "${name}"`, `create view "${name}" as ${select}`],
  property: viewColumn,
  wholeText,
  propertyNamed,
  textAsJson: (sql) => `json_quote(${sql})`,
  asJson: (sql) => sql,

  limitRights: limitSqlite,

  toTime: toIso,
  fromTime: (value) => storedTime(value as string),
  timesAreText: true,
  fromJson: storedJson,
  fromInteger: (value) => value as number,

  async insertNew(trx, table, columns, rows) {
    const { context } = await runPlain(trx, {
      ...insertOf(table, columns, rows, 'on conflict do nothing'),
      method: 'update',
    })
    return (context as { changes: number }).changes
  },
  async overwrite(trx, table, columns, rows, which) {
    await runPlain(trx, insertOf(table, columns, rows, overKey(which)))
  },
  classify: failureOf,
}

const inMemory: Dialect = { ...sqlite, capabilities: { ...sqlite.capabilities, sharedBetweenProcesses: false } }

/** A database in memory is seen by the process alone that opened it. */
export function sqliteAt(url: string): Dialect {
  return fileOf(url) === IN_MEMORY ? inMemory : sqlite
}

function insertOf(
  table: string,
  columns: readonly PlacedColumn[],
  rows: readonly (readonly unknown[])[],
  then: string,
) {
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const sql = `insert into "${table}" (${names}) values ${marksFor(columns, rows)} ${then}`
  return { sql, bindings: valuesOf(columns, rows) }
}
