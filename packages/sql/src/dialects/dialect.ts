import type { Capabilities, ErrorCode, Json, Retry, RowRight, ShapeColumn, Timestamp } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Asked } from './opening.js'

/**
 * What a column holds. `id` is the caller's text of up to 128 bytes, compared byte for byte; `word` one of a closed list;
 * `hex` a trace or span id; `hash` 64 hex digits; `label` up to 255 characters and `name` up to 1,000, compared byte for
 * byte too; `day` a UTC day; `integer` up to 2^53.
 */
export type ColumnType =
  | 'id'
  | 'word'
  | 'hex'
  | 'hash'
  | 'label'
  | 'name'
  | 'text'
  | 'time'
  | 'day'
  | 'integer'
  | 'json'

export interface Failure {
  code: ErrorCode
  retry?: Retry
  /** Trying again is in vain until somebody changes something, though the code says otherwise. */
  inVain?: true
  /** The database refuses who asks, not what is asked: another user may. */
  refused?: true
  /** What happened, and what to do about it; of an `internal` one nobody knows. */
  says?: string
}

/** A table whose rows are never changed, as the database itself is told. */
export interface AppendOnly {
  name: string
  columns: readonly string[]
  keys: readonly (readonly string[])[]
}

export type Row = Record<string, unknown>

export interface Column {
  name: string
  type: ColumnType
}

/** A column of rows that are lists of values, and where each has its own. */
export interface PlacedColumn extends Column {
  at: number
}

export interface ConnectOptions {
  /** Most connections; the dialect's own default unless told. */
  pool?: number | undefined
  /**
   * Where a database can be made: whether one that is not there is made by opening it, or later by `makeDatabase` and looks
   * empty until then, or is refused as `unsupported`.
   */
  create: boolean | 'later'
  /** How long a server may be silent in the middle of a statement, in milliseconds: then it is `unavailable`. A minute unless told. */
  silence?: number | undefined
}

/** By which columns a row is found, and which of it are written over: every other index is left alone. */
export interface Overwriting {
  key: readonly string[]
  set: readonly string[]
}

export interface TableRights {
  table: string
  rights: readonly RowRight[]
}

/** The questions that shared code asks about an engine. A new engine answers them in one file beside this one. */
export interface Dialect {
  /** For messages. */
  readonly name: string
  readonly capabilities: Capabilities
  /** Most bound values of one statement. */
  readonly maxBindings: number
  /** SQL that gives the time by the database's clock, in the form of a `time` column, as late as it is asked for. */
  readonly now: string
  /** The same, which is one time for the whole of a statement. */
  readonly nowOfStatement: string

  /** Writers of one process wait for each other here, because in the database they would poll for the lock. */
  readonly oneWriter: boolean

  /** A pool of connections, which are made when they are needed. */
  connect(url: string, options: ConnectOptions): Knex
  /** Makes the database itself unless it is there, where an engine can. */
  makeDatabase?(knex: Knex): void
  /** One text for all URLs of one database, without its password. */
  identityOf(url: string): string
  /** Where a URL leads, for messages: host and port, or a path. */
  placeOf(url: string): string

  /**
   * Checks that a database can keep what is promised, and tells the schema of its tables, where an engine has schemas.
   * @throws StoreError `unsupported`, with what to change
   */
  open(knex: Knex, asked: Asked): Promise<{ schema?: string }>
  /** A table that a user has no right to is not there for that user. */
  readonly hidesTables: boolean
  /** Whether there is a table of this name, or something else that is in its way. */
  hasTable(knex: Knex, table: string): Promise<boolean>

  /** What locks the rows that a SELECT reads in a transaction. */
  readonly lock: string
  /**
   * The rows of a tenant for which the values of these columns, with which a key begins, are one of these tuples: a few
   * hundred, each of which is looked up, however many rows there are and whatever the engine knows of them.
   */
  rowsWith(
    knex: Knex,
    at: { table: string; tenant: string },
    columns: readonly Column[],
    tuples: readonly (readonly string[])[],
  ): Knex.QueryBuilder
  /** SQL for the size of what a column of text holds, in bytes; of one that is kept in pieces, of the whole, as it begins with. */
  sizeOf(column: string): string
  /** The same of a column of JSON. */
  sizeOfJson(column: string): string

