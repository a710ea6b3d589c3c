import { createRequire } from 'node:module'
import type { Knex } from 'knex'

interface Transaction {
  query(connection: unknown, sql: string): Promise<unknown>
  begin(connection: unknown): Promise<unknown>
}

/** A client of knex, as far as those of the dialects differ from it. */
export interface KnexClient {
  readonly connectionSettings: object
  /** A new connection, for the pool. */
  acquireRawConnection(): Promise<unknown>
  transaction(...args: unknown[]): Transaction
  _query(connection: unknown, statement: Statement): Promise<unknown>
}

/** A statement on its way to the driver, and what came of it. */
export interface Statement {
  sql: string
  bindings?: readonly unknown[]
  response?: unknown
}

type ClientClass = new (config: Knex.Config) => KnexClient

const require = createRequire(import.meta.url)

/** The client that knex has for one of its dialects. */
export function clientOf(dialect: string): ClientClass {
  return require(`knex/lib/dialects/${dialect}/index.js`) as ClientClass
}

/** The same, whose transactions begin with SQL of ours: knex takes no more than an isolation level. */
export function beginningWith(sql: string, Client: ClientClass): typeof Knex.Client {
  const Beginning = class extends Client {
    override transaction(...args: unknown[]): Transaction {
      const transaction = super.transaction(...args)
      transaction.begin = (connection) => transaction.query(connection, sql)
      return transaction
    }
  }
  return Beginning as unknown as typeof Knex.Client
}
