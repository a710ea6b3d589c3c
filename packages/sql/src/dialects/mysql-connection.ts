import type { Socket } from 'node:net'
import knex, { type Knex } from 'knex'
import { addressOf, checkDatabase, parsed, textOf } from './address.js'
import type { ConnectOptions } from './dialect.js'
import { PreparedMysql } from './mysql-client.js'
import { CONNECT_TIMEOUT, KEEP_ALIVE, LOCK_TIMEOUT, serverPool } from './server.js'

const SESSION = [
  'set session transaction isolation level read committed',
  // Without NO_BACKSLASH_ESCAPES, which the driver's escaping of values relies on.
  `set session sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = ${LOCK_TIMEOUT / 1000}, lock_wait_timeout = 5`,
]

interface Connection {
  stream: Socket
  promise(): { query(sql: string): Promise<unknown> }
}

export function connect(url: string, { pool, silence }: ConnectOptions): Knex {
  checkDatabase(url)
  return knex({
    client: PreparedMysql,
    connection: {
      uri: url.replace(/^mariadb:/, 'mysql:'),
      charset: 'utf8mb4',
      connectTimeout: CONNECT_TIMEOUT,
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE,
      // Values are read as text: a Date would lose microseconds.
      dateStrings: true,
      jsonStrings: true,
      // A row that was there and stays as it is does not count as affected.
      flags: '-FOUND_ROWS',
    } as Knex.MySql2ConnectionConfig,
    ...serverPool({
      pool,
      silence,
      async prepare(connection: Connection) {
        for (const statement of SESSION) await connection.promise().query(statement)
      },
      streamOf: (connection) => connection,
    }),
  })
}

export function identityOf(url: string): string {
  // All else that the driver reads behind the `?` is of no account to where the URL leads.
  const socket = parsed(url).searchParams.get('socketPath')
  const address = addressOf(url, 3306)
  return textOf('mysql', socket === null ? address : { ...address, host: socket, port: '' })
}
