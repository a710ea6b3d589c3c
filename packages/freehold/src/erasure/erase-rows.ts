import {
  type ApprovalQuery,
  type ApprovalSummary,
  type SessionSummary,
  StoreError,
  type TenantStorage,
  type TraceSummary,
} from '@freehold/contract'
import type { UserToErase } from './erase-user-options.js'
import { allOf } from './pages.js'
import type { Tally } from './user-erasure.js'

const OF_ANOTHER = 'it is of another user, and this one only takes part in it; erase with shared: remove'
const WITH_APPROVALS = 'an approval of it is kept, which is found by it'

/** Removes the rows of a user, what is found by a session before the session, so that whatever interrupts it can be gone on with. */
export class RowEraser {
  constructor(
    private readonly storage: TenantStorage,
    private readonly user: UserToErase,
    private readonly tally: Tally,
  ) {}

  async sessions(): Promise<void> {
    const { userId } = this.user
    const { sessions } = this.storage
    for await (const session of allOf((page) => sessions.list({ userId }, page))) await this.session(session)
    for await (const { id, sessionId } of allOf((page) => sessions.runs({ userId }, page))) {
      const session = await sessions.get(sessionId)
      if (session === null) continue
      if (session.userId !== userId && this.user.shared === 'keep') this.tally.keep('runs', id, OF_ANOTHER)
      else await this.session(session)
    }
  }

  async traces(): Promise<void> {
    const { userId } = this.user
    const { traces } = this.storage
    for await (const trace of allOf((page) => traces.find({ userId }, page))) await this.trace(trace)
    for await (const { traceId } of allOf((page) => traces.spans({ userId }, page))) await this.traceById(traceId)
  }

  async approvals(query: ApprovalQuery): Promise<boolean> {
    let isLeft = false
    for await (const approval of allOf((page) => this.storage.approvals.list(query, page)))
      if (!(await this.approval(approval))) isLeft = true
    return !isLeft
  }

  private async session({ id, runs: count }: SessionSummary): Promise<void> {
    const { sessions, traces } = this.storage
    let isFree = await this.approvals({ sessionId: id })
    for await (const run of allOf((page) => sessions.runs({ sessionId: id }, page))) {
      if (!(await this.approvals({ runId: run.id }))) isFree = false
      if (run.traceId !== undefined) await this.traceById(run.traceId)
    }
    for await (const trace of allOf((page) => traces.find({ sessionId: id }, page))) await this.trace(trace)
    this.user.signal?.throwIfAborted()
    if (!isFree) return this.tally.keep('sessions', id, WITH_APPROVALS, true)
    if (!(await sessions.remove(id))) return
    this.tally.remove('sessions')
    this.told('runs', count)
  }

  private async traceById(traceId: string): Promise<void> {
    const outline = await this.storage.traces.outline(traceId)
    if (outline !== null) await this.trace(outline.summary)
  }

  private async trace({ traceId, userId, spans }: TraceSummary): Promise<void> {
    const isOfAnother = userId !== undefined && userId !== this.user.userId
    if (isOfAnother && this.user.shared === 'keep') return this.tally.keep('traces', traceId, OF_ANOTHER)
    this.user.signal?.throwIfAborted()
    const removed = await this.unless('timeout', 'traces', traceId, () => this.storage.traces.remove(traceId))
    if (!removed) return
    this.tally.remove('traces')
    this.told('spans', spans)
  }

  /** False where it is kept. */
  private async approval({ id, status }: ApprovalSummary): Promise<boolean> {
    const { approvals } = this.storage
    const { by, reason, signal } = this.user
    signal?.throwIfAborted()
    if (status === 'pending')
      await approvals.cancel(id, by, reason).catch((error: unknown) => {
        if (!StoreError.is(error, 'conflict') && !StoreError.is(error, 'not_found')) throw error
      })
    const removed = await this.unless('conflict', 'approvals', id, () => approvals.remove(id))
    if (removed) this.told('approvals', 1)
    return removed !== undefined
  }

  /** What `remove` resolves to; a row that is refused with this code is kept, for the time being. */
  private async unless(
    code: 'conflict' | 'timeout',
    table: 'approvals' | 'traces',
    id: string,
    remove: () => Promise<boolean>,
  ): Promise<boolean | undefined> {
    try {
      return await remove()
    } catch (error) {
      if (!StoreError.is(error, code)) throw error
      this.tally.keep(table, id, error.message, true)
      return undefined
    }
  }

  private told(table: 'approvals' | 'spans' | 'runs', count: number): void {
    this.tally.remove(table, count)
    this.user.onProgress(this.tally.removed)
  }
}
