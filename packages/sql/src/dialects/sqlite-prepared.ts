import { clientOf, type Statement } from './knex-client.js'
import { isLarge } from './statement.js'

/** What a connection keeps of statements, counted in their values: a batch of spans has some 18,000. */
const MOST_VALUES = 50_000
/** What a statement without values counts for. */
const OWN_WEIGHT = 100

interface Connection {
  prepare(sql: string, done: (error: Error | null) => void): Prepared
}

interface Prepared {
  all(values: readonly unknown[], done: Done): void
  run(values: readonly unknown[], done: Done): void
  finalize(done: () => void): void
}

type Done = (this: object, error: Error | null, rows?: unknown) => void

/** Statements of one connection by their text, those of late last. */
class Kept {
  private readonly statements = new Map<string, { prepared: Prepared; weight: number }>()
  private weight = 0

  take(sql: string): Prepared | undefined {
    const known = this.statements.get(sql)
    if (known === undefined) return undefined
    this.statements.delete(sql)
    this.statements.set(sql, known)
    return known.prepared
  }

  async keep(sql: string, prepared: Prepared, values: number): Promise<void> {
    const weight = OWN_WEIGHT + values
    this.statements.set(sql, { prepared, weight })
    this.weight += weight
    while (this.weight > MOST_VALUES && this.statements.size > 1) await this.drop(this.statements.keys().next().value!)
  }

  async dropAll(): Promise<void> {
    for (const sql of this.statements.keys()) await this.drop(sql)
  }

  private async drop(sql: string): Promise<void> {
    const { prepared, weight } = this.statements.get(sql)!
    this.statements.delete(sql)
    this.weight -= weight
    await new Promise<void>((done) => prepared.finalize(done))
  }
}

/** Not of a client: that of a transaction is another than that of its pool. */
const keptStatements = new WeakMap<object, Kept>()

/**
 * The driver compiles the text of a statement each time it runs, which takes longer than the statement, and the longer the
 * more values it has. Here a connection keeps what it compiled, but for statements with a large value: they would keep that.
 */
export class KeepingSqlite extends clientOf('sqlite3') {
  override async _query(connection: Connection, statement: Statement): Promise<unknown> {
    const { sql, bindings = [], method = '' } = statement
    if (bindings.some(isLarge)) return super._query(connection, statement)
    const kept = keptOf(connection)
    let prepared = kept.take(sql)
    if (prepared === undefined) {
      prepared = await prepare(connection, sql)
      await kept.keep(sql, prepared, bindings.length)
    }
    return ran(prepared, CHANGING.includes(method) ? 'run' : 'all', statement)
  }

  override async destroyRawConnection(connection: Connection): Promise<void> {
    await keptStatements.get(connection)?.dropAll()
    await super.destroyRawConnection(connection)
  }
}

function keptOf(connection: object): Kept {
  const known = keptStatements.get(connection)
  if (known !== undefined) return known
  const kept = new Kept()
  keptStatements.set(connection, kept)
  return kept
}

/** Methods of knex for which the driver tells how many rows changed. */
const CHANGING = ['insert', 'update', 'del', 'counter']

function prepare(connection: Connection, sql: string): Promise<Prepared> {
  return new Promise((resolve, reject) => {
    const prepared = connection.prepare(sql, (error) => (error === null ? resolve(prepared) : reject(error)))
  })
}

function ran(prepared: Prepared, how: 'run' | 'all', statement: Statement): Promise<Statement> {
  return new Promise((resolve, reject) => {
    prepared[how](statement.bindings ?? [], function (error, rows) {
      if (error !== null) return reject(error)
      statement.response = rows
      statement.context = this
      resolve(statement)
    })
  })
}
