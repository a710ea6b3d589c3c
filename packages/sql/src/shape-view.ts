import { canonicalJson, type Json, type Shape, StoreError } from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { migrating } from './lease.js'
import { columnOf } from './rows/codec.js'

/** What every entry has, and every view shows beside the columns of its shape. */
const COMMON = ['tenant', 'stream', 'seq', 'id', 'time', 'actor', 'action', 'target', 'outcome', 'reason']

/**
 * Creates the view `<prefix>shape_<name>`, or replaces it when its columns changed. Names of shapes and columns are
 * letters, digits and underscores, which `acceptShape` saw to: DDL takes no bound values.
 * @throws StoreError `conflict` when another tenant uses the view with other columns.
 */
export async function defineView(db: Database, tenant: string, shape: Shape): Promise<void> {
  if (!db.dialect.capabilities.auditViews) return
  const { name } = shape
  const columns = canonicalJson(shape.columns as Json)
  if ((await db.read((knex) => usesOf(db, knex, { name, tenant }))).get(tenant) === columns) return
  await migrating(db, 'audit', async (trx) => {
    const uses = await usesOf(db, trx, { name })
    if (uses.get(tenant) === columns) return
    if ([...uses].some(([user, used]) => user !== tenant && used !== columns))
      throw new StoreError('conflict', `another tenant uses the shape ${name} with other columns; rename yours`)
    // The view comes first: a row without its view would never be made good. Those who use a shape have one view of it.
    if (![...uses.values()].includes(columns))
      for (const statement of viewStatements(db, shape)) await trx.raw(statement)
    await db.overwrite(trx, 'audit_shapes', ['name', 'tenant'], [{ name, tenant, columns }])
  })
}

/** With what columns a shape is used, by tenant: of all tenants, or of one. */
async function usesOf(
  db: Database,
  knex: Knex,
  those: { name: string; tenant?: string },
): Promise<ReadonlyMap<string, string>> {
  const rows: Row[] = await knex(db.table('audit_shapes')).where(those).select('tenant', 'columns')
  return new Map(rows.map((row) => [row.tenant as string, canonicalJson(db.dialect.fromJson(row.columns))]))
}

/** The views of all shapes, for whoever drops the table they show. */
export async function dropViews(db: Database, trx: Knex): Promise<void> {
  const shapes: Row[] = await trx(db.table('audit_shapes')).distinct('name')
  for (const { name } of shapes) await trx.raw(`drop view if exists ${db.dialect.quote(viewOf(db, name as string))}`)
}

function viewStatements(db: Database, shape: Shape): string[] {
  const { dialect } = db
  const typed = Object.entries(shape.columns).map(
    ([property, type]) => `${dialect.property('data', property, type)} as ${dialect.quote(columnOfView(property))}`,
  )
  const columns = [...COMMON.map(dialect.quote), ...typed].join(', ')
  const select = `select ${columns} from ${dialect.quote(db.table('audit'))} where shape = '${shape.name}'`
  return dialect.replaceView(viewOf(db, shape.name), select)
}

function viewOf(db: Database, shape: string): string {
  return db.table(`shape_${shape}`)
}

/** A property that bears the name of a common column stands under `<name>_of_data`. */
function columnOfView(property: string): string {
  const column = columnOf(property)
  return COMMON.includes(column) ? `${column}_of_data` : column
}
