import type { Socket } from 'node:net'
import knex, { type Knex } from 'knex'
import type { ConnectOptions } from './dialect.js'
import { type Connection, LocalSettings, learn, type Result, toPostgres } from './postgres-client.js'
import { readPostgresUrl } from './postgres-options.js'
import { CONNECT_TIMEOUT, KEEP_ALIVE, serverPool } from './server.js'
import type { Tls } from './tls.js'

interface StreamedConnection extends Connection {
  connection: { stream: Socket }
}

export function connect(url: string, { pool, silence }: ConnectOptions): Knex {
  const target = readPostgresUrl(url)
  const { host, port, user, password, database, application, routing } = target
  const patience = target.connectTimeout === undefined ? CONNECT_TIMEOUT : target.connectTimeout * 1000
  return knex({
    client: LocalSettings,
    // Known beforehand, it is not asked for on every connection.
    version: '15',
    // What the URL says is said in full: what is left out, the driver looks up in the environment.
    connection: {
      host,
      port,
      user,
      password,
      database,
      ssl: target.tls === undefined ? false : sslOf(target.tls),
      ...(target.directTls ? {} : { stream: toPostgres }),
      sslnegotiation: target.directTls ? 'direct' : 'postgres',
      options: routing,
      application_name: application,
      connectionTimeoutMillis: patience,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE,
      // Values are read as the text that the server sends: a Date would lose microseconds, a number large integers.
      types: { getTypeParser: () => (value: string) => value },
    } as Knex.PgConnectionConfig,
    ...serverPool({
      pool,
      silence,
      patience,
      async prepare(connection: StreamedConnection) {
        await connection.query(`set timezone to 'UTC'; set datestyle to 'ISO'`)
        await learn(connection)
        if (target.writable) await requireWritable(connection)
      },
      streamOf: ({ connection }) => connection,
    }),
  })
}

function sslOf({ verifyHost, ...tls }: Tls): object {
  return verifyHost ? tls : { ...tls, checkServerIdentity: () => undefined }
}

/** As `target_session_attrs=read-write` asks: a server that only reads is no place to connect to. */
async function requireWritable(connection: Connection): Promise<void> {
  const { rows } = (await connection.query('show transaction_read_only')) as Result
  if (rows[0]?.transaction_read_only === 'on')
    throw Object.assign(new Error('the server only reads'), { code: '25006' })
}