  /** A name as SQL spells it, with the schema before it if it has one. */
  quote(name: string): string
  columnType(type: ColumnType): string
  /** How many arrays and objects within each other its JSON functions read. */
  readonly jsonLevels: number
  /** Indexes are declared inside CREATE TABLE, where they cannot be created later without an error for those that exist. */
  readonly indexesInTable: boolean
  /** One statement adds several columns, and indexes with them. */
  readonly columnsTogether: boolean
  /** An index may have a condition, and rows that do not meet it have no place in it. */
  readonly partialIndexes: boolean
  /**
   * Rows of which a column is NULL come as an index has them only where they are ordered by that column, too: elsewhere only
   * where they are not.
   */
  readonly ordersByNull: boolean
  /** What follows the name of a table that is to be read by this index, where an engine would rather guess. */
  readingBy(index: string): string
  /** What follows the columns of every table. */
  readonly tableOptions: string
  /** What follows the columns of a table that is partitioned by one of them, and the statements that complete it. */
  partitionedBy(table: string, column: string): { clause: string; statements: string[] }
  /**
   * Gives a day (`2026-11-23`) a partition of its own, unless it has one. Rows of a day without have a default partition,
   * so failing here fails nothing else.
   */
  makeDay(knex: Knex, table: string, day: string): Promise<void>
  /** What {@link dropDay} can drop of the days before one, in these tables, oldest first. */
  daysBefore(knex: Knex, tables: readonly string[], before: string): Promise<string[]>
  /** Drops a partition in each of these tables that has it. Waits for those who use one for about a second, and fails then. */
  dropDay(knex: Knex, tables: readonly string[], day: string): Promise<void>
  /** Gives the disk back that deleted rows leave, where that has to be asked for, until this time by `performance.now()`. */
  shrink?(knex: Knex, until: number): Promise<void>
  /**
   * Statements after which the database itself refuses to change or delete a row of a table, or to put another in its
   * place by one of its `keys`; none where it cannot.
   */
  appendOnly(table: AppendOnly): string[]
  /**
   * Whether what {@link appendOnly} made is there and at work, as far as this user may see. A table that is not there lacks
   * nothing.
   */
  isAppendOnly(knex: Knex, table: string): Promise<boolean>
  /** Statements that take away what {@link appendOnly} made and dropping the table leaves. */
  dropAppendOnly(table: string): string[]
  /** Statements that put a view in the place of one that may be there, with all rights on it. */
  replaceView(name: string, select: string): string[]
  /** SQL that reads a top-level property of a JSON column as a plain value. */
  property(column: string, property: string, type: ShapeColumn): string
  /** SQL for a text of a span `s`, put together from the pieces in this table, where it is kept in some. */
  wholeText(column: string, texts: string): string
  /** SQL that reads a top-level property of JSON text, whose name SQL computes, as a plain text. */
  propertyNamed(json: string, name: string): string
  /** SQL for the JSON of a text. */
  textAsJson(sql: string): string
  /** A text of JSON that SQL computes, as the value of a JSON column. */
  asJson(sql: string): string

  /** Statements after which a user has these rights on the rows of these tables, and no others. @throws StoreError `unsupported` */
  limitRights(url: string, user: string, tables: readonly TableRights[]): string[]

  toTime(at: Timestamp): unknown
  /** @throws StoreError `internal` of what is no time, and so of JSON: other hands put it there. */
  fromTime(value: unknown): Timestamp
  /** Times are columns of text, and so may hold any. */
  readonly timesAreText: boolean
  fromJson(value: unknown): Json
  fromInteger(value: unknown): number

  /**
   * Inserts the rows whose keys are all free, in one statement, and resolves to how many were inserted: a row that was
   * there already never counts, whatever the driver calls affected.
   */
  insertNew(
    trx: Knex,
    table: string,
    columns: readonly PlacedColumn[],
    rows: readonly (readonly unknown[])[],
  ): Promise<number>
  /** Writes over rows with the same key, and inserts the rows that are not there, in one statement. */
  overwrite(
    trx: Knex,
    table: string,
    columns: readonly PlacedColumn[],
    rows: readonly (readonly unknown[])[],
    which: Overwriting,
  ): Promise<void>
  /** The schema changes in transactions, and one process at a time writes: migrations need no lease. */
  readonly exclusive: boolean
  /** What follows a change of a row by which all who listen to a channel (the first value) hear a text (the second). */
  readonly notifying?: string
  /** Calls `heard` with what comes on a channel, and `lost` when nothing will come any more. Resolves to what stops it. */
  listen?(knex: Knex, channel: string, heard: (text: string) => void, lost: () => void): Promise<() => Promise<void>>
  /** What a driver's error means. */
  classify(error: unknown): Failure
}
