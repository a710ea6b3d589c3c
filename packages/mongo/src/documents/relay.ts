import type { ApprovalRelay, DeadLetter, Delivery, Settlement, Timestamp } from '@freehold/contract'
import { asOf, compact, MAX_TOLD, type RelayStart } from '@freehold/contract'
import { type Document, MaxKey } from 'mongodb'
import type { Key, Row } from '../database.js'
import { approvalOf, clockOf, eventsOf } from './approvals.js'
import { decodeTime, encodeTime } from './codec.js'

/** Who is told, under an id that is new with each registration: what was left of one before is never taken for its own. */
export interface Consumer {
  id: string
  start: RelayStart
  since: Date
  /** Empty when nobody holds it. */
  holder: string
  until: Date
  /** Behind which approval it still looks for those of before; absent when it does not. */
  walked?: Key
}

/** An approval with events that were not handed out. */
export interface OpenApproval {
  _id: Key
  version: number
  requestedAt: Date
}

/** How far a consumer is with an approval. */
export interface Relayed extends Row {
  _id: Key
  /** Of the approval; absent in what a build before handed out. */
  requestedAt?: Date
  seq: number
  wanted: number
  nextAt?: Date
  attempts: number
  failingSince?: Date
}

/** All that is kept for a consumer. */
export function ofConsumer(consumer: string): Document {
  return { _id: { $gte: { consumer }, $lte: { consumer, tenant: new MaxKey() } } }
}

export function relayKey(consumer: string, tenant: string, id: string): Key {
  return { consumer, tenant, id }
}

/** What waits for it from now on, where nothing did before. */
export function waitingRow(
  consumer: string,
  { _id: { tenant, id }, version, requestedAt }: OpenApproval,
  seq: number,
  now: Timestamp,
) {
  const _id = relayKey(consumer, tenant, id!)
  return { _id, requestedAt, seq, wanted: version, nextAt: new Date(now), attempts: 0 }
}

/** What is wanted now of one that is there: never less than before, whoever hands out at the same time. */
export function wantedUpdate({ _id, requestedAt, wanted, nextAt }: ReturnType<typeof waitingRow>) {
  const next = { $cond: [{ $lt: ['$seq', wanted] }, { $ifNull: ['$nextAt', nextAt] }, '$$REMOVE'] }
  const set = { wanted, nextAt: next, requestedAt: { $max: ['$requestedAt', requestedAt] } }
  return { updateOne: { filter: { _id, wanted: { $lt: wanted } }, update: [{ $set: set }] } }
}

/** `settled` in the contract, in the words of the database, by its clock. */
export function settledUpdate(consumer: string, result: Settlement) {
  const { seq, failure } = result
  const whenOpen = (at: unknown) => ({ $cond: [{ $lt: ['$seq', '$wanted'] }, at, '$$REMOVE'] })
  const changes =
    failure === undefined
      ? { attempts: 0, failingSince: '$$REMOVE', reason: '$$REMOVE', nextAt: whenOpen('$$NOW') }
      : {
          attempts: { $cond: ['$isSame', { $add: ['$attempts', 1] }, 1] },
          failingSince: { $cond: ['$isSame', { $ifNull: ['$failingSince', '$$NOW'] }, '$$NOW'] },
          reason: { $literal: failure.reason },
          nextAt: whenOpen({ $add: ['$$NOW', failure.retryIn] }),
        }
  const isSame = { $gte: ['$seq', seq] }
  const update = [{ $set: { isSame, seq: { $max: ['$seq', seq] } } }, { $set: changes }, { $unset: 'isSame' }]
  // With more than was handed out it is of an approval that had this id before, and was removed.
  return { updateOne: { filter: { ...ofResult(consumer, result), wanted: { $gte: seq } }, update } }
}

/** What a settlement is of, unless that is an approval which had this id before. */
export function ofResult(consumer: string, { tenant, approvalId, requestedAt }: Settlement): Document {
  const _id = relayKey(consumer, tenant, approvalId)
  return requestedAt === undefined ? { _id } : { _id, requestedAt: { $in: [new Date(requestedAt), null] } }
}

/** How much waits, and since when. */
export const STATE: Document = {
  $group: {
    _id: null,
    waiting: { $sum: 1 },
    failing: { $sum: { $cond: [{ $gt: ['$attempts', 0] }, 1, 0] } },
    oldest: { $min: { $ifNull: ['$failingSince', '$nextAt'] } },
  },
}

export function stateOf(row: Document | undefined, dead: number): Awaited<ReturnType<ApprovalRelay['state']>> {
  if (row === undefined) return { waiting: 0, failing: 0, dead }
  return { waiting: row.waiting, oldest: row.oldest.getTime(), failing: row.failing, dead }
}

/** @param row of the approval, with the clock */
export function deliveryOf({ seq, wanted, attempts, failingSince }: Relayed, row: Row): Delivery {
  const last = Math.min(wanted, seq + MAX_TOLD)
  return compact({
    tenant: (row._id as Key).tenant,
    approval: asOf(approvalOf(row), clockOf(row)),
    events: eventsOf(row).filter((event) => event.seq > seq && event.seq <= last),
    attempts,
    failingSince: failingSince?.getTime(),
  })
}

export function letterRow(consumer: string, { tenant, approvalId, seq, reason, at }: DeadLetter): Row {
  // Numbers in a key sort as numbers.
  const _id = { ...relayKey(consumer, tenant, approvalId), seq } as unknown as Key
  return { _id, reason, ...encodeTime('at', at) }
}

export function letterOf(row: Row): DeadLetter {
  const { tenant, id, seq } = row._id as unknown as { tenant: string; id: string; seq: number }
  return { tenant, approvalId: id, seq, reason: row.reason, at: decodeTime(row, 'at') }
}
