import type { ApprovalEvent, ApprovalQuery, PageAt } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { whereBetween, whereEqual } from './listing.js'
import { EVENT_COLUMNS, eventOf, SUMMARY_COLUMNS, whereStatus } from './rows/approvals.js'
import { type Condition, conditionsOf, equals, type List, type Rows, within } from './search.js'

/** Approvals that meet these filters, each with the time at which it does. */
export function approvalList(db: Database, tenant: string, query: ApprovalQuery, at: PageAt): List {
  const { from, to, status, ...equal } = query
  const list = {
    table: 'approvals',
    tenant,
    columns: SUMMARY_COLUMNS,
    values: [db.clockOfStatement],
    sort: [{ column: 'requested_at', time: true as const }, { column: 'id' }],
    at,
    among: (rows: Knex.QueryBuilder) => whereBetween(db.dialect, rows, 't.requested_at', { from, to }),
    needs: ['status', 'expires_at'],
  }
  const conditions = conditionsOf(db, list, equal)
  return { ...list, conditions: status === undefined ? conditions : [...conditions, hasStatus(db, list, status)] }
}

/** The same for what counts them, without an order. */
export function approvalsThat(db: Database, knex: Knex, tenant: string, query: ApprovalQuery): Knex.QueryBuilder {
  const { from, to, status, ...equal } = query
  const rows = knex(`${db.table('approvals')} as t`).where('t.tenant', tenant)
  whereEqual(rows, equal, 't')
  whereBetween(db.dialect, rows, 't.requested_at', { from, to })
  return status === undefined ? rows : rows.where((is) => whereStatus(db.dialect, is, status))
}

/** The events of an approval behind one, oldest first. */
export async function eventsAfter(
  db: Database,
  tenant: string,
  approval_id: string,
  seq: unknown,
  limit: number,
): Promise<ApprovalEvent[]> {
  const rows = await db.read<Row[]>((knex) =>
    knex(db.table('approval_events'))
      .select(EVENT_COLUMNS)
      .where({ tenant, approval_id })
      .where('seq', '>', seq as number)
      .orderBy('seq')
      .limit(limit),
  )
  return rows.map((row) => eventOf(db.dialect, row))
}

/** Those that are past their end are pending in their rows until a sweep comes by. */
function hasStatus(db: Database, list: Rows, status: NonNullable<ApprovalQuery['status']>): Condition {
  const is = (rows: Knex.QueryBuilder) => rows.where((one) => whereStatus(db.dialect, one, status))
  if (status !== 'expired' && status !== 'rejected') return equals(db, list, 'status', status, is)
  return within(db, list, 'status', (rows) => is(rows.whereIn('t.status', [status, 'pending'])))
}
