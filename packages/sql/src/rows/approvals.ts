import {
  APPROVAL_FIELDS,
  APPROVAL_SUMMARY_FIELDS,
  type Approval,
  type ApprovalEvent,
  type ApprovalSummary,
  asOf,
  changesOf,
  nextDeadline,
  type Step,
  type Timestamp,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Dialect, Row } from '../dialects/dialect.js'
import { Codec } from './codec.js'

const summaries = new Codec(APPROVAL_SUMMARY_FIELDS)
const approvals = new Codec(APPROVAL_FIELDS)

/** Stands for no step, because NULL is never equal to NULL in a unique key. No id is empty. */
const NO_STEP = ''

export const APPROVAL_COLUMNS = approvals.columns

/** Those that may be large. */
export const JSON_COLUMNS = ['args', 'context', 'policy', 'votes', 'resolution'] as const

/** What a list reads: no arguments, no context. `on_expiry` repeats the policy's word where filters can see it. */
export const SUMMARY_COLUMNS = [...summaries.columns, 'on_expiry']

/** What a sweep reads that tells what has become due. */
export const REMINDER_COLUMNS = [...summaries.columns, 'policy', 'votes', 'reminded']

export function approvalRow(dialect: Dialect, tenant: string, approval: Approval): Row {
  const row = approvals.toRow(dialect, approval)
  const on_expiry = approval.policy.onExpiry ?? 'expired'
  return { tenant, ...row, step_id: approval.stepId ?? NO_STEP, on_expiry, ...reminderPatch(dialect, approval, 0) }
}

/** How many of its deadlines are told of, and when the next is to be. */
export function reminderPatch(dialect: Dialect, approval: Approval, reminded: number): Row {
  const next = nextDeadline(approval, reminded)
  return { reminded, next_at: next === undefined ? null : dialect.toTime(next) }
}

/** As much of an approval as decides what is told of it, and how many of its deadlines are told of. */
export function reminderOf(dialect: Dialect, row: Row): [approval: Approval, reminded: number] {
  const policy = dialect.fromJson(row.policy) as Approval['policy']
  const votes = dialect.fromJson(row.votes) as unknown as Approval['votes']
  return [{ ...summaries.fromRow(dialect, row), policy, votes, argsHash: '' }, dialect.fromInteger(row.reminded)]
}

export function approvalOf(dialect: Dialect, row: Row): Approval {
  return approvals.fromRow(dialect, withoutNoStep(row))
}

/** What every step writes: that its event is still to be handed out. */
export const UNSETTLED = { settled: null }

/** What a step with an approval writes of it: never the arguments, which no step changes. */
export function approvalPatch(dialect: Dialect, before: Approval, after: Approval): Row {
  return { ...approvals.toPatch(dialect, changesOf(before, after)), ...UNSETTLED }
}

/** As much of an approval as decides what becomes of it when nobody decides. */
export function dueApproval(dialect: Dialect, row: Row): Approval {
  const policy = { onExpiry: row.on_expiry as 'expired' | 'rejected' }
  return { ...summaries.fromRow(dialect, row), policy, argsHash: '', votes: [] }
}

/** What a sweep writes of all approvals that it marks, in one statement. */
export function sweptPatch(dialect: Dialect, knex: Knex, steps: readonly Step[]): Row {
  const each = steps.map(({ approval }) => [approval.id, JSON.stringify(approval.resolution)])
  const resolution = dialect.asJson(`case id ${'when ? then ? '.repeat(steps.length)}end`)
  return {
    status: knex.ref('on_expiry'),
    version: knex.raw('version + 1'),
    resolution: knex.raw(resolution, each.flat()),
    ...UNSETTLED,
  }
}

/** A summary as it is at `now`: past its end it reads as what the next sweep will make of it. */
export function approvalSummary(dialect: Dialect, row: Row, now: Timestamp): ApprovalSummary {
  const summary = summaries.fromRow(dialect, withoutNoStep(row))
  const { status, version } = asOf(dueApproval(dialect, row), now)
  return { ...summary, status, version }
}

function withoutNoStep(row: Row): Row {
  return row.step_id === NO_STEP ? { ...row, step_id: null } : row
}

/** A pending approval past its end counts as what the next sweep will make of it. */
export function whereStatus(
  { nowOfStatement: now }: Dialect,
  rows: Knex.QueryBuilder,
  status: Approval['status'],
): void {
  rows.where({ status })
  if (status === 'pending') rows.where((open) => open.whereNull('expires_at').orWhereRaw(`expires_at > ${now}`))
  if (status === 'expired' || status === 'rejected')
    rows.orWhere((late) => late.where({ status: 'pending', on_expiry: status }).whereRaw(`expires_at <= ${now}`))
}

/** `by` is a reserved word of SQL. */
type EventColumns = Omit<ApprovalEvent, 'by'> & { actor?: string }

const events = new Codec<EventColumns>({
  id: 'plain',
  approvalId: 'plain',
  seq: 'integer',
  type: 'plain',
  at: 'time',
  actor: 'plain',
  reason: 'plain',
})

export const EVENT_COLUMNS = events.columns

export function eventRow(dialect: Dialect, tenant: string, { by, ...event }: ApprovalEvent): Row {
  return { tenant, ...events.toRow(dialect, { ...event, actor: by }) }
}

export function eventOf(dialect: Dialect, row: Row): ApprovalEvent {
  const { actor, ...event } = events.fromRow(dialect, row)
  return actor === undefined ? event : { ...event, by: actor }
}
