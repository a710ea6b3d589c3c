import {
  type Approval,
  type ApprovalEvent,
  type ApprovalInput,
  type ApprovalQuery,
  type ApprovalQueue,
  type ApprovalStore,
  type ApprovalSummary,
  acceptApproval,
  acceptApprovalQuery,
  acceptArgs,
  acceptCancellation,
  acceptCompletion,
  acceptDecision,
  acceptIds,
  acceptList,
  acceptListener,
  asOf,
  type Completion,
  cancelStep,
  checkId,
  completeStep,
  consumeStep,
  type Decision,
  type DecisionResult,
  decideStep,
  EXPIRY_ACTOR,
  type Json,
  Moved,
  type Page,
  type PageRequest,
  pageOf,
  queueOf,
  quorumTooLate,
  type Step,
  StoreError,
  sameRequest,
  type Timestamp,
  toMicroseconds,
  wins,
  withId,
} from '@freehold/contract'
import type { Knex } from 'knex'
import { approvalList, approvalsThat, eventsAfter } from './approval-lists.js'
import { addEvents, expireApprovals, remindApprovals } from './approval-sweeps.js'
import { manyApprovals, notice, watchApprovals } from './approval-watch.js'
import type { Database } from './database.js'
import { rowByKey, updateByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { removeApproval } from './remove-approval.js'
import { APPROVAL_COLUMNS, approvalOf, approvalPatch, approvalRow, approvalSummary } from './rows/approvals.js'
import { search } from './search.js'

export class SqlApprovals implements ApprovalStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  async request(input: ApprovalInput): Promise<Approval> {
    const accepted = acceptApproval(input, Date.now())
    return this.db.transaction(async (trx) => {
      const now = await this.db.now(trx)
      const approval = { ...accepted, requestedAt: now }
      const rows = quorumTooLate(approval) ? [] : [approvalRow(this.db.dialect, this.tenant, approval)]
      const inserted = await this.db.insertNew(trx, 'approvals', rows)
      if (inserted === 0) return this.requestedBefore(trx, approval)
      await addEvents(this.db, trx, this.tenant, [
        { approval, event: { type: 'requested', at: now, by: approval.requestedBy } },
      ])
      return asOf(approval, now)
    })
  }

  async decide(id: string, input: Decision): Promise<DecisionResult> {
    const [approvalId, decision] = withId('approval', id, () => acceptDecision(input))
    return this.step(approvalId, (approval, now) => {
      const step = decideStep(approval, decision, now)
      return { step, result: (after) => ({ won: wins(step, decision), approval: after }) }
    })
  }

  async consume(id: string, args?: Json): Promise<Approval> {
    const [approvalId, given] = withId('approval', id, () => acceptArgs(args))
    return this.step(approvalId, (approval, now) => ({
      step: consumeStep(asOf(approval, now), given.args, now),
      result: (after) => after,
    }))
  }

  async complete(id: string, input: Completion): Promise<Approval> {
    const [approvalId, completion] = withId('approval', id, () => acceptCompletion(input))
    return this.step(approvalId, (approval, now) => ({
      step: completeStep(asOf(approval, now), completion, now),
      result: (after) => after,
    }))
  }

  async cancel(id: string, by: string, reason?: string): Promise<Approval> {
    const [approvalId, cancellation] = withId('approval', id, () => acceptCancellation(by, reason))
    return this.step(approvalId, (approval, now) => ({
      step: cancelStep(asOf(approval, now), cancellation, now),
      result: (after) => after,
    }))
  }

  expire(): Promise<number> {
    return expireApprovals(this.db, this.tenant)
  }

  remind(): Promise<number> {
    return remindApprovals(this.db, this.tenant)
  }

  remove(id: string): Promise<boolean> {
    return removeApproval(this.db, this.tenant, checkId('approval', id))
  }

  async get(id: string): Promise<Approval | null> {
    const approvalId = checkId('approval', id)
    const row = await this.db.read((knex) => this.row(knex, approvalId))
    return row === undefined ? null : asOf(approvalOf(this.db.dialect, row), this.db.clockOf(row))
  }

  getMany(ids: readonly string[]): Promise<ApprovalSummary[]> {
    return manyApprovals(this.db, this.tenant, acceptIds(ids))
  }

  watch(heard: (id: string) => void): Promise<() => Promise<void>> {
    return watchApprovals(this.db, this.tenant, acceptListener(heard))
  }

  async list(query?: ApprovalQuery, page?: PageRequest): Promise<Page<ApprovalSummary>> {
    const [filters, at] = acceptList('approvals', [0, ''] as const, () => acceptApprovalQuery(query), page)
    const rows = await search(this.db, approvalList(this.db, this.tenant, filters, at))
    const summaries = rows.map((row) => approvalSummary(this.db.dialect, row, this.db.clockOf(row)))
    const key = (approval: ApprovalSummary) => [toMicroseconds(approval.requestedAt), approval.id]
    return pageOf('approvals', summaries, at.limit, key)
  }

  async count(query?: ApprovalQuery): Promise<number> {
    const filters = acceptApprovalQuery(query)
    const [row] = await this.db.read<Row[]>((knex) =>
      approvalsThat(this.db, knex, this.tenant, filters).count({ count: '*' }),
    )
    return this.db.dialect.fromInteger(row!.count)
  }

  async queue(): Promise<ApprovalQueue> {
    const rows = await this.db.read<Row[]>((knex) =>
      approvalsThat(this.db, knex, this.tenant, { type: 'required', status: 'pending' })
        .select(knex.raw("coalesce(tool, '') as tool"))
        .count({ depth: '*' })
        .min({ oldest: 'requested_at' })
        .groupByRaw("coalesce(tool, '')"),
    )
    const { dialect } = this.db
    const tools = rows.map((row) => ({
      tool: row.tool as string,
      depth: dialect.fromInteger(row.depth),
      oldest: dialect.fromTime(row.oldest),
    }))
    return queueOf(tools)
  }

  async events(id: string, page?: PageRequest): Promise<Page<ApprovalEvent>> {
    const [approvalId, { limit, after }] = acceptList(
      'approval events',
      [0] as const,
      () => checkId('approval', id),
      page,
    )
    const events = await eventsAfter(this.db, this.tenant, approvalId, after?.[0] ?? 0, limit + 1)
    return pageOf('approval events', events, limit, (event) => [event.seq])
  }

  /**
   * Takes one step with an approval: reads it, with the database's clock, and writes what it becomes only if nobody else
   * did meanwhile and, for a pending one, if it has not expired by that clock when the statement runs.
   */
  private async step<T>(
    approvalId: string,
    take: (approval: Approval, now: Timestamp) => { step: Step | undefined; result: (after: Approval) => T },
  ): Promise<T> {
    const [done, ended] = await this.db.transaction(async (trx): Promise<[T, boolean]> => {
      const row = await this.row(trx, approvalId, 'lock')
      if (row === undefined) throw new StoreError('not_found', 'there is no such approval; request it first')
      const before = approvalOf(this.db.dialect, row)
      const now = this.db.clockOf(row)
      const { step, result } = take(before, now)
      if (step === undefined) return [result(asOf(before, now)), false]
      await this.write(trx, before, step)
      return [result(step.approval), before.status === 'pending' && step.approval.status !== 'pending']
    })
    if (ended) this.db.watchers.tell(this.tenant, approvalId)
    return done
  }

  private async write(trx: Knex, before: Approval, step: Step): Promise<void> {
    const { dialect } = this.db
    const expires = step.event.by === EXPIRY_ACTOR
    const isOpen = `(expires_at is null or expires_at > ${dialect.now})`
    const changed = await updateByKey(trx, dialect, approvalPatch(dialect, before, step.approval), {
      table: this.db.table('approvals'),
      key: { tenant: this.tenant, id: before.id, status: before.status, version: before.version },
      and: before.status === 'pending' && !expires ? isOpen : undefined,
      telling:
        before.status === 'pending' && step.approval.status !== 'pending'
          ? notice(this.db, this.tenant, before.id)
          : undefined,
    })
    if (changed === 0) throw new Moved()
    await addEvents(this.db, trx, this.tenant, [step])
  }

  private async requestedBefore(trx: Knex, wanted: Approval): Promise<Approval> {
    const { runId, stepId = '', toolCallId } = wanted
    // One key after the other: MySQL answers `a or b` of two keys by reading the whole tenant.
    const keys = [
      { id: wanted.id },
      ...(runId && toolCallId ? [{ run_id: runId, tool_call_id: toolCallId, step_id: stepId }] : []),
    ]
    let row: Row | undefined
    for (const key of keys.reverse()) row ??= await this.approvals(trx).where(key).first('*', this.db.clock)
    if (row === undefined) throw quorumTooLate(wanted) ?? new Moved()
    return sameRequest(wanted, asOf(approvalOf(this.db.dialect, row), this.db.clockOf(row)))
  }

  private approvals(knex: Knex): Knex.QueryBuilder {
    return knex(this.db.table('approvals')).where({ tenant: this.tenant })
  }

  /** A row by its key, and the time by the database's clock. */
  private row(knex: Knex, id: string, lock?: 'lock'): Promise<Row | undefined> {
    const by = { table: this.db.table('approvals'), key: { tenant: this.tenant, id } }
    const { dialect } = this.db
    return rowByKey(knex, dialect, [...APPROVAL_COLUMNS, `${dialect.now} as clock`], by, lock)
  }
}
