import type { Knex } from 'knex'

/**
 * Runs `work` in a transaction. What it throws is what is told: knex puts the error of the roll-back in its place, and there
 * is nothing to roll back on a full disk, where SQLite has done so itself, nor on a connection that was lost.
 */
export async function inTransaction<T>(knex: Knex, work: (trx: Knex.Transaction) => PromiseLike<T>): Promise<T> {
  let failed: { error: unknown } | undefined
  try {
    return await knex.transaction(async (trx) => {
      try {
        return await work(trx)
      } catch (error) {
        failed = { error }
        throw error
      }
    })
  } catch (error) {
    throw failed === undefined ? error : failed.error
  }
}
