import sqlite3 from 'sqlite3'
import { chunksOf, type Driver, type Row, type Rows } from './driver.js'
import { type FileConnection, insertTexts, openDriver } from './sqlite-driver.js'

/** Measured: fewer rows cost a trip to the driver's thread each, more make binding slower. */
const ROWS_OF_A_STATEMENT = 50

export function openSqlite(file: string): Promise<Driver> {
  const technique = `prepared INSERT of ${ROWS_OF_A_STATEMENT} rows, one transaction`
  return openDriver(file, technique, async (path) => new SqliteConnection(await openFile(path)))
}

class SqliteConnection implements FileConnection {
  private readonly prepared = new Map<string, sqlite3.Statement>()

  constructor(private readonly database: sqlite3.Database) {}

  async all(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    const statement = await this.statement(sql)
    return new Promise((resolve, reject) => {
      statement.all<Row>(values, (error, rows) => (error === null ? resolve(rows) : reject(error)))
    })
  }

  async run(sql: string, values: readonly unknown[] = []): Promise<number> {
    const statement = await this.statement(sql)
    return new Promise((resolve, reject) => {
      statement.run(values, function (error) {
        if (error === null) resolve(this.changes)
        else reject(error)
      })
    })
  }

  async insert(table: string, { columns, values }: Rows): Promise<void> {
    for (const chunk of chunksOf(values, ROWS_OF_A_STATEMENT))
      await this.run(insertTexts.of(table, columns, chunk.length), chunk.flat())
  }

  async close(): Promise<void> {
    for (const statement of this.prepared.values()) await new Promise<void>((done) => statement.finalize(() => done()))
    await new Promise<void>((resolve, reject) => {
      this.database.close((error) => (error === null ? resolve() : reject(error)))
    })
  }

  private async statement(sql: string): Promise<sqlite3.Statement> {
    const known = this.prepared.get(sql)
    if (known !== undefined) return known
    const statement = await new Promise<sqlite3.Statement>((resolve, reject) => {
      const made = this.database.prepare(sql, (error) => (error === null ? resolve(made) : reject(error)))
    })
    this.prepared.set(sql, statement)
    return statement
  }
}

function openFile(file: string): Promise<sqlite3.Database> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(file, (error) => (error === null ? resolve(database) : reject(error)))
  })
}
