import type { Socket } from 'node:net'
import knex, { type Knex } from 'knex'
import type { ConnectOptions } from './dialect.js'
import { type Connection, learn, MysqlWithReasons } from './mysql-client.js'
import { METADATA_LOCK_TIMEOUT } from './mysql-days.js'
import { readMysqlUrl } from './mysql-options.js'
import { KEPT } from './mysql-prepared.js'
import { CONNECT_TIMEOUT, KEEP_ALIVE, LOCK_TIMEOUT, serverPool } from './server.js'
import type { Tls } from './tls.js'

/** Whatever the server, its administrator or the user's own settings say. */
const SESSION = [
  'set session transaction isolation level read committed',
  'set names utf8mb4',
  `set session ${[
    // Without NO_BACKSLASH_ESCAPES, which the driver's escaping of values relies on.
    "sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "time_zone = '+00:00'",
    // Or a write outside a transaction would be none, and hold its locks.
    'autocommit = 1',
    // Each of these makes some statement be refused, or give less than it finds.
    'sql_safe_updates = 0, sql_big_selects = 1, sql_select_limit = 18446744073709551615, sql_auto_is_null = 0',
    // Or a second row with one key may be let in.
    'unique_checks = 1',
    `innodb_lock_wait_timeout = ${LOCK_TIMEOUT / 1000}, lock_wait_timeout = ${METADATA_LOCK_TIMEOUT}`,
  ].join(', ')}`,
]

interface StreamedConnection extends Connection {
  stream: Socket
}

export function connect(url: string, { pool, silence }: ConnectOptions): Knex {
  const { host, port, socket, user, password, database, tls, connectTimeout } = readMysqlUrl(url)
  const patience = connectTimeout === undefined ? CONNECT_TIMEOUT : connectTimeout * 1000
  return knex({
    client: MysqlWithReasons,
    // Of more options than the types of knex know.
    connection: <object>{
      ...(socket === undefined ? { host, port } : { socketPath: socket }),
      user,
      password,
      database,
      ...(tls && { ssl: sslOf(tls) }),
      charset: 'utf8mb4',
      connectTimeout: patience,
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE,
      // Values are read as text: a Date would lose microseconds.
      dateStrings: true,
      jsonStrings: true,
      maxPreparedStatements: KEPT,
      // A row that was there and stays as it is does not count as affected.
      flags: '-FOUND_ROWS',
    },
    ...serverPool({
      pool,
      silence,
      patience,
      async prepare(connection: StreamedConnection) {
        for (const statement of SESSION) await connection.promise().query(statement)
        await learn(connection)
      },
      streamOf: (connection) => connection,
    }),
  })
}

function sslOf({ verifyHost, ...tls }: Tls): object {
  return { ...tls, verifyIdentity: verifyHost }
}
