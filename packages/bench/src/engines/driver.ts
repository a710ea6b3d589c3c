export type Row = Record<string, unknown>

/** Rows of one table with the values of their columns in one order, ready to be sent. */
export interface Rows {
  columns: readonly string[]
  values: readonly (readonly unknown[])[]
}

/** One connection, as the driver gives it. Statements mark their values with `?`. */
export interface Connection {
  all(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** Resolves to how many rows changed. */
  run(sql: string, values?: readonly unknown[]): Promise<number>
  /** The fastest way this driver has to insert many rows. */
  insert(table: string, rows: Rows): Promise<void>
}

/** A pool of connections of one raw driver: no query builder, no mapping of rows. */
export interface Driver {
  /** How `insert` does it, for the report. */
  readonly technique: string
  /** What locks the rows of a SELECT until the end of the transaction. */
  readonly forUpdate: string
  quote(name: string): string
  /** An instant as the engine's time column takes it. */
  time(at: number): unknown
  read<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T>
  /** Whatever keeps the first reads after a large load from being slow: statistics, visibility. */
  settle(tables: readonly string[]): Promise<void>
  /** Bytes that the engine writes to its log meanwhile. */
  bytesLogged(work: () => Promise<void>): Promise<number>
  /** Bytes that the whole database takes. */
  bytesAtRest(): Promise<number>
  close(): Promise<void>
}

export function rowsOf(rows: readonly Row[]): Rows {
  const columns = Object.keys(rows[0] ?? {})
  return { columns, values: rows.map((row) => columns.map((column) => row[column])) }
}

/** A statement's text is made once for each table and number of rows, as a prepared statement's would be. */
export class InsertTexts {
  private readonly texts = new Map<string, string>()

  constructor(private readonly text: (table: string, columns: readonly string[], rows: number) => string) {}

  of(table: string, columns: readonly string[], rows: number): string {
    const key = `${table} ${rows}`
    const known = this.texts.get(key)
    if (known !== undefined) return known
    const text = this.text(table, columns, rows)
    this.texts.set(key, text)
    return text
  }
}

export function* chunksOf<T>(list: readonly T[], size: number): Generator<readonly T[]> {
  if (list.length <= size) yield list
  else for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size)
}
