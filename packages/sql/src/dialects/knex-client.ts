import { createRequire } from 'node:module'
import type { Knex } from 'knex'

/** A client of knex, as far as those of the dialects differ from it. */
export interface KnexClient {
  readonly connectionSettings: object
  /** A new connection, for the pool. */
  acquireRawConnection(): Promise<unknown>
  _query(connection: unknown, statement: Statement): Promise<unknown>
  destroyRawConnection(connection: unknown): Promise<void>
}

/** A statement on its way to the driver, and what came of it. */
export interface Statement {
  sql: string
  bindings?: readonly unknown[]
  /** What knex makes of it, such as `update`. */
  method?: string
  /** It is about one row, by its key: its plan is the same whatever its values are, and may be kept. */
  byKey?: true
  options?: object
  response?: unknown
  /** What the driver tells besides. */
  context?: unknown
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
    readonly beginning = sql
  }
  return Beginning as unknown as typeof Knex.Client
}
