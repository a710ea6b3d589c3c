import {
  type ApprovalEvent,
  asOf,
  compact,
  type Delivery,
  groupBy,
  LOOKED_AT,
  MAX_TOLD,
  type Timestamp,
  takenAtOnce,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { whereThese } from './relay-handing-out.js'
import { APPROVAL_COLUMNS, approvalOf, EVENT_COLUMNS, eventOf, JSON_COLUMNS } from './rows/approvals.js'
import { type Consumer, DUE_COLUMNS, type OpenApproval, openOf, type Relayed, relays } from './rows/relay.js'

/** What waits for a consumer by this time, and at most how much of it is asked for. */
export interface Asked {
  consumer: Consumer
  clock: Timestamp
  limit: number
}

/** What was not handed out to anybody yet, and what waits for a consumer of what was, in one statement. */
export async function lookFor(db: Database, asked: Asked): Promise<{ open: OpenApproval[]; due: Relayed[] }> {
  const rows = await db.read<Row[]>((knex) => {
    const open = knex(db.table('approvals'))
      .select('tenant', 'id', 'version', 'requested_at')
      .whereNull('settled')
      // As the index has them: an engine that takes many to be open would read the whole table for none.
      .orderBy(db.dialect.ordersByNull ? ['settled', 'version'] : ['version'])
    const times = ['requested_at as next_at', 'requested_at as failing_since']
    const none = [knex.raw('0 as seq'), knex.raw('0 as attempts'), knex.raw('1 as is_open')]
    return knex
      .select('tenant', 'id as approval_id', 'version as wanted', ...times, ...none)
      .from(open.limit(LOOKED_AT).as('open_ones'))
      .unionAll(knex.select(...DUE_COLUMNS, knex.raw('0 as is_open')).from(due(db, knex, asked).as('due_ones')))
  })
  const [open, waiting] = [1, 0].map((isOpen) => rows.filter((row) => db.dialect.fromInteger(row.is_open) === isOpen))
  return { open: open!.map((row) => openOf(db.dialect, row)), due: relayedOf(db, waiting!) }
}

/** What waits for a consumer of what was handed out. */
export async function dueOf(db: Database, asked: Asked): Promise<Relayed[]> {
  return relayedOf(db, await db.read<Row[]>((knex) => due(db, knex, asked)))
}

/** Whole approvals as they stand, and the events that come next of each: of as many as are taken at once. */
export async function deliveriesOf(db: Database, waiting: readonly Relayed[]): Promise<Delivery[]> {
  if (waiting.length === 0) return []
  const sizes = waiting.length > 1 ? await sizesOf(db, waiting) : undefined
  const due = takenAtOnce(waiting, ({ tenant, approvalId }) => sizes?.get(keyInTenant(tenant, approvalId)) ?? 0)
  const keys = due.map(({ tenant, approvalId: id }) => ({ tenant, id }))
  const approvals = await db.read<Row[]>((knex) =>
    whereThese(knex(db.table('approvals')), 'id', keys).select(['tenant', ...APPROVAL_COLUMNS, db.clock]),
  )
  const events = await db.read<Row[]>((knex) =>
    nextEvents(knex(db.table('approval_events')), due)
      .select(['tenant', ...EVENT_COLUMNS])
      .orderBy('seq'),
  )
  const rows = new Map(approvals.map((row) => [keyInTenant(row.tenant, row.id), row]))
  const told = groupBy(events, (row) => keyInTenant(row.tenant, row.approval_id))
  return due.flatMap(({ tenant, approvalId, attempts, failingSince }) => {
    const row = rows.get(keyInTenant(tenant, approvalId))
    if (row === undefined) return []
    const approval = asOf(approvalOf(db.dialect, row), db.clockOf(row))
    const own = told.get(keyInTenant(tenant, approvalId)) ?? []
    const next: ApprovalEvent[] = own.map((event) => eventOf(db.dialect, event))
    return [compact({ tenant, approval, events: next, attempts, failingSince })]
  })
}

/** When the approvals were requested that are there now, by tenant and id. */
export async function requestTimes(
  db: Database,
  trx: Knex,
  relayed: readonly Relayed[],
): Promise<Map<string, Timestamp>> {
  if (relayed.length === 0) return new Map()
  const keys = relayed.map(({ tenant, approvalId: id }) => ({ tenant, id }))
  const rows: Row[] = await whereThese(trx(db.table('approvals')), 'id', keys).select('tenant', 'id', 'requested_at')
  return new Map(rows.map((row) => [keyInTenant(row.tenant, row.id), db.dialect.fromTime(row.requested_at)]))
}

/** How many bytes of JSON each of them has: any one may be large, so that is asked before they are read. */
async function sizesOf(db: Database, waiting: readonly Relayed[]): Promise<Map<string, number>> {
  const keys = waiting.map(({ tenant, approvalId: id }) => ({ tenant, id }))
  const size = JSON_COLUMNS.map((column) => `coalesce(${db.dialect.sizeOfJson(column)}, 0)`).join(' + ')
  const rows = await db.read<Row[]>((knex) =>
    whereThese(knex(db.table('approvals')), 'id', keys).select('tenant', 'id', knex.raw(`${size} as size`)),
  )
  return new Map(rows.map(({ tenant, id, size }) => [keyInTenant(tenant, id), db.dialect.fromInteger(size)]))
}

/** Those that are as far are asked for together. Events have no gap, so that their numbers tell how many are read. */
function nextEvents(rows: Knex.QueryBuilder, due: readonly Relayed[]): Knex.QueryBuilder {
  const groups = groupBy(due, ({ tenant, seq, wanted }) => JSON.stringify([tenant, seq, wanted]))
  return rows.where((any) => {
    for (const group of groups.values()) {
      const { tenant, seq, wanted } = group[0]!
      const ids = group.map(({ approvalId }) => approvalId)
      any.orWhere((one) =>
        one
          .where({ tenant })
          .whereIn('approval_id', ids)
          .whereBetween('seq', [seq + 1, Math.min(wanted, seq + MAX_TOLD)]),
      )
    }
  })
}

function due(db: Database, knex: Knex, { consumer, clock, limit }: Asked): Knex.QueryBuilder {
  return knex(db.table('approval_relays'))
    .select(DUE_COLUMNS)
    .where({ consumer: consumer.id })
    .where('next_at', '<=', db.dialect.toTime(clock) as Knex.Value)
    .orderBy('next_at')
    .limit(limit)
}

function relayedOf(db: Database, rows: readonly Row[]): Relayed[] {
  return rows.map((row) => relays.fromRow(db.dialect, row)).sort((a, b) => a.nextAt! - b.nextAt!)
}

export function keyInTenant(tenant: unknown, id: unknown): string {
  return JSON.stringify([tenant, id])
}
