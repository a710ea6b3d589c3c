import {
  APPROVAL_FIELDS,
  APPROVAL_SUMMARY_FIELDS,
  type Approval,
  type ApprovalEvent,
  type ApprovalQueue,
  type ApprovalStatus,
  type ApprovalSummary,
  asOf,
  changesOf,
  compact,
  fromMicroseconds,
  nextDeadline,
  type Timestamp,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Key, Row } from '../database.js'
import { Codec, decodeTime, encodeTime, microsOf, restOf } from './codec.js'
import { decodeJson, encodeJson } from './json.js'

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
  const reminders = reminderFields(approval, 0)
  return { ...approvals.toRow(tenant, approval), onExpiry, ...reminders, events: [eventRow(requested)] }
}

/** What a sweep reads that tells what has become due. */
export const REMINDER_FIELDS = { ...summaries.projection, policy: 1, votes: 1, reminded: 1, clock: 1 } as const

/** As much of an approval as decides what is told of it, and how many of its deadlines are told of. */
export function reminderOf(row: Row): [approval: Approval, reminded: number] {
  const policy = decodeJson(row.policy) as Approval['policy']
  const votes = decodeJson(row.votes) as unknown as Approval['votes']
  return [{ ...summaries.fromRow(row), policy, votes, argsHash: '' }, row.reminded as number]
}

/** How many of its deadlines are told of, and when the next is to be. */
function reminderFields(approval: Approval, reminded: number): Document {
  const next = nextDeadline(approval, reminded)
  return next === undefined ? { reminded } : { reminded, ...encodeTime('nextAt', next) }
}

/** The same of a document that tells of one deadline more, beside what `stepUpdate` changes. */
export function reminderUpdate(approval: Approval, reminded: number, update: Document): Document {
  const fields = reminderFields(approval, reminded)
  const over = 'nextAt' in fields ? {} : { nextAt: '', [restOf('nextAt')]: '' }
  return { ...update, $set: { ...update.$set, ...fields }, $unset: { ...update.$unset, ...over } }
}

/** What opens an approval again: there is something of it that was not handed out. */
export const UNSETTLED = { settled: '' } as const

/** What a step changes: never the arguments. A vote that is new is added to the others. */
export function stepUpdate(before: Approval, after: Approval, event: StoredEvent): Document {
  const { votes = after.votes, ...fields } = changesOf(before, after)
  const isAdded = votes.length === before.votes.length + 1 && before.votes.every((vote, i) => vote === votes[i])
  const set = isAdded || votes === before.votes ? fields : { ...fields, votes }
  const $push = { events: eventRow(event, before), ...(isAdded ? { votes: encodeJson(votes.at(-1)) } : {}) }
  const { $set, $unset } = approvals.toPatch(set)
  return { $set, $unset: { ...$unset, ...UNSETTLED }, $push }
}

export function approvalOf(row: Row): Approval {
  return approvals.fromRow(row)
}

/** As much of an approval, as a list reads it, as decides what becomes of it when nobody decides. */
export function dueApproval(row: Row): Approval {
  const policy = { onExpiry: row.onExpiry as 'expired' | 'rejected' }
  return { ...summaries.fromRow(row), policy, argsHash: '', votes: [] }
}

/** A summary as it is by the clock in its document: past its end it reads as what the next sweep will make of it. */
export function approvalSummary(row: Row): ApprovalSummary {
  const { status, version } = asOf(dueApproval(row), clockOf(row))
  return { ...summaries.fromRow(row), status, version }
}

export type StoredEvent = Omit<ApprovalEvent, 'approvalId'>

/** What a history is read of. */
export const EVENT_FIELDS = { events: 1, votes: 1 } as const

/**
 * The reason of a vote stands in the vote, and not once more in the event that tells of it: there may be a thousand. Where
 * somebody votes anew, the event of that keeps the reason of the vote that is `replaced`.
 */
function eventRow({ at, reason, ...event }: StoredEvent, before?: Approval): Document {
  const vote = before?.votes.find(({ by }) => by === event.by)
  const own = event.type === 'voted' ? {} : { reason }
  const replaced = vote === undefined ? {} : { replaced: vote.reason ?? null }
  return { ...compact({ ...event, ...own, ...replaced }), ...encodeTime('at', at) }
}

export function eventsOf(row: Row): ApprovalEvent[] {
  const approvalId = (row._id as Key).id!
  const events = row.events as Document[]
  const votes = (decodeJson(row.votes) ?? []) as Approval['votes']
  const reasons = new Map(votes.map(({ by, reason }) => [by, reason]))
  for (const { by, replaced } of events) if (replaced !== undefined) reasons.set(by, replaced ?? undefined)
  return events.map((event) => {
    const { [restOf('at')]: _, at: __, replaced: ___, ...rest } = event
    const reason = event.type === 'voted' ? reasons.get(event.by) : event.reason
    return compact({ ...rest, approvalId, at: decodeTime(event, 'at'), reason }) as ApprovalEvent
  })
}

/** Has no end, or one that the database's clock has not reached when the command runs. */
export const OPEN: Document = { $or: [{ expiresAt: { $exists: false } }, { $expr: isAfterNow('expiresAt') }] }
/** Has an end, and is past it. */
export const OVER: Document = { expiresAt: { $exists: true }, $expr: { $not: [isAfterNow('expiresAt')] } }

/** There is something to tell of it, since when there is. */
export const PASSED: Document = { nextAt: { $exists: true }, $expr: { $not: [isAfterNow('nextAt')] } }

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
