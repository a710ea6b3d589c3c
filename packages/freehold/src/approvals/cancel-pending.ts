import { type ApprovalQuery, Fields, StoreError, type TenantStorage } from '@freehold/contract'

/** Which approvals: of a run, a session, a call. */
export type CancelQuery = Pick<ApprovalQuery, 'runId' | 'sessionId' | 'toolCallId' | 'agentId'>

const NAMES = ['runId', 'sessionId', 'toolCallId', 'agentId'] as const

/**
 * Withdraws what still waits for a decision, as when a run ends: nobody need look at it any more. What was decided meanwhile stays.
 * @returns how many were withdrawn
 * @throws StoreError `invalid` when the query names nothing, what the store throws; what was withdrawn before stays so
 */
export async function cancelPending(
  { approvals }: TenantStorage,
  query: CancelQuery,
  { by, reason }: { by: string; reason?: string },
): Promise<number> {
  const fields = new Fields('cancel query', query, NAMES)
  const wanted = Object.fromEntries(NAMES.flatMap((name) => (fields.has(name) ? [[name, fields.id(name)]] : [])))
  if (Object.keys(wanted).length === 0)
    fields.problem('runId', 'is missing; name the run, or a session, a call or an agent')
  fields.done()
  let cancelled = 0
  for (;;) {
    const { items } = await approvals.list({ ...wanted, status: 'pending' }, { limit: 100 })
    if (items.length === 0) return cancelled
    for (const { id } of items) {
      try {
        await approvals.cancel(id, by, reason)
        cancelled += 1
      } catch (error) {
        if (!StoreError.is(error, 'conflict')) throw error
      }
    }
  }
}
