import pg from 'pg'
import type { Document } from './documents.js'
import { MongoError, stateOf } from './errors.js'

const SETTINGS = {
  search_path: 'documentdb_api_catalog,documentdb_api,public',
  'documentdb.useFileBasedPersistedCursors': 'on',
  'documentdb_core.enableCollation': 'on',
  'documentdb.enableCollationWithNonUniqueOrderedIndexes': 'on',
  'documentdb.throwDeadlockOnCRUD': 'on',
}

const CONNECTIONS = 64
/** Milliseconds after which a transaction that its client has left is ended, as MongoDB does. */
const ABANDONED = 60_000

/** A transaction of a client's session, on a connection of its own. */
export interface Transaction {
  session: string
  number: string
  client: pg.PoolClient
  used: number
}

/** The PostgreSQL server behind the gateway. */
export class Engine {
  private readonly pool: pg.Pool
  private readonly transactions = new Map<string, Transaction>()
  private readonly watch: NodeJS.Timeout

  constructor(url: string) {
    const options = Object.entries(SETTINGS).map(([name, value]) => `-c ${name}=${value}`)
    this.pool = new pg.Pool({ connectionString: url, max: CONNECTIONS, options: options.join(' ') })
    this.pool.on('error', (error) => console.error(`a connection was lost: ${error.message}`))
    this.watch = setInterval(() => this.endAbandoned(), ABANDONED / 10).unref()
  }

  /**
   * The first row of a statement. In a transaction a statement that fails is undone alone, and only a conflict ends the
   * transaction: whether the rest goes on is for the client to say.
   */
  async row<T extends pg.QueryResultRow>(
    transaction: Transaction | undefined,
    sql: string,
    values: readonly unknown[],
  ): Promise<T> {
    if (transaction === undefined) return (await this.pool.query<T>(sql, [...values])).rows[0]!
    const { client, session } = transaction
    await client.query('SAVEPOINT s')
    try {
      const { rows } = await client.query<T>(sql, [...values])
      await client.query('RELEASE SAVEPOINT s')
      return rows[0]!
    } catch (error) {
      await client.query('ROLLBACK TO SAVEPOINT s').catch(() => undefined)
      if (isConflict(error)) await this.end(session, 'ROLLBACK').catch(() => undefined)
      throw error
    }
  }

  /** The transaction that the command belongs to, which its first command begins. */
  async transactionOf(command: Document): Promise<Transaction | undefined> {
    if (command.autocommit === undefined || command.autocommit.valueOf() !== false) return undefined
    const session = Buffer.from(command.lsid.id.buffer as Uint8Array).toString('hex')
    const number = String(command.txnNumber)
    if (command.startTransaction) {
      await this.end(session, 'ROLLBACK')
      const client = await this.pool.connect()
      client.on('error', ignore)
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
      this.transactions.set(session, { session, number, client, used: Date.now() })
    }
    const transaction = this.transactions.get(session)
    if (transaction?.number !== number)
      throw new MongoError(251, `transaction ${number} is not in progress`, undefined, ['TransientTransactionError'])
    transaction.used = Date.now()
    return transaction
  }

  /** Ends a session's transaction if it has one. Resolves to whether it was committed. */
  async end(session: string, how: 'COMMIT' | 'ROLLBACK'): Promise<boolean> {
    const transaction = this.transactions.get(session)
    if (transaction === undefined) return false
    this.transactions.delete(session)
    const { client } = transaction
    try {
      const { command } = await client.query(how)
      client.release()
      return command === 'COMMIT'
    } catch (error) {
      // Whatever state it is in, nobody else gets it.
      client.release(true)
      throw error
    } finally {
      client.off('error', ignore)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.watch)
    for (const session of this.transactions.keys()) await this.end(session, 'ROLLBACK').catch(() => undefined)
    await this.pool.end()
  }

  private endAbandoned(): void {
    for (const { session, used } of this.transactions.values())
      if (Date.now() - used > ABANDONED) this.end(session, 'ROLLBACK').catch(() => undefined)
  }
}

/** A connection that is lost also fails the statement that is to use it, which is where it is told. */
const ignore = () => undefined

/** Whether the statement met another and was undone whole, so that it may run again. */
export function isConflict(error: unknown): boolean {
  if (error instanceof MongoError) return error.code === 112
  return ['40001', '40P01', '55P03'].includes(stateOf(error) ?? '')
}

/** A row with a document in it. */
export interface Answer {
  answer: Buffer
}
