import { type ErrorCode, RunningSpans, retrying, StoreError, type Timestamp, Turns, Watchers } from '@freehold/contract'
import type { Knex } from 'knex'
import { bareName } from './dialects/bare-name.js'
import { Days } from './dialects/days.js'
import type { Dialect, PlacedColumn, Row } from './dialects/dialect.js'
import { Listening } from './dialects/listening.js'
import { inTransaction } from './dialects/transaction.js'
import { failureOf } from './errors.js'
import { TABLES } from './migrations/index.js'
import { plainType } from './schema.js'

/** Rows and bytes of one INSERT. */
const MAX_ROWS = 500
const MAX_BYTES = 1_000_000

/** The tables whose rows of a day lie together. */
const PARTITIONED = [...TABLES.values()].filter(({ partitionBy }) => partitionBy !== undefined).map(({ name }) => name)

/** Failures that do not show that the database answers. */
const SILENT: readonly ErrorCode[] = ['timeout', 'unavailable']

/** One pool on one database: names of tables, transactions that retry, and the statements that stores share. */
export class Database {
  /** Not a plain property: printing a store must not print the password that its pool holds. */
  readonly #knex: Knex
  readonly #running = new RunningSpans()
  /** Who is to hear of approvals that are no longer pending. */
  readonly watchers = new Watchers()
  readonly listening: Listening
  private readonly days: Days
  /** Who has a connection of the pool. */
  private readonly pool: Turns
  /** Who writes, where the engine has but one writer. */
  private readonly writer: Turns | undefined

  constructor(
    knex: Knex,
    readonly dialect: Dialect,
    /** What every name of a table begins with, and before it the schema, where there is one. */
    readonly prefix: string,
    patience?: number,
  ) {
    this.#knex = knex
    this.listening = new Listening(knex, dialect, this.table('approvals'), this.watchers)
    const answered = (error: unknown) => !SILENT.includes(failureOf(dialect, error).code)
    const most: number = knex.client.pool.max
    this.pool = new Turns({ most, stuck: (seconds) => poolIsStuck(most, seconds), answered, patience })
    if (dialect.oneWriter) this.writer = new Turns({ most: 1, stuck: writerIsStuck, answered, patience })
    this.days = new Days(
      async (day) => {
        for (const table of PARTITIONED) await this.pool.do(() => dialect.makeDay(knex, this.table(table), day))
      },
      (error) => (StoreError.is(error) ? { code: error.code } : failureOf(dialect, error)),
    )
  }

  get knex(): Knex {
    return this.#knex
  }

  /** What this process wrote of spans that run, by {@link spanName}. */
  get running(): RunningSpans {
    return this.#running
  }

  async close(): Promise<void> {
    await this.listening.stop()
    await this.knex.destroy()
  }

  table(name: string): string {
    return `${this.prefix}${name}`
  }

  /** The name of an index of a table. */
  indexName(table: string, index: string): string {
    return `${bareName(this.table(table))}_${index}`
  }

  /** Runs `work` in a transaction, and the whole of it again when another one was in the way. */
  transaction<T>(work: (trx: Knex) => Promise<T>): Promise<T> {
    const inTurn = () => this.pool.do(() => this.retry(() => inTransaction(this.knex, work)))
    return this.writer === undefined ? inTurn() : this.writer.do(inTurn)
  }

  /** Runs a read outside a transaction, again when another one was in the way. */
  read<T>(work: (knex: Knex) => PromiseLike<T>): Promise<T> {
    return this.pool.do(() => this.retry(async () => work(this.knex)))
  }

  /** Runs statements that change the schema, each with the settings of a transaction. */
  async change(knex: Knex, statements: readonly string[]): Promise<void> {
    for (const statement of statements)
      await (knex.isTransaction ? knex.raw(statement) : inTransaction(knex, (trx) => trx.raw(statement)))
  }

  has(knex: Knex, table: string): Promise<boolean> {
    return this.dialect.hasTable(knex, this.table(table))
  }

