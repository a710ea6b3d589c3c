import type { Socket } from 'node:net'
import knex, { type Knex } from 'knex'
import type { ConnectOptions } from './dialect.js'
import { readMysqlUrl } from './mysql-options.js'
import { CONNECT_TIMEOUT, KEEP_ALIVE, LOCK_TIMEOUT, serverPool } from './server.js'
import type { Tls } from './tls.js'

const SESSION = [
  'set session transaction isolation level read committed',
  // Without NO_BACKSLASH_ESCAPES, which the driver's escaping of values relies on.
  `set session sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_TIMEOUT / 1000}, lock_wait_timeout = 5`,
]

interface Connection {
  stream: Socket
  promise(): { query(sql: string): Promise<unknown> }
}

export function connect(url: string, { pool, silence }: ConnectOptions): Knex {
  const { host, port, socket, user, password, database, tls, connectTimeout } = readMysqlUrl(url)
  return knex({
    client: 'mysql2',
    // Of more options than the types of knex know.
    connection: <object>{
      ...(socket === undefined ? { host, port } : { socketPath: socket }),
      user,
      password,
      database,
      ...(tls && { ssl: sslOf(tls) }),
      charset: 'utf8mb4',
      connectTimeout: connectTimeout === undefined ? CONNECT_TIMEOUT : connectTimeout * 1000,
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE,
      // Values are read as text: a Date would lose microseconds.
      dateStrings: true,
      jsonStrings: true,
      // A row that was there and stays as it is does not count as affected.
      flags: '-FOUND_ROWS',
    },
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

function sslOf({ verifyHost, ...tls }: Tls): object {
  return { ...tls, verifyIdentity: verifyHost }
}
