import { asOf, refusePending, refuseUntold } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { rowByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { whereThese } from './relay-handing-out.js'
import { APPROVAL_COLUMNS, approvalOf } from './rows/approvals.js'
import { type Consumer, consumers, type Relayed } from './rows/relay.js'

/** Removes an approval, its events, and what is kept of it for consumers, in one transaction. False when there is none. */
export async function removeApproval(db: Database, tenant: string, id: string): Promise<boolean> {
  const { dialect } = db
  return db.transaction(async (trx) => {
    const by = { table: db.table('approvals'), key: { tenant, id } }
    const row = await rowByKey(trx, dialect, [...APPROVAL_COLUMNS, 'settled', `${dialect.now} as clock`], by, 'lock')
    if (row === undefined) return false
    const approval = approvalOf(dialect, row)
    refusePending(asOf(approval, db.clockOf(row)))
    const known: Row[] = await trx(db.table('approval_consumers')).select(consumers.columns)
    const told = { tenant, approval_id: id }
    if (known.length > 0) {
      const those = known.map((one) => consumers.fromRow(dialect, one))
      const { status, version } = approval
      const settled = row.settled === null ? undefined : dialect.fromInteger(row.settled)
      const waiting = await waitingFor(db, trx, those, told)
      const behind = those.filter(({ walkedTenant }) => walkedTenant !== undefined).length
      refuseUntold({ consumers: those.length, behind, status, version, settled, waiting })
      for (const table of ['approval_relays', 'approval_dead'])
        await trx(db.table(table)).whereIn('consumer', idsOf(those)).where(told).delete()
    }
    await trx(db.table('approval_events')).where(told).delete()
    await trx(db.table('approvals')).where({ tenant, id }).delete()
    return true
  })
}

/**
 * Forgets of these what is of approvals that were removed: who handed them out at the same time may have left it. Resolves to
 * how many those were.
 */
export async function forgetRemoved(db: Database, consumer: Consumer, due: readonly Relayed[]): Promise<number> {
  const [mine, approvals] = [db.table('approval_relays'), db.table('approvals')]
  const keys = due.map(({ tenant, approvalId: id }) => ({ tenant, id }))
  return db.transaction(async (trx) =>
    whereThese(trx(mine).where({ consumer: consumer.id }), 'approval_id', keys)
      .whereNotExists((there) =>
        there
          .select('id')
          .from(approvals)
          .whereRaw('?? = ??', [`${approvals}.tenant`, `${mine}.tenant`])
          .whereRaw('?? = ??', [`${approvals}.id`, `${mine}.approval_id`]),
      )
      .delete(),
  )
}

async function waitingFor(db: Database, trx: Knex, known: readonly Consumer[], told: Row): Promise<number> {
  const rows: Row[] = await trx(db.table('approval_relays'))
    .select('consumer')
    .whereIn('consumer', idsOf(known))
    .where(told)
    .whereNotNull('next_at')
  return rows.length
}

function idsOf(known: readonly Consumer[]): string[] {
  return known.map(({ id }) => id)
}
