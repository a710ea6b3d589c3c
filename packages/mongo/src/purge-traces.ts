import { type Dated, type DatedRows, datedTrace, newId, type SpanStatus, type Timestamp } from '@freehold/contract'
import type { Database, Key, Row } from './database.js'
import { decodeTime } from './documents/codec.js'
import { spansOfTrace } from './documents/traces.js'
import { allOf, pageUp, whereBetween } from './listing.js'
import { markUpdate, REMOVAL_FIELDS, sweepTraces } from './remove-trace.js'
import { nextTenant } from './tenants.js'

interface DatedTrace extends Dated {
  mark: Row
}

const SORT = [{ field: 'startedAt', time: true as const }, { field: '_id.traceId' }]
const FIELDS = { ...REMOVAL_FIELDS, startedAt: 1, startedAtUs: 1, status: 1, userId: 1, spans: 1 } as const

/** Traces by when they began. */
export class DatedTraces implements DatedRows<DatedTrace> {
  constructor(private readonly db: Database) {}

  tenantAfter(tenant: string): Promise<string | undefined> {
    return nextTenant(this.db, 'traces', 'startedAt', tenant)
  }

  async oldest(
    tenant: string,
    before: Timestamp,
    after: Dated['place'] | undefined,
    limit: number,
  ): Promise<DatedTrace[]> {
    const own = { '_id.tenant': tenant, startedAt: { $gte: new Date(0) } }
    const { filter, sort } = pageUp(SORT, after)
    const those = allOf(own, ...whereBetween('startedAt', { to: before }), filter)
    const rows = await this.db.retry(() => this.db.find('traces', those, { projection: FIELDS, sort, limit }))
    return rows.map((row) => {
      const { userId } = row as { userId?: string }
      const [status, spans] = [row.status as SpanStatus, row.spans as number]
      const startedAt = decodeTime(row, 'startedAt')
      return datedTrace({ traceId: (row._id as Key).traceId!, startedAt, status, userId, spans }, row)
    })
  }

  async heldAmong(
    tenant: string,
    rows: readonly DatedTrace[],
    users: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> {
    if (rows.length === 0) return new Set()
    const ranges = rows.map(({ id }) => spansOfTrace(tenant, id))
    const those = allOf({ $or: ranges }, { userId: { $in: [...users] } })
    const spans = await this.db.retry(() => this.db.find('spans', those, { projection: { _id: 1 } }))
    return new Set(spans.map(({ _id }) => (_id as Key).traceId!))
  }

  async remove(tenant: string, rows: readonly DatedTrace[]): Promise<readonly DatedTrace[]> {
    for (const { id, mark } of rows)
      if (mark.removing !== undefined)
        await this.db.retry(() => sweepTraces(this.db, tenant, [id], mark.removing as string))
    const removing = newId()
    const updates = rows.flatMap(({ mark }) => markUpdate(mark, removing) ?? [])
    if (updates.length > 0)
      await this.db.retry(() => this.db.collection('traces').bulkWrite(updates, { ordered: false }))
    const known = { _id: { $in: rows.map(({ mark }) => mark._id) }, removing }
    const marked = await this.db.retry(() => this.db.find('traces', known as never, { projection: { _id: 1 } }))
    const ids = new Set(marked.map(({ _id }) => (_id as Key).traceId!))
    if (ids.size > 0) await this.db.retry(() => sweepTraces(this.db, tenant, [...ids], removing))
    return rows.filter(({ id, mark }) => ids.has(id) || mark.removing !== undefined)
  }
}
