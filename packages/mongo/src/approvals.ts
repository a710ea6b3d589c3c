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
  newId,
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
import type { Document } from 'mongodb'
import { approvalsThat, eventsAfter } from './approval-lists.js'
import { expireApprovals, remindApprovals, unmoved } from './approval-sweeps.js'
import { manyApprovals, watchApprovals } from './approval-watch.js'
import type { Database, Key, Row } from './database.js'
import {
  approvalOf,
  approvalRow,
  approvalSummary,
  BY_TOOL,
  CLOCK,
  clockOf,
  eventsOf,
  OPEN,
  SUMMARY_FIELDS,
  stepUpdate,
  toolQueueOf,
} from './documents/approvals.js'
import { allOf, pageDown } from './listing.js'
import { refuseLeaving, removeApproval } from './remove-approval.js'

export class MongoApprovals implements ApprovalStore {
  constructor(
    private readonly db: Database,
    private readonly tenant: string,
  ) {}

  async request(input: ApprovalInput): Promise<Approval> {
    const accepted = acceptApproval(input, Date.now())
    const eventId = newId()
    return this.db.retry(async () => {
      const now = await this.db.now()
      const approval = { ...accepted, requestedAt: now }
      const requested = { id: eventId, seq: 1, type: 'requested' as const, at: now, by: approval.requestedBy }
      const insert = () => this.db.insertNew('approvals', [approvalRow(this.tenant, approval, requested)])
      const isNew = quorumTooLate(approval) === undefined && (await insert()).length === 0
      return isNew ? asOf(approval, now) : this.requestedBefore(approval)
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
    const row = await this.db.retry(() => this.row(approvalId))
    await this.db.present('approvals', row)
    return row === undefined ? null : asOf(approvalOf(row), clockOf(row))
  }

  getMany(ids: readonly string[]): Promise<ApprovalSummary[]> {
    return manyApprovals(this.db, this.tenant, acceptIds(ids))
  }

  watch(heard: (id: string) => void): Promise<() => Promise<void>> {
    return watchApprovals(this.db, this.tenant, acceptListener(heard))
  }

  async list(query?: ApprovalQuery, page?: PageRequest): Promise<Page<ApprovalSummary>> {
    const [filters, at] = acceptList('approvals', [0, ''] as const, () => acceptApprovalQuery(query), page)
    const after = pageDown([{ field: 'requestedAt', time: true }, { field: '_id.id' }], at)
    const rows = await this.db.retry(() =>
      this.read([
        { $match: allOf(approvalsThat(this.tenant, filters), after.filter) },
        { $sort: after.sort },
        { $limit: after.limit },
        CLOCK,
        { $project: SUMMARY_FIELDS },
      ]),
    )
    await this.db.present('approvals', rows)
    const key = (approval: ApprovalSummary) => [toMicroseconds(approval.requestedAt), approval.id]
    return pageOf('approvals', rows.map(approvalSummary), at.limit, key)
  }

  async count(query?: ApprovalQuery): Promise<number> {
    const filters = acceptApprovalQuery(query)
    const [row] = await this.db.retry(() =>
      this.read([{ $match: approvalsThat(this.tenant, filters) }, { $count: 'count' }]),
    )
    return this.db.present('approvals', (row?.count as number | undefined) ?? 0)
  }

  async queue(): Promise<ApprovalQueue> {
    const waiting = approvalsThat(this.tenant, { type: 'required', status: 'pending' })
    const rows = await this.db.retry(() => this.read([{ $match: waiting }, BY_TOOL]))
    await this.db.present('approvals', rows)
    return queueOf(rows.map(toolQueueOf))
  }

  async events(id: string, page?: PageRequest): Promise<Page<ApprovalEvent>> {
    const [approvalId, { limit, after }] = acceptList(
      'approval events',
      [0] as const,
      () => checkId('approval', id),
      page,
    )
    const events = await eventsAfter(this.db, this.key(approvalId), after?.[0] ?? 0)
    return pageOf('approval events', events, limit, (event) => [event.seq])
  }

  /**
   * Takes one step with an approval: reads it, with the database's clock, and writes what it becomes only if nobody else
   * did meanwhile and, for a pending one, if it has not expired by that clock when the command runs.
   */
  private async step<T>(
    approvalId: string,
    take: (approval: Approval, now: Timestamp) => { step: Step | undefined; result: (after: Approval) => T },
  ): Promise<T> {
    const eventId = newId()
    let sent: T | undefined
    return this.db.retry(async () => {
      const row = await this.row(approvalId)
      if (row === undefined) throw new StoreError('not_found', 'there is no such approval; request it first')
      await refuseLeaving(this.db, row)
      // This step came through before, and only its answer was lost.
      if (sent !== undefined && eventsOf(row).some((event) => event.id === eventId)) return sent
      const before = approvalOf(row)
      const now = clockOf(row)
      const { step, result } = take(before, now)
      if (step === undefined) return result(asOf(before, now))
      sent = result(step.approval)
      await this.write(before, step, eventId)
      if (before.status === 'pending' && step.approval.status !== 'pending')
        this.db.watchers.tell(this.tenant, approvalId)
      return sent
    })
  }

  private async write(before: Approval, { approval, event }: Step, eventId: string): Promise<void> {
    const expires = event.by === EXPIRY_ACTOR
    const inTime = before.status === 'pending' && !expires ? OPEN : {}
    const filter = allOf(unmoved(this.tenant, before), inTime)
    const update = stepUpdate(before, approval, { ...event, id: eventId, seq: approval.version })
    const written = await this.db.collection('approvals').findOneAndUpdate(filter, update, { projection: { _id: 1 } })
    if (written === null) throw new Moved()
  }

  private async requestedBefore(wanted: Approval): Promise<Approval> {
    const { id, runId, toolCallId, stepId = null } = wanted
    // Equal to null is what is absent, too.
    const call = { '_id.tenant': this.tenant, runId, toolCallId, stepId }
    const isCall = runId !== undefined && toolCallId !== undefined
    const [sameCall] = isCall ? await this.read([{ $match: call }, CLOCK]) : []
    const row = sameCall ?? (await this.row(id))
    if (row === undefined) throw quorumTooLate(wanted) ?? new Moved()
    await refuseLeaving(this.db, row)
    return sameRequest(wanted, asOf(approvalOf(row), clockOf(row)))
  }

  private key(id: string): Key {
    return { tenant: this.tenant, id }
  }

  private read(pipeline: Document[]): Promise<Row[]> {
    return this.db.aggregate('approvals', pipeline)
  }

  private async row(id: string): Promise<Row | undefined> {
    return (await this.read([{ $match: { _id: this.key(id) } }, CLOCK]))[0]
  }
}