  /** Sees to it that the days of spans have partitions before these are written. */
  async makeDays(times: readonly Timestamp[]): Promise<void> {
    if (this.dialect.capabilities.dropsDays) await this.days.ensure(times)
  }

  /** Inserts rows whose keys are free, in statements of bounded size, and resolves to how many those were. */
  insertNew(trx: Knex, table: string, rows: readonly Row[]): Promise<number> {
    const columns = Object.keys(rows[0] ?? {})
    return this.insertValues(trx, table, columns, listsOf(columns, rows))
  }

  /** The same for rows as values of these columns. Columns that no row of a statement uses are not named in it. */
  async insertValues(
    trx: Knex,
    table: string,
    names: readonly string[],
    rows: readonly (readonly unknown[])[],
  ): Promise<number> {
    const columns = placed(table, names)
    let inserted = 0
    for (const chunk of this.chunks(rows)) {
      const used = columns.filter(({ at }) => chunk.some((row) => row[at] !== null && row[at] !== undefined))
      inserted += await this.dialect.insertNew(trx, this.table(table), used, chunk)
    }
    return inserted
  }

  /** Writes rows over those with the same key: the columns that they have, or of these those in `changed`. */
  async overwrite(
    trx: Knex,
    table: string,
    key: readonly string[],
    rows: readonly Row[],
    changed?: ReadonlySet<string>,
  ): Promise<void> {
    const names = Object.keys(rows[0] ?? {})
    const columns = placed(table, names)
    const set = names.filter((name) => !key.includes(name) && (changed?.has(name) ?? true))
    for (const chunk of this.chunks(listsOf(names, rows)))
      await this.dialect.overwrite(trx, this.table(table), columns, chunk, { key, set })
  }

  /** What time it is by the database's clock. */
  async now(trx: Knex): Promise<Timestamp> {
    const row: Row = await trx.select(this.clock).first()
    return this.clockOf(row)
  }

  /** An expression for the database's clock, selected as `clock` and read with {@link clockOf}. */
  get clock(): Knex.Raw {
    return this.knex.raw(`${this.dialect.now} as clock`)
  }

  /** The same, for lists that are filtered by it: a row is shown by the time by which it was found. */
  get clockOfStatement(): Knex.Raw {
    return this.knex.raw(`${this.dialect.nowOfStatement} as clock`)
  }

  clockOf(row: Row): Timestamp {
    return this.dialect.fromTime(row.clock)
  }

  private *chunks<R extends readonly unknown[]>(rows: readonly R[]): Generator<readonly R[]> {
    if (rows.length === 0) return
    const most = Math.min(MAX_ROWS, Math.floor(this.dialect.maxBindings / rows[0]!.length))
    let from = 0
    let bytes = 0
    for (const [at, row] of rows.entries()) {
      const size = sizeOf(row)
      if (at - from === most || (at > from && bytes + size > MAX_BYTES)) {
        yield rows.slice(from, at)
        from = at
        bytes = 0
      }
      bytes += size
    }
    yield rows.slice(from)
  }

  private retry<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, (error) => failureOf(this.dialect, error).retry)
  }
}

function poolIsStuck(most: number, seconds: number): string {
  const all =
    most === 1
      ? 'the one connection of the pool is busy, and did not come'
      : `all ${most} connections of the pool are busy, and none came`
  return `${all} free for ${seconds} s; see what they wait for in the database, give it a greater \`pool\`, or try again`
}

function writerIsStuck(seconds: number): string {
  return `writes take turns, and none could be done for ${seconds} s; see what else writes to the database, or try again`
}

function listsOf(columns: readonly string[], rows: readonly Row[]): unknown[][] {
  return rows.map((row) => columns.map((column) => row[column]))
}

function placed(table: string, names: readonly string[]): PlacedColumn[] {
  const types = TABLES.get(table)!.columns
  return names.map((name, at) => ({ name, at, type: plainType(types[name]!) }))
}

function sizeOf(row: readonly unknown[]): number {
  let size = 0
  for (const value of row) size += typeof value === 'string' ? value.length : 8
  return size
}
