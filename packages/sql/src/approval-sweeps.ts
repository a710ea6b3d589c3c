import { expireStep, groupBy, Moved, newId, remindStep, type Step } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import {
  dueApproval,
  eventRow,
  REMINDER_COLUMNS,
  reminderOf,
  reminderPatch,
  SUMMARY_COLUMNS,
  sweptPatch,
  UNSETTLED,
} from './rows/approvals.js'

/** Most approvals of one sweep. */
const SWEEP = 1000

/** Most tenants of one sweep. */
const TENANTS = 100

/** Both of all tenants. */
export async function sweepApprovals(db: Database): Promise<number> {
  let changed = 0
  for (const tenant of await tenantsPast(db, 'expires_at')) changed += await expireApprovals(db, tenant)
  for (const tenant of await tenantsPast(db, 'next_at')) changed += await remindApprovals(db, tenant)
  return changed
}

async function tenantsPast(db: Database, column: 'expires_at' | 'next_at'): Promise<string[]> {
  const rows = await db.read<Row[]>((knex) =>
    knex(db.table('approvals'))
      .distinct('tenant')
      .where('status', 'pending')
      .whereRaw(`${column} <= (select ${db.dialect.now})`)
      .limit(TENANTS),
  )
  return rows.map((row) => row.tenant as string)
}

/** Marks what has expired. */
export async function expireApprovals(db: Database, tenant: string): Promise<number> {
  const ended = await db.transaction(async (trx) => {
    const due: Row[] = await pending(db, trx, tenant)
      .select(SUMMARY_COLUMNS)
      // As a subquery: an index is not searched for a clock that moves while the statement runs.
      .whereRaw(`expires_at <= (select ${db.dialect.now})`)
      // As the index has them, so that what is still to wait for is neither read nor locked.
      .orderBy('expires_at')
      .limit(SWEEP)
      .forUpdate()
    const steps = due.map((row) => expireStep(dueApproval(db.dialect, row)))
    if (steps.length === 0) return []
    await write(db, trx, tenant, steps, sweptPatch(db.dialect, trx, steps))
    await addEvents(db, trx, tenant, steps)
    return steps.map(({ approval }) => approval.id)
  })
  for (const id of ended) db.watchers.tell(tenant, id)
  return ended.length
}

/** Tells of the next deadline of each approval that has passed one. */
export function remindApprovals(db: Database, tenant: string): Promise<number> {
  return db.transaction(async (trx) => {
    const { dialect } = db
    const due: Row[] = await pending(db, trx, tenant)
      .select([...REMINDER_COLUMNS, db.clock])
      .whereRaw(`next_at <= (select ${dialect.now})`)
      .where((open) => open.whereNull('expires_at').orWhereRaw(`expires_at > (select ${dialect.now})`))
      .orderBy('next_at')
      .limit(SWEEP)
      .forUpdate()
    const told = due.flatMap((row) => {
      const [approval, reminded] = reminderOf(dialect, row)
      const step = remindStep(approval, reminded, db.clockOf(row))
      return step === undefined ? [] : [{ step, patch: reminderPatch(dialect, approval, reminded + 1) }]
    })
    for (const alike of groupBy(told, ({ patch }) => `${patch.reminded} ${patch.next_at}`).values()) {
      const steps = alike.map(({ step }) => step)
      await write(db, trx, tenant, steps, { ...alike[0]!.patch, version: trx.raw('version + 1'), ...UNSETTLED })
    }
    await addEvents(
      db,
      trx,
      tenant,
      told.map(({ step }) => step),
    )
    return told.length
  })
}

/** The events that tell of steps. Of two steps from one version only one finds its number free. */
export async function addEvents(db: Database, trx: Knex, tenant: string, steps: readonly Step[]): Promise<void> {
  const rows = steps.map(({ approval, event }) =>
    eventRow(db.dialect, tenant, { ...event, id: newId(), approvalId: approval.id, seq: approval.version }),
  )
  if ((await db.insertNew(trx, 'approval_events', rows)) < rows.length) throw new Moved()
}

function pending(db: Database, trx: Knex, tenant: string): Knex.QueryBuilder {
  return trx(db.table('approvals')).where({ tenant, status: 'pending' })
}

async function write(db: Database, trx: Knex, tenant: string, steps: readonly Step[], patch: Row): Promise<void> {
  const ids = steps.map(({ approval }) => approval.id)
  await trx(db.table('approvals')).where({ tenant }).whereIn('id', ids).update(patch)
}
