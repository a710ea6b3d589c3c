import { canonicalJson, type Json, type Shape, StoreError } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { columnOf } from './rows/codec.js'

/** What every entry has, and every view shows beside the columns of its shape. */
const COMMON = ['tenant', 'stream', 'seq', 'id', 'time', 'actor', 'action', 'target', 'outcome', 'reason']

/**
 * Creates the view `<prefix>shape_<name>`, or replaces it when its columns changed. Names of shapes and columns are
 * letters, digits and underscores, which `acceptShape` saw to: DDL takes no bound values.
 * @throws StoreError `conflict` when another tenant gave the view other columns.
 */
export async function defineView(db: Database, tenant: string, shape: Shape): Promise<void> {
  if (!db.dialect.capabilities.auditViews) return
  const columns = canonicalJson(shape.columns as Json)
  await db.transaction(async (trx) => {
    const shapes = trx(db.table('audit_shapes'))
    if ((await db.insertNew(trx, 'audit_shapes', [{ name: shape.name, tenant, columns }])) === 0) {
      const stored: Row = await shapes.clone().where({ name: shape.name }).first('tenant', 'columns').forUpdate()
      if (canonicalJson(db.dialect.fromJson(stored.columns)) === columns) return
      if (stored.tenant !== tenant)
        throw new StoreError(
          'conflict',
          `another tenant defined the shape ${shape.name} with other columns; rename yours`,
        )
      await shapes.clone().where({ name: shape.name }).update({ columns })
    }
    await createView(db, trx, shape)
  })
}

/** The views of all shapes, for whoever drops the table they show. */
export async function dropViews(db: Database, trx: Knex): Promise<void> {
  const shapes: Row[] = await trx(db.table('audit_shapes')).select('name')
  for (const { name } of shapes) await trx.raw(`drop view if exists ${quote(viewOf(db, name as string))}`)
}

async function createView(db: Database, trx: Knex, shape: Shape): Promise<void> {
  const view = quote(viewOf(db, shape.name))
  const typed = Object.entries(shape.columns).map(
    ([property, type]) => `${db.dialect.property('data', property, type)} as ${quote(columnOfView(property))}`,
  )
  const columns = [...COMMON.map(quote), ...typed].join(', ')
  await trx.raw(`drop view if exists ${view}`)
  await trx.raw(
    `create view ${view} as select ${columns} from ${quote(db.table('audit'))} where shape = '${shape.name}'`,
  )
}

function viewOf(db: Database, shape: string): string {
  return db.table(`shape_${shape}`)
}

/** A property that bears the name of a common column stands under `<name>_of_data`. */
function columnOfView(property: string): string {
  const column = columnOf(property)
  return COMMON.includes(column) ? `${column}_of_data` : column
}

function quote(name: string): string {
  return `"${name}"`
}
