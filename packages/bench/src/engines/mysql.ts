import { toIso } from '@freehold/contract'
import mysql from 'mysql2/promise'
import { type Connection, chunksOf, type Driver, InsertTexts, type Row, type Rows } from './driver.js'

/** How many rows are inserted, each way measured to be the faster one on its server. */
interface Technique {
  told: string
  insert(connection: mysql.PoolConnection, table: string, rows: Rows): Promise<void>
}

const ROWS_OF_A_STATEMENT = 100

const textOfAll = new InsertTexts((table, columns) => `insert into \`${table}\` (${namesOf(columns)}) values ?`)
const preparedTexts = new InsertTexts((table, columns, rows) => {
  const marks = `(${columns.map(() => '?').join(', ')})`
  return `insert into \`${table}\` (${namesOf(columns)}) values ${Array(rows).fill(marks).join(', ')}`
})

const INTERPOLATED: Technique = {
  told: 'INSERT … VALUES of all rows in one text that the driver puts together, one transaction',
  async insert(connection, table, { columns, values }) {
    await connection.query(textOfAll.of(table, columns, values.length), [values])
  },
}

const PREPARED: Technique = {
  told: `prepared INSERT … VALUES of ${ROWS_OF_A_STATEMENT} rows, one transaction`,
  async insert(connection, table, { columns, values }) {
    for (const chunk of chunksOf(values, ROWS_OF_A_STATEMENT))
      await connection.execute(preparedTexts.of(table, columns, chunk.length), chunk.flat() as mysql.ExecuteValues)
  },
}

export function openMysql(url: string, pool: number): Driver {
  return open(url, pool, INTERPOLATED)
}

export function openMariadb(url: string, pool: number): Driver {
  return open(url, pool, PREPARED)
}

function open(url: string, pool: number, technique: Technique): Driver {
  const options = {
    uri: url.replace(/^mariadb:/, 'mysql:'),
    connectionLimit: pool,
    charset: 'utf8mb4',
    // Values are read as the text that the server sends, so that a row that was read can be written again as it was.
    dateStrings: true,
    jsonStrings: true,
  }
  return new MysqlDriver(mysql.createPool(options), technique)
}

class MysqlDriver implements Driver {
  readonly technique: string
  readonly forUpdate = ' for update'
  private readonly prepared = new WeakSet<object>()

  constructor(
    private readonly pool: mysql.Pool,
    private readonly inserting: Technique,
  ) {
    this.technique = inserting.told
  }

  quote(name: string): string {
    return `\`${name}\``
  }

  time(at: number): string {
    return toIso(at).slice(0, -1).replace('T', ' ')
  }

  async read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.pool.getConnection()
    try {
      if (!this.prepared.has(connection.connection)) {
        await connection.query('set session transaction isolation level read committed')
        this.prepared.add(connection.connection)
      }
      return await work(new MysqlConnection(connection, this.inserting))
    } finally {
      connection.release()
    }
  }

  transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.read(async (connection) => {
      await connection.run('begin')
      try {
        const result = await work(connection)
        await connection.run('commit')
        return result
      } catch (error) {
        await connection.run('rollback')
        throw error
      }
    })
  }

  settle(tables: readonly string[]): Promise<void> {
    return this.read(async (connection) => {
      await connection.all(`analyze table ${tables.map((table) => `\`${table}\``).join(', ')}`)
    })
  }

  async bytesLogged(work: () => Promise<void>): Promise<number> {
    const written = () =>
      this.read(async (connection) => {
        const [row] = await connection.all(`show global status like 'Innodb_os_log_written'`)
        return Number(row!.Value)
      })
    const before = await written()
    await work()
    return (await written()) - before
  }

  /** Pages of the tables and of their indexes, counted anew. */
  bytesAtRest(): Promise<number> {
    return this.read(async (connection) => {
      const ours = `from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'`
      const tables = await connection.all(`select table_name as name ${ours}`)
      await this.settle(tables.map(({ name }) => name as string))
      const [row] = await connection.all(`select sum(data_length + index_length) as bytes ${ours}`)
      return Number(row!.bytes)
    })
  }

  close(): Promise<void> {
    return this.pool.end()
  }
}

class MysqlConnection implements Connection {
  constructor(
    private readonly connection: mysql.PoolConnection,
    private readonly inserting: Technique,
  ) {}

  async all(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    const [rows] = await this.query(sql, values)
    return rows as Row[]
  }

  async run(sql: string, values?: readonly unknown[]): Promise<number> {
    const [{ affectedRows }] = (await this.query(sql, values)) as [mysql.ResultSetHeader, unknown]
    return affectedRows
  }

  insert(table: string, rows: Rows): Promise<void> {
    return this.inserting.insert(this.connection, table, rows)
  }

  /** Statements with values are prepared by the server, once for each connection: the driver keeps them. */
  private query(sql: string, values?: readonly unknown[]): Promise<[unknown, unknown]> {
    if (values === undefined) return this.connection.query(sql)
    return this.connection.execute(sql, values as mysql.ExecuteValues)
  }
}

function namesOf(columns: readonly string[]): string {
  return columns.map((column) => `\`${column}\``).join(', ')
}

export function createMysqlDatabase(server: string, name: string): Promise<void> {
  return command(server, `create database ${name}`)
}

export function dropMysqlDatabase(server: string, name: string): Promise<void> {
  return command(server, `drop database if exists ${name}`)
}

async function command(server: string, sql: string): Promise<void> {
  const connection = await mysql.createConnection(server.replace(/^mariadb:/, 'mysql:'))
  try {
    await connection.query(sql)
  } finally {
    await connection.end()
  }
}
