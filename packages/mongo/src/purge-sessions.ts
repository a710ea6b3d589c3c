import { type Dated, type DatedRows, datedSession, partsOf, type Timestamp } from '@freehold/contract'
import type { Database, Key, Row } from './database.js'
import { decodeTime } from './documents/codec.js'
import { allOf, pageUp, whereBetween } from './listing.js'
import { SessionRuns } from './session-runs.js'
import { nextTenant } from './tenants.js'

interface DatedSession extends Dated {
  mark: Row
}

/** How many are removed at once: others have connections, too. */
const AT_ONCE = 4
const SORT = [{ field: 'createdAt', time: true as const }, { field: '_id.id' }]
const FIELDS = {
  createdAt: 1,
  createdAtUs: 1,
  updatedAt: 1,
  updatedAtUs: 1,
  userId: 1,
  runs: 1,
  version: 1,
  life: 1,
} as const

/** Sessions by when they changed last, in the order in which they were created, which is before that. */
export class DatedSessions implements DatedRows<DatedSession> {
  constructor(private readonly db: Database) {}

  tenantAfter(tenant: string): Promise<string | undefined> {
    return nextTenant(this.db, 'sessions', 'createdAt', tenant)
  }

  async oldest(
    tenant: string,
    before: Timestamp,
    after: Dated['place'] | undefined,
    limit: number,
  ): Promise<DatedSession[]> {
    const { filter, sort } = pageUp(SORT, after)
    const those = allOf({ '_id.tenant': tenant }, ...whereBetween('createdAt', { to: before }), filter)
    const rows = await this.db.retry(() => this.db.find('sessions', those, { projection: FIELDS, sort, limit }))
    return rows.map((row) => {
      const { userId, runs = 0 } = row as { userId?: string; runs?: number }
      const { id } = row._id as Key
      const [createdAt, updatedAt] = [decodeTime(row, 'createdAt'), decodeTime(row, 'updatedAt')]
      return datedSession({ id: id!, createdAt, updatedAt, userId, runs }, row)
    })
  }

  async heldAmong(
    tenant: string,
    rows: readonly DatedSession[],
    users: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    if (rows.length === 0) return new Set()
    const of = { '_id.tenant': tenant, sessionId: { $in: rows.map(({ id }) => id) }, userId: { $in: [...users] } }
    const runs = await this.db.retry(() => this.db.find('runs', of, { projection: { sessionId: 1 } }))
    return new Set(runs.map((run) => run.sessionId as string))
  }

  async remove(tenant: string, rows: readonly DatedSession[]): Promise<readonly DatedSession[]> {
    const own = new SessionRuns(this.db, tenant)
    const removed: DatedSession[] = []
    for (const part of partsOf(rows, () => 1, AT_ONCE))
      await Promise.all(
        part.map(async (session) => {
          const { version, runs, updatedAt, life } = session.mark
          const marked = await this.db.retry(() => own.mark(session.id, { version, runs, updatedAt, life }))
          if (marked === null) return
          await this.db.retry(() => own.sweep(marked))
          removed.push(session)
        }),
      )
    return removed
  }
}
