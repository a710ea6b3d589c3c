import { groupBy, OWNERS, partsOf } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { rowByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { MAX_KEYS } from './known-spans.js'
import { columnOf } from './rows/codec.js'

/** A trace whose row is locked, and the day under which it lies. */
interface LockedTrace {
  id: string
  day: string
}

/**
 * Removes a trace in one transaction, whatever its size: its row is locked first, as by those who write spans of it, who come
 * before or after and never between. Resolves to false when there is none.
 */
export async function removeTrace(db: Database, tenant: string, traceId: string): Promise<boolean> {
  return db.transaction(async (trx) => {
    const by = { table: db.table('traces'), key: { tenant, trace_id: traceId } }
    const row = await rowByKey(trx, db.dialect, ['trace_day'], by, 'lock')
    if (row === undefined) return false
    await removeTraces(db, trx, tenant, [{ id: traceId, day: row.trace_day as string }])
    return true
  })
}

/** Removes traces whose rows are locked, with all that is under their days. */
export async function removeTraces(
  db: Database,
  trx: Knex,
  tenant: string,
  traces: readonly LockedTrace[],
): Promise<void> {
  for (const [trace_day, ofDay] of groupBy(traces, ({ day }) => day)) {
    const those = (table: string, ids: readonly string[]) =>
      trx(db.table(table)).where({ tenant, trace_day }).whereIn('trace_id', ids)
    for (const some of partsOf(ofDay, () => 1, MAX_KEYS)) {
      const ids = some.map(({ id }) => id)
      await forgetOtherOwners((table) => those(table, ids))
      for (const table of ['trace_labels', 'texts', 'spans']) await those(table, ids).delete()
      await trx(db.table('traces')).where({ tenant }).whereIn('trace_id', ids).delete()
    }
  }
}

/** By the owners that their spans have: the key of these rows begins with an owner. */
async function forgetOtherOwners(those: (table: string) => Knex.QueryBuilder): Promise<void> {
  const owners = OWNERS.map(columnOf)
  const found: Row[] = await those('spans').select(owners)
  for (const owner of owners) {
    const values = new Set(found.map((row) => row[owner]).filter((value) => value !== null))
    for (const some of partsOf([...values] as string[], () => 1, MAX_KEYS))
      await those('other_owners').where({ owner }).whereIn('value', some).delete()
  }
}
