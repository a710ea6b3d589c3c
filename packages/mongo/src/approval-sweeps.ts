import { type Approval, expireStep, newId, remindStep } from '@freehold/contract'
import type { AnyBulkWriteOperation, Document } from 'mongodb'
import type { Database, Row } from './database.js'
import {
  CLOCK,
  clockOf,
  dueApproval,
  OPEN,
  OVER,
  PASSED,
  REMINDER_FIELDS,
  reminderOf,
  reminderUpdate,
  SUMMARY_FIELDS,
  stepUpdate,
} from './documents/approvals.js'
import { allOf } from './listing.js'

/** Most approvals of one sweep. */
const SWEEP = 1000

/** Most tenants of one sweep. */
const TENANTS = 100

/** Both of all tenants. */
export async function sweepApprovals(db: Database): Promise<number> {
  let changed = 0
  for (const tenant of await tenantsPast(db, 'expiresAt', OVER)) changed += await expireApprovals(db, tenant)
  for (const tenant of await tenantsPast(db, 'nextAt', PASSED)) changed += await remindApprovals(db, tenant)
  return changed
}

async function tenantsPast(db: Database, field: 'expiresAt' | 'nextAt', past: Document): Promise<string[]> {
  const rows = await db.retry(async () => {
    const bound = { [field]: { $lte: new Date(await db.now()) } }
    return db.aggregate('approvals', [
      { $match: allOf({ status: 'pending', ...bound }, past) },
      { $group: { _id: '$_id.tenant' } },
      { $limit: TENANTS },
    ])
  })
  return rows.map((row) => row._id as unknown as string)
}

/** Marks what has expired. */
export async function expireApprovals(db: Database, tenant: string): Promise<number> {
  const ids: string[] = []
  const count = await db.retry(async () => {
    // A time that is known beforehand bounds what is read of the index; the clock of the command decides.
    const expiresAt = { $lte: new Date(await db.now()) }
    const due = await db.aggregate('approvals', [
      { $match: allOf({ '_id.tenant': tenant, status: 'pending', expiresAt }, OVER) },
      { $limit: SWEEP },
      { $project: SUMMARY_FIELDS },
    ])
    const writes = due.map((row) => {
      const before = dueApproval(row)
      ids.push(before.id)
      const { approval, event } = expireStep(before)
      const update = stepUpdate(before, approval, { ...event, id: newId(), seq: approval.version })
      return { updateOne: { filter: unmoved(tenant, before), update } }
    })
    return written(db, writes)
  })
  for (const id of new Set(ids)) db.watchers.tell(tenant, id)
  return count
}

/** Tells of the next deadline of each approval that has passed one. */
export function remindApprovals(db: Database, tenant: string): Promise<number> {
  return db.retry(async () => {
    const nextAt = { $lte: new Date(await db.now()) }
    const due = await db.aggregate('approvals', [
      { $match: allOf({ '_id.tenant': tenant, status: 'pending', nextAt }, OPEN, PASSED) },
      { $limit: SWEEP },
      CLOCK,
      { $project: REMINDER_FIELDS },
    ])
    return written(
      db,
      due.flatMap((row) => reminderOfRow(tenant, row)),
    )
  })
}

/** What finds an approval as it was read. */
export function unmoved(tenant: string, { id, status, version }: Approval): Document {
  return { _id: { tenant, id }, status, version }
}

function reminderOfRow(tenant: string, row: Row): AnyBulkWriteOperation[] {
  const [before, reminded] = reminderOf(row)
  const step = remindStep(before, reminded, clockOf(row))
  if (step === undefined) return []
  const { approval, event } = step
  const update = stepUpdate(before, approval, { ...event, id: newId(), seq: approval.version })
  return [{ updateOne: { filter: unmoved(tenant, before), update: reminderUpdate(before, reminded + 1, update) } }]
}

async function written(db: Database, writes: AnyBulkWriteOperation[]): Promise<number> {
  if (writes.length === 0) return 0
  const { matchedCount } = await db.collection('approvals').bulkWrite(writes as never, { ordered: false })
  return matchedCount
}
