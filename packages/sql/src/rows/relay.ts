import type { DeadLetter, Progress, RelayStart, Timestamp } from '@freehold/contract'
import type { Dialect, Row } from '../dialects/dialect.js'
import { Codec } from './codec.js'

/** Who is told, under an id that is new with each registration: what was left of one before is never taken for its own. */
export interface Consumer {
  name: string
  id: string
  start: RelayStart
  since: Timestamp
  /** Empty when nobody holds it. */
  holder: string
  heldUntil: Timestamp
  /** Behind which approval it still looks for those of before; absent when it does not. */
  walkedTenant?: string
  walkedId?: string
}

export const consumers = new Codec<Consumer>({
  name: 'plain',
  id: 'plain',
  start: 'plain',
  since: 'time',
  holder: 'plain',
  heldUntil: 'time',
  walkedTenant: 'plain',
  walkedId: 'plain',
})

/** How far a consumer is with an approval. */
export interface Relayed extends Progress {
  consumer: string
  tenant: string
  approvalId: string
}

export const relays = new Codec<Relayed>({
  consumer: 'plain',
  tenant: 'plain',
  approvalId: 'plain',
  seq: 'integer',
  wanted: 'integer',
  nextAt: 'time',
  attempts: 'integer',
  failingSince: 'time',
  reason: 'plain',
})

/** What a taking reads of them. */
export const DUE_COLUMNS = ['tenant', 'approval_id', 'wanted', 'next_at', 'failing_since', 'seq', 'attempts']

export const letters = new Codec<DeadLetter>({
  tenant: 'plain',
  approvalId: 'plain',
  seq: 'integer',
  reason: 'plain',
  at: 'time',
})

/** An approval with events that were not handed out. */
export interface OpenApproval {
  tenant: string
  id: string
  version: number
  requestedAt: Timestamp
}

/** Under the names of {@link DUE_COLUMNS}, as a taking reads it. */
export function openOf(dialect: Dialect, row: Row): OpenApproval {
  return {
    tenant: row.tenant as string,
    id: row.approval_id as string,
    version: dialect.fromInteger(row.wanted),
    requestedAt: dialect.fromTime(row.next_at),
  }
}
