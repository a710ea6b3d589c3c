import { createRequire } from 'node:module'
import type { Knex } from 'knex'

interface Transaction {
  query(connection: unknown, sql: string): Promise<unknown>
  begin(connection: unknown): Promise<unknown>
}

interface SqliteClient {
  transaction(...args: unknown[]): Transaction
}

const require = createRequire(import.meta.url)
const KnexSqlite = require('knex/lib/dialects/sqlite3/index.js') as new (config: Knex.Config) => SqliteClient

/**
 * knex opens a transaction with a plain BEGIN, which takes the write lock with its first write: two that read before
 * they write then fail, however long they wait. BEGIN IMMEDIATE takes the lock at once, and waits for it.
 */
class ImmediateTransactions extends KnexSqlite {
  override transaction(...args: unknown[]): Transaction {
    const transaction = super.transaction(...args)
    transaction.begin = (connection) => transaction.query(connection, 'BEGIN IMMEDIATE;')
    return transaction
  }
}

export const ImmediateSqlite = ImmediateTransactions as unknown as typeof Knex.Client
