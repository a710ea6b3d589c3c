import {
  APPROVAL_FIELDS,
  APPROVAL_SUMMARY_FIELDS,
  type Approval,
  type ApprovalEvent,
  type ApprovalQueue,
  type ApprovalStatus,
  type ApprovalSummary,
  asOf,
  compact,
  fromMicroseconds,
  type Timestamp,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Key, Row } from '../database.js'
import { Codec, decodeTime, encodeTime, microsOf, type Patch, restOf } from './codec.js'

const summaries = new Codec(APPROVAL_SUMMARY_FIELDS)
const approvals = new Codec(APPROVAL_FIELDS)

/** What a list reads: no arguments, no context. `onExpiry` repeats the policy's word where filters can see it. */
export const SUMMARY_FIELDS = { ...summaries.projection, onExpiry: 1, clock: 1 } as const

/** Reads the database's clock into the document, as the command sees it. */
export const CLOCK = { $addFields: { clock: '$$NOW' } } as const

export function clockOf(row: Row): Timestamp {
  return (row.clock as Date).getTime()
}

/** The history of an approval lies in its document, so that a step and the event that tells of it are one write. */
export function approvalRow(tenant: string, approval: Approval, requested: StoredEvent): Row {
  const onExpiry = approval.policy.onExpiry ?? 'expired'
  return { ...approvals.toRow(tenant, approval), onExpiry, events: [eventRow(requested)] }
}

/** What a step changes. */
export function stepUpdate(after: Approval, event: StoredEvent): Patch & { $push: Document } {
  const { id: _, ...fields } = after
  return { ...approvals.toPatch(fields), $push: { events: eventRow(event) } }
}

export function approvalOf(row: Row): Approval {
  return approvals.fromRow(row)
}

/** A summary as it is by the clock in its document: past its end it reads as what the next sweep will make of it. */
export function approvalSummary(row: Row): ApprovalSummary {
  const summary = summaries.fromRow(row)
  const policy = { onExpiry: row.onExpiry as 'expired' | 'rejected' }
  const { status, version } = asOf({ ...summary, policy, argsHash: '', votes: [] }, clockOf(row))
  return { ...summary, status, version }
}

export type StoredEvent = Omit<ApprovalEvent, 'approvalId'>

function eventRow({ at, ...event }: StoredEvent): Document {
  return { ...compact(event), ...encodeTime('at', at) }
}

export function eventsOf(row: Row): ApprovalEvent[] {
  const approvalId = (row._id as Key).id!
  return (row.events as Document[]).map((event) => {
    const { [restOf('at')]: _, at: __, ...rest } = event
    return { ...rest, approvalId, at: decodeTime(event, 'at') } as ApprovalEvent
  })
}

/** Has no end, or one that the database's clock has not reached when the command runs. */
export const OPEN: Document = { $or: [{ expiresAt: { $exists: false } }, { $expr: isAfterNow('expiresAt') }] }
/** Has an end, and is past it. */
export const OVER: Document = { expiresAt: { $exists: true }, $expr: { $not: [isAfterNow('expiresAt')] } }

/** How much waits, and since when, by tool. */
export const BY_TOOL: Document = {
  $group: { _id: { $ifNull: ['$tool', ''] }, depth: { $sum: 1 }, oldest: { $min: microsOf('requestedAt') } },
}

export function toolQueueOf({ _id, depth, oldest }: Row): ApprovalQueue['byTool'][number] {
  return { tool: _id as string, depth: depth as number, oldest: fromMicroseconds(oldest) }
}

/** A pending approval past its end counts as what the next sweep will make of it. */
export function whereStatus(status: ApprovalStatus): Document {
  if (status === 'pending') return { status, ...OPEN }
  if (status !== 'expired' && status !== 'rejected') return { status }
  return { $or: [{ status }, { status: 'pending', onExpiry: status, ...OVER }] }
}

/** The clock has no microseconds: within its own millisecond an end with some is still to come. */
function isAfterNow(field: string): Document {
  return {
    $or: [
      { $gt: [`$${field}`, '$$NOW'] },
      { $and: [{ $eq: [`$${field}`, '$$NOW'] }, { $gt: [`$${restOf(field)}`, 0] }] },
    ],
  }
}
