import type { Knex } from 'knex'
import { Database } from '../src/database.js'
import { dialectOf } from '../src/dialects/index.js'

/** A process that comes to each of its transactions when others have done the next of these. */
export class LateDatabase extends Database {
  before: (() => unknown)[] = []

  override async transaction<T>(work: (trx: Knex) => Promise<T>): Promise<T> {
    await this.before.shift()?.()
    return super.transaction(work)
  }
}

/** Runs `act` with the tables of a database, as another process would that opened it. */
export async function withDatabase<D extends Database, T>(
  { url }: { url: string },
  make: new (...args: ConstructorParameters<typeof Database>) => D,
  act: (db: D) => Promise<T>,
): Promise<T> {
  const dialect = dialectOf(url)
  const db = new make(dialect.connect(url, { create: false }), dialect, 'freehold_')
  try {
    return await act(db)
  } finally {
    await db.knex.destroy()
  }
}
