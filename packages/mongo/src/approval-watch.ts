import type { ApprovalSummary } from '@freehold/contract'
import type { Database } from './database.js'
import { approvalSummary, CLOCK, SUMMARY_FIELDS } from './documents/approvals.js'

/** What a list shows of these, in the order asked. */
export async function manyApprovals(db: Database, tenant: string, ids: readonly string[]): Promise<ApprovalSummary[]> {
  const _id = { $in: ids.map((id) => ({ tenant, id })) }
  const asked = [{ $match: { _id } }, CLOCK, { $project: SUMMARY_FIELDS }]
  const rows = await db.retry(() => db.aggregate('approvals', asked))
  await db.present('approvals', rows)
  const found = new Map(rows.map(approvalSummary).map((summary) => [summary.id, summary]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** Tells of approvals that this process decides. */
export async function watchApprovals(
  db: Database,
  tenant: string,
  heard: (id: string) => void,
): Promise<() => Promise<void>> {
  const stop = db.watchers.add(tenant, heard)
  return async () => stop()
}
