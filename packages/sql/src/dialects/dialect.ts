import type { Capabilities, ErrorCode, Json, ShapeColumn, Timestamp } from '@freehold/contract'
import type { Knex } from 'knex'

/**
 * What a column holds. `id` is the caller's text of up to 128 bytes, compared byte for byte; `word` one of a closed list;
 * `hex` a trace or span id; `hash` 64 hex digits; `name` up to 1,000 characters; `day` a UTC day; `integer` up to 2^53.
 */
export type ColumnType = 'id' | 'word' | 'hex' | 'hash' | 'name' | 'text' | 'time' | 'day' | 'integer' | 'json'

export interface Failure {
  code: ErrorCode
  /** `again`: the same transaction may succeed at once. `taken`: a unique key was; reading again tells by whom. */
  retry?: 'again' | 'taken'
}

export type Row = Record<string, unknown>

/** The questions that shared code asks about an engine. A new engine answers them in one file beside this one. */
export interface Dialect {
  /** For messages. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Most bound values of one statement. */
  readonly maxBindings: number
  /** SQL that gives the time of the statement, by the database's clock, in the form of a `time` column. */
  readonly now: string

  /** Writers of one process wait for each other here, because in the database they would poll for the lock. */
  readonly oneWriter: boolean

  /**
   * A pool of at most `pool` connections, the dialect's own default unless told. Connects lazily. Where a database is
   * made by opening it, `create: false` refuses one that is not there, as `unsupported`.
   */
  connect(url: string, options: { pool?: number; create: boolean }): Knex
  /** One text for all URLs of one database, without its password. */
  identityOf(url: string): string

  columnType(type: ColumnType): string
  /**
   * Statements after which the database itself refuses to change or delete a row of a table, or to put another in its
   * place by one of its `keys`; none where it cannot.
   */
  appendOnly(table: string, keys: readonly (readonly string[])[]): string[]
  /** SQL that reads a top-level property of a JSON column as a plain value. */
  property(column: string, property: string, type: ShapeColumn): string

  toTime(at: Timestamp): unknown
  fromTime(value: unknown): Timestamp
  fromJson(value: unknown): Json
  fromInteger(value: unknown): number

  /**
   * Inserts the rows whose keys are all free, in one statement, and resolves to how many were inserted: a row that was
   * there already never counts, whatever the driver calls affected.
   */
  insertNew(trx: Knex, table: string, rows: readonly Row[]): Promise<number>
  /** Runs a migration while no other process does, so that one that dies leaves nothing half done for ever. */
  migrating<T>(knex: Knex, work: (trx: Knex) => Promise<T>): Promise<T>
  /** What a driver's error means. */
  classify(error: unknown): Failure
}
