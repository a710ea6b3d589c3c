import { toIso } from '@freehold/contract'
import pg from 'pg'
import { type Connection, type Driver, InsertTexts, type Row, type Rows } from './driver.js'

/** Values are read as the text that the server sends, so that a row that was read can be written again as it was. */
const AS_TEXT = { getTypeParser: () => (value: string) => value } as pg.CustomTypesConfig

const insertTexts = new InsertTexts((table, columns, rows) => {
  const width = columns.length
  const marks = Array.from({ length: rows }, (_, row) => `(${columns.map((_, i) => `$${row * width + i + 1}`).join()})`)
  return `insert into "${table}" (${columns.join(', ')}) values ${marks.join()}`
})

export function openPostgres(url: string, pool: number): Driver {
  const connections = new pg.Pool({ connectionString: url, max: pool, types: AS_TEXT })
  // The database is dropped right after the pool is closed, and the server may tell its last connections so.
  connections.on('error', () => undefined)
  return new PostgresDriver(connections)
}

class PostgresDriver implements Driver {
  // Measured: unnest() of arrays and json_to_recordset() are no faster.
  readonly technique = 'prepared INSERT … VALUES of all rows in one statement, one transaction'
  readonly forUpdate = ' for update'
  private readonly connections = new WeakMap<pg.PoolClient, PostgresConnection>()

  constructor(private readonly pool: pg.Pool) {}

  quote(name: string): string {
    return `"${name}"`
  }

  time(at: number): string {
    return toIso(at)
  }

  async read<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const client = await this.pool.connect()
    try {
      return await work(this.connectionOn(client))
    } finally {
      client.release()
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
      for (const table of tables) await connection.run(`vacuum analyze "${table}"`)
    })
  }

  async bytesLogged(work: () => Promise<void>): Promise<number> {
    const position = () =>
      this.read(async (connection) => {
        const [row] = await connection.all(`select pg_current_wal_lsn() - '0/0'::pg_lsn as bytes`)
        return Number(row!.bytes)
      })
    const before = await position()
    await work()
    return (await position()) - before
  }

  /** Of the tables alone: what the server keeps about a database is larger than a small one. */
  bytesAtRest(): Promise<number> {
    return this.read(async (connection) => {
      const [row] = await connection.all(
        `select sum(pg_total_relation_size(oid)) as bytes from pg_class
         where relkind = 'r' and relnamespace = current_schema()::regnamespace`,
      )
      return Number(row!.bytes)
    })
  }

  close(): Promise<void> {
    return this.pool.end()
  }

  private connectionOn(client: pg.PoolClient): PostgresConnection {
    const known = this.connections.get(client)
    if (known !== undefined) return known
    const connection = new PostgresConnection(client)
    this.connections.set(client, connection)
    return connection
  }
}

class PostgresConnection implements Connection {
  private readonly prepared = new Map<string, { name: string; text: string }>()

  constructor(private readonly client: pg.PoolClient) {}

  async all(sql: string, values?: readonly unknown[]): Promise<Row[]> {
    return (await this.query(sql, values)).rows
  }

  async run(sql: string, values?: readonly unknown[]): Promise<number> {
    return (await this.query(sql, values)).rowCount ?? 0
  }

  async insert(table: string, { columns, values }: Rows): Promise<void> {
    const text = insertTexts.of(table, columns, values.length)
    await this.client.query({ name: `${table} ${values.length}`, text, values: values.flat() })
  }

  /** Statements with values are prepared once for each connection and known to the server by name. */
  private query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>> {
    if (values === undefined) return this.client.query(sql)
    let statement = this.prepared.get(sql)
    if (statement === undefined) {
      let count = 0
      const text = sql.replaceAll('?', () => `$${++count}`)
      statement = { name: `bench_${this.prepared.size}`, text }
      this.prepared.set(sql, statement)
    }
    return this.client.query({ ...statement, values: values as unknown[] })
  }
}

export function createPostgresDatabase(server: string, name: string): Promise<void> {
  return command(server, `create database ${name}`)
}

export function dropPostgresDatabase(server: string, name: string): Promise<void> {
  return command(server, `drop database if exists ${name} with (force)`)
}

async function command(server: string, sql: string): Promise<void> {
  const client = new pg.Client(server)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
