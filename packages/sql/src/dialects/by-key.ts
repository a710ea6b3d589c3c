import type { Knex } from 'knex'
import type { Dialect, Row } from './dialect.js'
import type { Statement } from './knex-client.js'

/** What a statement by a key is about. */
export interface ByKey {
  table: string
  /** Columns and their values; none of them is NULL. */
  key: Row
  /** SQL that is to be true besides. */
  and?: string | undefined
  /** By which others hear of a change of the row, when it is committed. */
  telling?: Part | undefined
}

/** A part of a statement, and its values. */
export interface Part {
  sql: string
  values: readonly unknown[]
}

interface Client {
  acquireConnection(): Promise<unknown>
  releaseConnection(connection: unknown): Promise<void>
  query(connection: unknown, statement: Statement): Promise<Statement>
  processResponse(statement: Statement, runner: object): unknown
}

/**
 * A row by its key. Its text is written here: knex builds a tree of a statement and compiles it each time, which takes
 * longer than such a statement itself.
 * @param select columns, and what else SQL can select
 */
export async function rowByKey(
  knex: Knex,
  dialect: Dialect,
  select: readonly string[],
  by: ByKey,
  lock?: 'lock',
): Promise<Row | undefined> {
  const what = select.map((one) => (isName(one) ? dialect.quote(one) : one)).join(', ')
  const sql = `select ${what} from ${dialect.quote(by.table)} where ${conditionOf(dialect, by)} limit 1${lock === undefined ? '' : dialect.lock}`
  return (await run(knex, 'first', sql, Object.values(by.key))) as Row | undefined
}

/**
 * The rows that a statement gives which is about one key, such as the spans of a trace: a plan that is good for one value is
 * good for all.
 */
export async function rowsOf(knex: Knex, sql: string, bindings: readonly unknown[]): Promise<Row[]> {
  return (await run(knex, 'select', sql, bindings)) as Row[]
}

/** Sets these columns of a row, and resolves to how many rows there were: none or one. */
export async function updateByKey(knex: Knex, dialect: Dialect, set: Row, by: ByKey): Promise<number> {
  const changes = Object.keys(set).map((column) => `${dialect.quote(column)} = ?`)
  const { sql: then, values: more } = by.telling ?? { sql: '', values: [] }
  const sql = `update ${dialect.quote(by.table)} set ${changes.join(', ')} where ${conditionOf(dialect, by)}${then}`
  const values = [...Object.values(set), ...Object.values(by.key), ...more].map((value) => value ?? null)
  return (await run(knex, 'update', sql, values)) as number
}

function conditionOf(dialect: Dialect, { key, and }: ByKey): string {
  const same = Object.keys(key).map((column) => `${dialect.quote(column)} = ?`)
  return (and === undefined ? same : [...same, and]).join(' and ')
}

function isName(sql: string): boolean {
  return /^\w+$/.test(sql)
}

async function run(
  knex: Knex,
  method: 'first' | 'select' | 'update',
  sql: string,
  bindings: readonly unknown[],
): Promise<unknown> {
  const client: Client = knex.client
  const connection = await client.acquireConnection()
  try {
    return client.processResponse(await client.query(connection, { sql, bindings, method, byKey: true }), {})
  } finally {
    await client.releaseConnection(connection)
  }
}
