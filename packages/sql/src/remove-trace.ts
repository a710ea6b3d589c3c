import { OWNERS, partsOf } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import { rowByKey } from './dialects/by-key.js'
import type { Row } from './dialects/dialect.js'
import { MAX_KEYS } from './known-spans.js'
import { columnOf } from './rows/codec.js'

/**
 * Removes a trace in one transaction, whatever its size: its row is locked first, as by those who write spans of it, who come
 * before or after and never between. Resolves to false when there is none.
 */
export async function removeTrace(db: Database, tenant: string, traceId: string): Promise<boolean> {
  const key = { tenant, trace_id: traceId }
  return db.transaction(async (trx) => {
    const by = { table: db.table('traces'), key }
    const row = await rowByKey(trx, db.dialect, ['trace_day'], by, 'lock')
    if (row === undefined) return false
    const all = { ...key, trace_day: row.trace_day }
    await forgetOtherOwners(db, trx, all)
    for (const table of ['texts', 'spans']) await trx(db.table(table)).where(all).delete()
    await trx(db.table('traces')).where(key).delete()
    return true
  })
}

/** By the owners that its spans have: the key of these rows begins with an owner. */
async function forgetOtherOwners(db: Database, trx: Knex, all: Row): Promise<void> {
  const owners = OWNERS.map(columnOf)
  const found: Row[] = await trx(db.table('spans')).distinct(owners).where(all)
  for (const owner of owners) {
    const values = new Set(found.map((row) => row[owner]).filter((value) => value !== null))
    for (const some of partsOf([...values] as string[], () => 1, MAX_KEYS))
      await trx(db.table('other_owners'))
        .where({ ...all, owner })
        .whereIn('value', some)
        .delete()
  }
}
