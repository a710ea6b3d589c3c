import type { Shape } from '@freehold/contract'
import type { Database } from './database.js'
import { columnOf } from './rows/codec.js'

/** What every entry has, and every view shows beside the columns of its shape. */
const COMMON = ['tenant', 'stream', 'seq', 'id', 'time', 'actor', 'action', 'target', 'outcome', 'reason']

/**
 * Creates the view `<prefix>audit_<shape>`, or replaces it. Names of shapes and columns are letters, digits and
 * underscores, which `acceptShape` saw to: DDL takes no bound values.
 */
export async function defineView(db: Database, shape: Shape): Promise<void> {
  if (!db.dialect.capabilities.auditViews) return
  const view = db.table(`audit_${shape.name}`)
  const typed = Object.entries(shape.columns).map(
    ([property, type]) => `${db.dialect.property('data', property, type)} as ${quote(viewColumn(property))}`,
  )
  const columns = [...COMMON.map(quote), ...typed].join(', ')
  await db.transaction(async (trx) => {
    await trx.raw(`drop view if exists ${quote(view)}`)
    await trx.raw(
      `create view ${quote(view)} as select ${columns} from ${quote(db.table('audit'))} where shape = '${shape.name}'`,
    )
  })
}

/** A property that bears the name of a common column stands under `data_<name>`. */
function viewColumn(property: string): string {
  const column = columnOf(property)
  return COMMON.includes(column) ? `data_${column}` : column
}

function quote(name: string): string {
  return `"${name}"`
}
