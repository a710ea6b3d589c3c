import type { ApprovalEvent, ApprovalQuery } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key } from './database.js'
import { EVENT_FIELDS, eventsOf, whereStatus } from './documents/approvals.js'
import { allOf, whereBetween, whereEqual } from './listing.js'

/** Approvals that meet these filters. */
export function approvalsThat(tenant: string, { from, to, status, ...equal }: ApprovalQuery): Document {
  return allOf(
    { '_id.tenant': tenant, ...whereEqual(equal) },
    ...whereBetween('requestedAt', { from, to }),
    ...(status === undefined ? [] : [whereStatus(status)]),
  )
}

/** The events of an approval behind one, oldest first. */
export async function eventsAfter(db: Database, _id: Key, after: unknown): Promise<ApprovalEvent[]> {
  const row = await db.retry(() => db.collection('approvals').findOne({ _id }, { projection: EVENT_FIELDS }))
  await db.present('approvals', row)
  return row === null ? [] : eventsOf(row).filter(({ seq }) => seq > (after as number))
}
