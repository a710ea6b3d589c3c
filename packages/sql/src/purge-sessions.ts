import { type Dated, type DatedRows, datedSession, type Timestamp } from '@freehold/contract'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageUp } from './listing.js'
import { MAX_DELETE, SessionRuns } from './session-runs.js'
import { nextTenant } from './tenants.js'

interface DatedSession extends Dated {
  /** It has more runs than one transaction deletes, or somebody began to remove it. */
  isLong: boolean
}

const SORT = [{ column: 'created_at', time: true as const }, { column: 'id' }]
const COLUMNS = ['id', 'created_at', 'updated_at', 'user_id', 'runs', 'version', 'removing']

/** Sessions by when they changed last, in the order in which they were created, which is before that. */
export class DatedSessions implements DatedRows<DatedSession> {
  constructor(private readonly db: Database) {}

  tenantAfter(tenant: string): Promise<string | undefined> {
    return nextTenant(this.db, 'sessions', tenant)
  }

  async oldest(
    tenant: string,
    before: Timestamp,
    after: Dated['place'] | undefined,
    limit: number,
  ): Promise<DatedSession[]> {
    const { dialect } = this.db
    const rows = await this.db.read<Row[]>((knex) => {
      const those = knex(this.db.table('sessions'))
        .select(COLUMNS)
        .where({ tenant })
        .where('created_at', '<', dialect.toTime(before) as never)
      return pageUp(dialect, those, SORT, { limit, after })
    })
    return rows.map((row) => {
      const session = {
        id: row.id as string,
        createdAt: dialect.fromTime(row.created_at),
        updatedAt: dialect.fromTime(row.updated_at),
        userId: row.user_id as string | null,
        runs: dialect.fromInteger(row.runs),
      }
      const isLong = session.runs > MAX_DELETE || row.removing !== null
      return { ...datedSession(session, this.markOf(row)), isLong }
    })
  }

  async heldAmong(
    tenant: string,
    rows: readonly DatedSession[],
    users: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    if (rows.length === 0) return new Set()
    const found = await this.db.read<Row[]>((knex) =>
      knex(this.db.table('runs'))
        .select('session_id')
        .where({ tenant })
        .whereIn(
          'session_id',
          rows.map(({ id }) => id),
        )
        .whereIn('user_id', [...users]),
    )
    return new Set(found.map((row) => row.session_id as string))
  }

  async remove(tenant: string, rows: readonly DatedSession[]): Promise<readonly DatedSession[]> {
    const own = new SessionRuns(this.db, tenant)
    const long: DatedSession[] = []
    for (const row of rows.filter(({ isLong }) => isLong))
      if (await own.remove(row.id, (now) => this.markOf(now) === row.mark)) long.push(row)
    const byId = new Map(rows.filter(({ isLong }) => !isLong).map((row) => [row.id, row]))
    const removed = await this.db.transaction(async (trx) => {
      const locked: Row[] = await trx(this.db.table('sessions'))
        .select(COLUMNS)
        .where({ tenant })
        .whereIn('id', [...byId.keys()])
        .orderBy('id')
        .forUpdate()
      const ids = locked
        .filter((row) => byId.get(row.id as string)!.mark === this.markOf(row))
        .map(({ id }) => id as string)
      await trx(this.db.table('sessions')).where({ tenant }).whereIn('id', ids).delete()
      // Labels last: who changes a run holds its row, and may be about to write some.
      for (const table of ['runs', 'run_labels'])
        await trx(this.db.table(table)).where({ tenant }).whereIn('session_id', ids).delete()
      await trx(this.db.table('session_labels')).where({ tenant }).whereIn('id', ids).delete()
      return ids.map((id) => byId.get(id)!)
    })
    return [...long, ...removed]
  }

  private markOf({ version, runs, updated_at }: Row): string {
    const { dialect } = this.db
    return [dialect.fromInteger(version), dialect.fromInteger(runs), dialect.fromTime(updated_at)].join()
  }
}
