import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'

/** Most runs that one transaction deletes. */
export const MAX_DELETE = 10_000

/** The column of sessions that tells that one is being removed: see {@link SessionRuns}. */
export const MARK = 'removing'

/** Runs, and then their labels: who changes a run holds its row, and may be about to write some. */
const LABELLED = ['runs', 'run_labels'] as const

/** What tells whether a session changed. */
const STATE = ['runs', 'removing', 'version', 'updated_at']

/** Thrown where something is in the way that belongs to a session which is being removed: see {@link SessionRuns.sweep}. */
export class BeingRemoved extends Error {
  constructor(readonly sessionId: string) {
    super('the session is being removed')
  }
}

/**
 * A session and its runs. They go in one transaction, but for a session with more runs than one may delete: that is marked
 * first, from when on neither it nor its runs are there for readers, and whoever finds the mark can finish.
 */
export class SessionRuns {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  /** Resolves to false when there is no such session, or it is not as told. One that is being removed is, whatever it was. */
  async remove(id: string, isAsTold: (row: Row) => boolean = () => true): Promise<boolean> {
    const found = await this.db.transaction((trx) => this.removeOrMark(trx, id, isAsTold))
    if (found === 'marked') await this.sweep(id)
    return found !== 'absent'
  }

  /** Runs `work`, and again when what was in its way has been removed. */
  async afterSweeps<T>(work: () => Promise<T>): Promise<T> {
    for (;;)
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof BeingRemoved)) throw error
        await this.sweep(error.sessionId)
      }
  }

  /** Only runs whose session is not being removed. */
  present(runs: Knex.QueryBuilder, alias = this.db.table('runs')): Knex.QueryBuilder {
    const removals = this.db.table('session_removals')
    return runs.whereNotExists((gone) =>
      gone
        .select('session_id')
        .from(removals)
        .where(`${removals}.tenant`, this.tenant)
        .whereRaw('?? = ??', [`${removals}.session_id`, `${alias}.session_id`]),
    )
  }

  private async removeOrMark(
    trx: Knex,
    id: string,
    isAsTold: (row: Row) => boolean,
  ): Promise<'absent' | 'removed' | 'marked'> {
    // Locked: it may get more runs than one transaction deletes, or be marked, while this waits its turn.
    const row: Row | undefined = await this.session(trx, id).first(STATE).forUpdate()
    if (row === undefined) return 'absent'
    if (row.removing !== null) return 'marked'
    if (!isAsTold(row)) return 'absent'
    if (this.db.dialect.fromInteger(row.runs) <= MAX_DELETE) {
      await this.deleteAll(trx, id)
      return 'removed'
    }
    await this.session(trx, id).update({ removing: this.db.dialect.toTime(Date.now()) })
    await this.db.insertNew(trx, 'session_removals', [{ tenant: this.tenant, session_id: id }])
    return 'marked'
  }

  /** Deletes a session that was marked, its oldest runs first. */
  private async sweep(id: string): Promise<void> {
    for (let last = MAX_DELETE; ; last += MAX_DELETE) {
      const over = await this.db.transaction((trx) => this.deleteTo(trx, id, last))
      if (over) return
    }
  }

  /** Resolves to true when the session is gone with the last of its runs, or was gone before. */
  private async deleteTo(trx: Knex, id: string, last: number): Promise<boolean> {
    // Locked, so that what another process deletes and somebody makes anew meanwhile is left alone.
    const row: Row | undefined = await this.session(trx, id).whereNotNull('removing').first('runs').forUpdate()
    if (row === undefined) return true
    if (this.db.dialect.fromInteger(row.runs) <= last) {
      await this.of(trx, 'session_removals', id).delete()
      await this.deleteAll(trx, id)
      return true
    }
    for (const table of LABELLED) await this.of(trx, table, id).where('seq', '<=', last).delete()
    return false
  }

  /** Deletes a session whose row is locked, and its runs. */
  private async deleteAll(trx: Knex, id: string): Promise<void> {
    await this.session(trx, id).delete()
    await trx(this.db.table('session_labels')).where({ tenant: this.tenant, id }).delete()
    for (const table of LABELLED) await this.of(trx, table, id).delete()
  }

  private session(knex: Knex, id: string): Knex.QueryBuilder {
    return knex(this.db.table('sessions')).where({ tenant: this.tenant, id })
  }

  /** What a table holds of a session. */
  private of(knex: Knex, table: (typeof LABELLED)[number] | 'session_removals', sessionId: string): Knex.QueryBuilder {
    return knex(this.db.table(table)).where({ tenant: this.tenant, session_id: sessionId })
  }
}
