import type { Socket } from 'node:net'
import knex, { type Knex } from 'knex'
import { addressOf, checkDatabase, parsed, textOf } from './address.js'
import type { ConnectOptions } from './dialect.js'
import { LocalSettings } from './postgres-client.js'
import { CONNECT_TIMEOUT, KEEP_ALIVE, serverPool } from './server.js'

interface Connection {
  connection: { stream: Socket }
  query(sql: string): Promise<unknown>
}

export function connect(url: string, { pool, silence }: ConnectOptions): Knex {
  checkDatabase(url)
  return knex({
    client: LocalSettings,
    // Known beforehand, it is not asked for on every connection.
    version: '15',
    connection: {
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE,
      // Values are read as the text that the server sends: a Date would lose microseconds, a number large integers.
      types: { getTypeParser: () => (value: string) => value },
    } as Knex.PgConnectionConfig,
    ...serverPool({
      pool,
      silence,
      prepare: (connection: Connection) => connection.query(`set timezone to 'UTC'; set datestyle to 'ISO'`),
      streamOf: ({ connection }) => connection,
    }),
  })
}

export function identityOf(url: string): string {
  const { searchParams } = parsed(url)
  const address = addressOf(url, 5432)
  // What stands behind the `?` wins over what stands before it. With other options a table of a name may be another.
  const host = searchParams.get('host') || address.host
  const port = searchParams.get('port') || address.port
  const options = searchParams.get('options')
  return textOf('postgres', { ...address, host, port }, options ? `?options=${options}` : '')
}
