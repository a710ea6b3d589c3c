import { stat } from 'node:fs/promises'
import { toIso } from '@freehold/contract'
import sqlite3 from 'sqlite3'
import { type Connection, chunksOf, type Driver, InsertTexts, type Row, type Rows } from './driver.js'

/** Measured: fewer rows cost a trip to the driver's thread each, more make binding slower. */
const ROWS_OF_A_STATEMENT = 50

const insertTexts = new InsertTexts((table, columns, rows) => {
  const marks = `(${columns.map(() => '?').join(', ')})`
  return `insert into "${table}" (${columns.join(', ')}) values ${Array(rows).fill(marks).join(', ')}`
})

export async function openSqlite(file: string): Promise<Driver> {
  const connection = new SqliteConnection(await openFile(file))
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 5000'])
    await connection.all(`pragma ${pragma}`)
  return new SqliteDriver(file, connection)
}

class SqliteDriver implements Driver {
  readonly technique = `prepared INSERT of ${ROWS_OF_A_STATEMENT} rows, one transaction`
  readonly forUpdate = ''
  private lastTurn: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly file: string,
    private readonly connection: SqliteConnection,
  ) {}

  quote(name: string): string {
    return `"${name}"`
  }

  time(at: number): string {
    return toIso(at)
  }

  read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.inTurn(() => work(this.connection))
  }

  /** One file has one writer: transactions take turns here, where waiting costs nothing. */
  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.inTurn(async () => {
      await this.connection.run('begin immediate')
      try {
        const result = await work(this.connection)
        await this.connection.run('commit')
        return result
      } catch (error) {
        await this.connection.run('rollback')
        throw error
      }
    })
  }

  async settle(): Promise<void> {
    await this.connection.all('pragma wal_checkpoint(truncate)')
  }

  /** A reader that stays at the state before keeps the log from being begun anew: it grows by all that is written. */
  async bytesLogged(work: () => Promise<void>): Promise<number> {
    await this.connection.all('pragma wal_checkpoint(truncate)')
    const reader = new SqliteConnection(await openFile(this.file))
    await reader.run('begin')
    await reader.all('select count(*) from sqlite_schema')
    await work()
    await reader.run('commit')
    await reader.close()
    return (await stat(`${this.file}-wal`)).size
  }

  async bytesAtRest(): Promise<number> {
    await this.settle()
    return (await stat(this.file)).size
  }

  async close(): Promise<void> {
    await this.lastTurn
    await this.connection.close()
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.lastTurn.then(work)
    this.lastTurn = turn.catch(() => undefined)
    return turn
  }
}

class SqliteConnection implements Connection {
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
