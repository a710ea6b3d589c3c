import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Knex } from 'knex'

/** How long a connection may take to roll back before it is given up, in milliseconds. */
const PATIENCE = 5_000

interface Client {
  /** SQL that begins a transaction. */
  readonly beginning: string
  acquireConnection(): Promise<Connection>
  releaseConnection(connection: Connection): Promise<void>
  query(connection: Connection, sql: string): Promise<unknown>
}

interface Connection {
  /** Set: the pool does not use it again. */
  __knex__disposed?: unknown
}

const require = createRequire(import.meta.url)
const makeKnex = require('knex/lib/knex-builder/make-knex.js') as (client: object) => Knex

/** What speaks on one connection, made once: it is as much work as a small statement. */
const speakers = new WeakMap<Connection, Knex>()

/**
 * Runs `work` in a transaction. What it throws is what is told, not what comes of rolling back: there is nothing to roll
 * back on a full disk, where SQLite has done so itself, nor on a connection that was lost.
 */
export async function inTransaction<T>(knex: Knex, work: (trx: Knex) => PromiseLike<T>): Promise<T> {
  const client: Client = knex.client
  const connection = await client.acquireConnection()
  try {
    await client.query(connection, client.beginning)
    try {
      const done = await work(speakerOn(client, connection))
      await client.query(connection, 'commit')
      return done
    } catch (error) {
      await rollBack(client, connection)
      throw error
    }
  } finally {
    await client.releaseConnection(connection)
  }
}

async function rollBack(client: Client, connection: Connection): Promise<void> {
  const ended = new AbortController()
  const done = client.query(connection, 'rollback').catch(() => undefined)
  const isStuck = sleep(PATIENCE, true, { signal: ended.signal }).catch(() => false)
  if ((await Promise.race([done.then(() => false), isStuck])) === true)
    connection.__knex__disposed = new Error('the connection did not roll back')
  ended.abort()
}

function speakerOn(client: Client, connection: Connection): Knex {
  const known = speakers.get(connection)
  if (known !== undefined) return known
  const own: Client = Object.create(client, {
    acquireConnection: { value: async () => connection },
    releaseConnection: { value: async () => undefined },
    // What is told of a statement is told to those who listen to the pool's own.
    on: { value: () => undefined },
  })
  const speaker = Object.assign(makeKnex(own), { isTransaction: true })
  speakers.set(connection, speaker)
  return speaker
}
