import { changedByOthers, StoreError, storedJson, toIso } from '@freehold/contract'
import type { Knex } from 'knex'
import { bareName } from './bare-name.js'
import type { ColumnType, Dialect, PlacedColumn } from './dialect.js'
import { connect } from './postgres-connection.js'
import { attachDay, daysBefore, dropDay, ROWS_AS_THEY_ARE } from './postgres-days.js'
import { failureOf } from './postgres-failures.js'
import { rowsOf } from './postgres-insert.js'
import { listen } from './postgres-listen.js'
import { quote } from './postgres-names.js'
import { open } from './postgres-opening.js'
import { postgresIdentity, postgresPlace } from './postgres-options.js'
import { replaceView, viewColumn, wholeText } from './postgres-views.js'
import { limitPostgres } from './rights.js'
import { overKey, runPlain } from './statement.js'
import { storedTime } from './stored.js'

const TYPES: Record<ColumnType, string> = {
  id: 'varchar(128) collate "C"',
  word: 'varchar(64) collate "C"',
  hex: 'varchar(32) collate "C"',
  hash: 'char(64) collate "C"',
  label: 'varchar(255) collate "C"',
  name: 'varchar(1000) collate "C"',
  text: 'text',
  time: 'timestamptz(6)',
  day: 'date',
  integer: 'bigint',
  json: 'jsonb',
}

/**
 * The type of a value on its way to a column: without a length, because a cast to one cuts off what is longer without a
 * word, where storing it is an error.
 */
function castOf(type: ColumnType): string {
  const [bare] = TYPES[type].split(/[ (]/)
  return bare === 'varchar' || bare === 'char' ? 'text' : bare!
}

/** No time of ours, in whatever zone: the infinities, and those before our era. */
const NEVER_OURS = /^-?infinity$| BC$/
const OTHER_ZONE =
  'PostgreSQL: times come in another zone than UTC, which was set; what stands in front of the server forgets settings: let it keep timezone, or run alter role … set timezone = UTC'

/** PostgreSQL 15 or later. */
export const postgres: Dialect = {
  name: 'PostgreSQL',
  capabilities: {
    sharedBetweenProcesses: true,
    auditImmutable: true,
    auditViews: true,
    dropsDays: true,
    notifies: true,
  },
  maxBindings: 65_535,
  // Not now(), which is the time at which the transaction began.
  now: 'clock_timestamp()',
  nowOfStatement: 'statement_timestamp()',
  oneWriter: false,
  exclusive: false,
  indexesInTable: false,
  columnsTogether: true,
  partialIndexes: true,
  ordersByNull: true,
  readingBy: () => '',
  tableOptions: '',

  connect,
  listen,
  notifying: ' returning pg_notify(?, ?)',
  identityOf: postgresIdentity,
  placeOf: postgresPlace,

  open,
  hidesTables: false,
  hasTable: async (knex, table) =>
    (await knex.raw('select to_regclass(?) as found', [quote(table)])).rows[0].found !== null,

  lock: ' for update',
  rowsWith(knex, { table, tenant }, columns, tuples) {
    const arrays = columns.map(({ type }) => `?::${castOf(type)}[]`).join(', ')
    const keys = columns.map((_, i) => `k${i}`)
    const same = columns.map(({ name }, i) => `"${name}" = ${keys[i]}`).join(' and ')
    // A list of hundreds of tuples is planned for longer than it is read, and a join with them may read the whole table:
    // nothing goes into the inner query, or out of it, with the offset.
    const rows = `lateral (select * from ${quote(table)} where tenant = ? and ${same} offset 0) as those`
    const values = columns.map((_, i) => tuples.map((tuple) => tuple[i]))
    const from = `unnest(${arrays}) as keys(${keys.join(', ')}) cross join ${rows}`
    return knex(knex.raw(from, [...values, tenant] as never) as never) as unknown as Knex.QueryBuilder
  },
  sizeOf: (column) =>
    `case when left("${column}", 1) = '*' then substr("${column}", 2, 8)::bigint else octet_length("${column}") end`,
  sizeOfJson: (column) => `octet_length("${column}"::text)`,

  quote,
  columnType: (type) => TYPES[type],
  jsonLevels: Number.POSITIVE_INFINITY,
  partitionedBy: (table, column) => ({
    clause: ` partition by list ("${column}")`,
    statements: [
      `create table if not exists ${quote(`${table}_default`)} partition of ${quote(table)} default ${ROWS_AS_THEY_ARE}`,
    ],
  }),
  makeDay: attachDay,
  daysBefore,
  dropDay,
  appendOnly({ name }) {
    const refusal = `${quote(`${name}_refuse`)}()`
    return [
      `create or replace function ${refusal} returns trigger language plpgsql as ` +
        `'begin raise exception ''entries of the audit are never changed''; end'`,
      `create or replace trigger "${bareName(name)}_no_change" before update or delete or truncate on ${quote(name)} ` +
        `for each statement execute function ${refusal}`,
    ]
  },
  async isAppendOnly(knex, table) {
    const { rows } = await knex.raw(
      `select exists (select 1 from pg_trigger t where t.tgrelid = c.oid and t.tgname = ? and t.tgenabled in ('O', 'A')) as held
       from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname || '.' || c.relname = ?`,
      [`${bareName(table)}_no_change`, table],
    )
    return (rows as { held: string }[]).every(({ held }) => held === 't')
  },
  dropAppendOnly: (table) => [`drop function if exists ${quote(`${table}_refuse`)}()`],
  replaceView,
  property: viewColumn,
  wholeText,
  propertyNamed: (json, name) => `((${json})::jsonb ->> (${name}))`,
  textAsJson: (sql) => `to_jsonb(${sql})::text`,
  asJson: (sql) => `(${sql})::jsonb`,

  limitRights: limitPostgres,

  toTime: toIso,
  fromTime(value) {
    // Such as 2026-11-23 01:36:18.12+00.
    const text = value as string
    if (!text.endsWith('+00'))
      throw NEVER_OURS.test(text) ? changedByOthers('a time') : new StoreError('unsupported', OTHER_ZONE)
    return storedTime(text.slice(0, -3))
  },
  timesAreText: false,
  fromJson: storedJson,
  fromInteger: Number,

  async insertNew(trx, table, columns, rows) {
    const { response } = await runPlain(trx, insertOf(table, columns, rows, 'on conflict do nothing'))
    return (response as { rowCount: number }).rowCount
  },
  async overwrite(trx, table, columns, rows, which) {
    await runPlain(trx, insertOf(table, columns, rows, overKey(which)))
  },
  classify: failureOf,
}

function insertOf(
  table: string,
  columns: readonly PlacedColumn[],
  rows: readonly (readonly unknown[])[],
  then: string,
) {
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const { source, bindings } = rowsOf(columns, rows, castOf)
  return { sql: `insert into ${quote(table)} (${names}) ${source} ${then}`, bindings }
}
