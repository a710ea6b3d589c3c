import Database from 'better-sqlite3'
import { chunksOf, type Driver, type Row, type Rows } from './driver.js'
import { type FileConnection, insertTexts, openDriver } from './sqlite-driver.js'

/** Measured: statements of 1 to 50 rows are as fast. */
const ROWS_OF_A_STATEMENT = 10

export function openBetterSqlite(file: string): Promise<Driver> {
  const technique = `prepared INSERT of ${ROWS_OF_A_STATEMENT} rows, one transaction`
  return openDriver(file, technique, async (path) => new DirectConnection(new Database(path)))
}

class DirectConnection implements FileConnection {
  private readonly prepared = new Map<string, Database.Statement<unknown[], Row>>()

  constructor(private readonly database: Database.Database) {}

  async all(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const statement = this.statement(sql)
    if (statement.reader) return statement.all(...values)
    statement.run(...values)
    return []
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<number> {
    return this.statement(sql).run(...values).changes
  }

  async insert(table: string, { columns, values }: Rows): Promise<void> {
    for (const chunk of chunksOf(values, ROWS_OF_A_STATEMENT))
      this.statement(insertTexts.of(table, columns, chunk.length)).run(chunk.flat())
  }

  async close(): Promise<void> {
    this.database.close()
  }

  private statement(sql: string): Database.Statement<unknown[], Row> {
    const known = this.prepared.get(sql)
    if (known !== undefined) return known
    const statement = this.database.prepare<unknown[], Row>(sql)
    this.prepared.set(sql, statement)
    return statement
  }
}
