import {
  type ApprovalQuery,
  type ApprovalSummary,
  type RunSummary,
  type SessionSummary,
  type SpanSummary,
  StoreError,
  type TenantStorage,
  type TraceOutline,
  type TraceSummary,
} from '@freehold/contract'
import type { UserToErase } from './erase-user-options.js'
import { allOf } from './pages.js'
import type { Tally } from './user-erasure.js'

const IN_A_TRACE = 'it is of another user, and this one only takes part in it; erase with shared: remove'
const IN_A_SESSION = 'it is in a session of another user, or of none; erase with shared: remove'
const LEADS_ON = 'something that is found by it is kept for a later call'
const MAY_RUN = 'it was spent within the last hour, and its tool may still run'
const HOUR = 3_600_000

/**
 * Removes the rows of a user: what is found by a session, a run or a trace before that, so that whatever is kept, or interrupts it,
 * is found again. Each step resolves to false where something is kept that a later call may remove.
 */
export class RowEraser {
  constructor(
    private readonly storage: TenantStorage,
    private readonly user: UserToErase,
    private readonly tally: Tally,
    /** Throws when nothing may be removed any more. */
    private readonly check: () => Promise<void>,
  ) {}

  async sessions(): Promise<void> {
    const { userId } = this.user
    const { sessions } = this.storage
    for await (const session of allOf((page) => sessions.list({ userId }, page))) await this.session(session)
    for await (const run of allOf((page) => sessions.runs({ userId }, page))) {
      const session = await sessions.get(run.sessionId)
      if (session === null) continue
      if (session.userId === userId || this.user.shared === 'remove') await this.session(session)
      else if (await this.ofRun(run)) this.tally.keep('runs', run.id, IN_A_SESSION)
      else this.tally.keep('runs', run.id, LEADS_ON, true)
    }
  }

  async traces(): Promise<void> {
    await this.tracesThat({ userId: this.user.userId })
  }

  async approvals(query: ApprovalQuery): Promise<boolean> {
    let isDone = true
    for await (const approval of allOf((page) => this.storage.approvals.list(query, page)))
      if (!(await this.approval(approval))) isDone = false
    return isDone
  }

  private async session({ id, runs: count }: SessionSummary): Promise<void> {
    const { sessions } = this.storage
    let isDone = await this.approvals({ sessionId: id })
    for await (const run of allOf((page) => sessions.runs({ sessionId: id }, page)))
      if (!(await this.ofRun(run))) isDone = false
    if (!(await this.tracesThat({ sessionId: id }))) isDone = false
    await this.check()
    if (!isDone) return this.tally.keep('sessions', id, LEADS_ON, true, ['runs', count])
    if (!(await sessions.remove(id))) return
    this.tally.remove('sessions')
    this.told('runs', count)
  }

  /** What is found by a run. */
  private async ofRun({ id, traceId }: RunSummary): Promise<boolean> {
    const parts = [await this.approvals({ runId: id }), await this.tracesThat({ runId: id })]
    if (traceId !== undefined) parts.push(await this.traceById(traceId))
    return parts.every((isDone) => isDone)
  }

  /** Traces that have this owner, and those of which only a span has it. */
  private async tracesThat(owner: { userId: string } | { sessionId: string } | { runId: string }): Promise<boolean> {
    const { traces } = this.storage
    let isDone = true
    for await (const trace of allOf((page) => traces.find(owner, page))) if (!(await this.trace(trace))) isDone = false
    const seen = new Set<string>()
    for await (const { traceId } of allOf((page) => traces.spans(owner, page))) {
      if (!seen.has(traceId) && !(await this.traceById(traceId))) isDone = false
      seen.add(traceId)
    }
    return isDone
  }

  private async traceById(traceId: string): Promise<boolean> {
    const outline = await this.storage.traces.outline(traceId)
    return outline === null || this.trace(outline.summary, outline)
  }

  private async trace({ traceId, userId, spans }: TraceSummary, known?: TraceOutline): Promise<boolean> {
    const isOfAnother = userId !== undefined && userId !== this.user.userId
    if (isOfAnother && this.user.shared === 'keep') {
      this.tally.keep('traces', traceId, IN_A_TRACE, false, ['spans', spans])
      return true
    }
    const outline = known ?? (await this.storage.traces.outline(traceId))
    if (!(await this.approvalsOf(outline?.spans ?? []))) {
      this.tally.keep('traces', traceId, LEADS_ON, true, ['spans', spans])
      return false
    }
    await this.check()
    const remove = () => this.storage.traces.remove(traceId)
    const removed = await this.unless('timeout', ['traces', traceId, spans], remove)
    if (removed) {
      this.tally.remove('traces')
      this.told('spans', spans)
    }
    return removed !== undefined
  }

  /** Those of the runs and sessions that a trace names, where these are not known as another's. */
  private async approvalsOf(spans: readonly SpanSummary[]): Promise<boolean> {
    const { sessions } = this.storage
    const namedBy = (field: 'runId' | 'sessionId') => new Set(spans.flatMap((span) => span[field] ?? []))
    let isDone = true
    for (const runId of namedBy('runId'))
      if (!this.isOfAnother(await sessions.run(runId)) && !(await this.approvals({ runId }))) isDone = false
    for (const sessionId of namedBy('sessionId'))
      if (!this.isOfAnother(await sessions.get(sessionId)) && !(await this.approvals({ sessionId }))) isDone = false
    return isDone
  }

  private isOfAnother(row: { userId?: string } | null): boolean {
    return row?.userId !== undefined && row.userId !== this.user.userId
  }

  private async approval({ id, status }: ApprovalSummary): Promise<boolean> {
    const { approvals } = this.storage
    const { by, reason } = this.user
    await this.check()
    if (status === 'consumed' && (await this.mayRun(id))) {
      this.tally.keep('approvals', id, MAY_RUN, true)
      return false
    }
    if (status === 'pending')
      await approvals.cancel(id, by, reason).catch((error: unknown) => {
        if (!StoreError.is(error, 'conflict') && !StoreError.is(error, 'not_found')) throw error
      })
    const removed = await this.unless('conflict', ['approvals', id, 0], () => approvals.remove(id))
    if (removed) this.told('approvals', 1)
    return removed !== undefined
  }

  private async mayRun(id: string): Promise<boolean> {
    let spentAt = 0
    for await (const { type, at } of allOf((page) => this.storage.approvals.events(id, page)))
      if (type === 'consumed') spentAt = at
    return spentAt > Date.now() - HOUR
  }

  /** What `remove` resolves to; undefined for a row that is refused with this code, which is kept for the time being. */
  private async unless(
    code: 'conflict' | 'timeout',
    [table, id, spans]: readonly [table: 'approvals' | 'traces', id: string, spans: number],
    remove: () => Promise<boolean>,
  ): Promise<boolean | undefined> {
    try {
      return await remove()
    } catch (error) {
      if (!StoreError.is(error, code)) throw error
      this.tally.keep(table, id, error.message, true, ['spans', spans])
      return undefined
    }
  }

  private told(table: 'approvals' | 'spans' | 'runs', count: number): void {
    this.tally.remove(table, count)
    this.user.onProgress(this.tally.removed)
  }
}
