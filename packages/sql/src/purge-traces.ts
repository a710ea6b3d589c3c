import { type Dated, type DatedRows, datedTrace, type SpanStatus, type Timestamp } from '@freehold/contract'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { pageUp } from './listing.js'
import { removeTraces } from './remove-trace.js'
import { nextTenant } from './tenants.js'

interface DatedTrace extends Dated {
  day: string
}

const SORT = [{ column: 'started_at', time: true as const }, { column: 'trace_id' }]
const COLUMNS = ['trace_id', 'trace_day', 'started_at', 'status', 'user_id', 'spans', 'batch']

/** Traces by when they began. */
export class DatedTraces implements DatedRows<DatedTrace> {
  constructor(private readonly db: Database) {}

  tenantAfter(tenant: string): Promise<string | undefined> {
    return nextTenant(this.db, 'traces', tenant)
  }

  async oldest(
    tenant: string,
    before: Timestamp,
    after: Dated['place'] | undefined,
    limit: number,
  ): Promise<DatedTrace[]> {
    const { dialect } = this.db
    const rows = await this.db.read<Row[]>((knex) => {
      const those = knex(this.db.table('traces'))
        .select(COLUMNS)
        .where({ tenant })
        .where('started_at', '<', dialect.toTime(before) as never)
      return pageUp(dialect, those, SORT, { limit, after })
    })
    return rows.map((row) => {
      const trace = {
        traceId: row.trace_id as string,
        startedAt: dialect.fromTime(row.started_at),
        status: row.status as SpanStatus,
        userId: row.user_id as string | null,
        spans: dialect.fromInteger(row.spans),
      }
      return { ...datedTrace(trace, row.batch), day: row.trace_day as string }
    })
  }

  async heldAmong(
    tenant: string,
    rows: readonly DatedTrace[],
    users: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    if (rows.length === 0) return new Set()
    const found = await this.db.read<Row[]>((knex) =>
      knex(this.db.table('other_owners'))
        .select('trace_id')
        .where({ tenant, owner: 'user_id' })
        .whereIn('value', [...users])
        .whereIn('trace_day', [...new Set(rows.map(({ day }) => day))])
        .whereIn(
          'trace_id',
          rows.map(({ id }) => id),
        ),
    )
    return new Set(found.map((row) => row.trace_id as string))
  }

  async remove(tenant: string, rows: readonly DatedTrace[]): Promise<readonly DatedTrace[]> {
    const byId = new Map(rows.map((row) => [row.id, row]))
    return this.db.transaction(async (trx) => {
      // In the order in which writers lock them.
      const locked: Row[] = await trx(this.db.table('traces'))
        .select('trace_id', 'batch')
        .where({ tenant })
        .whereIn('trace_id', [...byId.keys()])
        .orderBy('trace_id')
        .forUpdate()
      const same = locked.filter((row) => byId.get(row.trace_id as string)!.mark === row.batch)
      const removed = same.map((row) => byId.get(row.trace_id as string)!)
      await removeTraces(this.db, trx, tenant, removed)
      return removed
    })
  }
}
