import type { ApprovalSummary } from '@freehold/contract'
import type { Database } from './database.js'
import type { Part } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { approvalSummary, SUMMARY_COLUMNS } from './rows/approvals.js'

/** What a list shows of these, in the order asked. */
export async function manyApprovals(db: Database, tenant: string, ids: readonly string[]): Promise<ApprovalSummary[]> {
  const rows = await db.read<Row[]>((knex) =>
    knex(db.table('approvals'))
      .select([...SUMMARY_COLUMNS, db.clockOfStatement])
      .where({ tenant })
      .whereIn('id', ids),
  )
  const found = new Map(rows.map((row) => [row.id, approvalSummary(db.dialect, row, db.clockOf(row))]))
  return ids.flatMap((id) => found.get(id) ?? [])
}

/** Tells of approvals that this process decides, and of those of others where the database notifies. */
export async function watchApprovals(
  db: Database,
  tenant: string,
  heard: (id: string) => void,
): Promise<() => Promise<void>> {
  const stop = db.watchers.add(tenant, heard)
  await db.listening.start()
  return async () => {
    stop()
    if (db.watchers.isEmpty) await db.listening.stop()
  }
}

/** SQL by which a statement that ends an approval tells other processes when it is committed. */
export function notice(db: Database, tenant: string, id: string): Part | undefined {
  const sql = db.dialect.notifying
  return sql === undefined ? undefined : { sql, values: [db.listening.channel, JSON.stringify([tenant, id])] }
}
