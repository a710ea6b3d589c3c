import {
  COMMON_COLUMNS,
  canonicalJson,
  type Json,
  newId,
  recordedView,
  type Shape,
  type ShapeUse,
  type ShapeUses,
  StoreError,
  shareShape,
  viewColumnsOf,
  viewNameOf,
  viewRecordOf,
} from '@freehold/contract'
import type { Knex } from 'knex'
import type { Database } from './database.js'
import type { Row } from './dialects/dialect.js'
import { failureOf, toStoreError } from './errors.js'
import { migrating } from './lease.js'

const USE = ['tenant', 'columns', 'defining']

/**
 * Creates the view `<prefix>audit_<name>`, or replaces it when its columns changed. Names of shapes and columns are
 * letters, digits and underscores, which `acceptShape` saw to: DDL takes no bound values.
 * @throws StoreError `conflict` when another tenant uses the view with other columns; `unsupported` when it is not there
 * and this user may not make it
 */
export async function defineView(db: Database, tenant: string, shape: Shape): Promise<void> {
  if (!db.dialect.capabilities.auditViews) return
  const columns = canonicalJson(shape.columns as Json)
  await shareShape(usesOf(db, shape), shape.name, { tenant, columns })
}

/** The views of all shapes, for whoever drops the table they show. Without the table of shapes they went before it. */
export async function dropViews(db: Database, trx: Knex): Promise<void> {
  if (!(await db.has(trx, 'audit_shapes'))) return
  const shapes: Row[] = await trx(db.table('audit_shapes')).distinct('name')
  // Whoever defines one after this stopped half-way makes its view: it is not there, though its columns are known.
  await trx(db.table('audit_shapes')).update({ defining: newId() })
  const views = shapes.map(({ name }) => db.dialect.quote(db.table(recordedView(name as string))))
  await db.change(
    trx,
    views.map((view) => `drop view if exists ${view}`),
  )
}

/** The uses of a shape, each call in a transaction of its own unless there is one around all. */
function usesOf(db: Database, shape: Shape, trx?: Knex): ShapeUses {
  const read = <T>(work: (knex: Knex) => PromiseLike<T>) => (trx === undefined ? db.read(work) : work(trx))
  const write = <T>(work: (trx: Knex) => Promise<T>) => (trx === undefined ? db.transaction(work) : work(trx))
  const rows = (knex: Knex) => knex(db.table('audit_shapes')).where({ name: viewRecordOf(shape.name) })
  const put = (knex: Knex, use: ShapeUse) => db.overwrite(knex, 'audit_shapes', ['name', 'tenant'], [rowOf(shape, use)])
  return {
    async of(tenant) {
      const found = await read<Row | undefined>((knex) =>
        rows(knex)
          .where({ tenant })
          .first(...USE),
      )
      return found === undefined ? undefined : useOf(db, found)
    },
    async all() {
      const found = await read<Row[]>((knex) => rows(knex).select(USE))
      return found.map((row) => useOf(db, row))
    },
    put: (use) => write((knex) => put(knex, use)),
    settle: (tenant, defining) =>
      write(async (knex) => (await rows(knex).where({ tenant, defining }).update({ defining: null })) > 0),
    restore: (tenant, defining, before) =>
      write(async (knex) => {
        if ((await rows(knex).where({ tenant, defining }).delete()) > 0 && before !== undefined) await put(knex, before)
      }),
    dropOthers: (mark) =>
      write(async (knex) => rows(knex).whereNotNull('defining').andWhereNot({ defining: mark }).delete()),
    async makeView() {
      const make = (knex: Knex) => db.change(knex, viewStatements(db, shape))
      await (trx === undefined ? db.read(make) : make(trx)).catch(refusedAs(db, shape))
    },
    alone: (work) => migrating(db, 'audit', (knex) => work(usesOf(db, shape, knex))).catch(refusedAs(db, shape)),
  }
}

function rowOf({ name }: Shape, { tenant, columns, defining }: ShapeUse): Row {
  return { name: viewRecordOf(name), tenant, columns, defining: defining ?? null }
}

function useOf(db: Database, { tenant, columns, defining }: Row): ShapeUse {
  const use = { tenant: tenant as string, columns: canonicalJson(db.dialect.fromJson(columns)) }
  return defining === null ? use : { ...use, defining: defining as string }
}

/** Only who owns the tables may make a view of them, and then everybody may use it who may write rows. */
function refusedAs(db: Database, { name }: Shape): (error: unknown) => never {
  return (error) => {
    if (StoreError.is(error) || !failureOf(db.dialect, error).refused) throw error
    throw new StoreError(
      'unsupported',
      `the view of the shape ${name} is to be made, and this user may not; define the shape once as the user who migrates`,
      { cause: toStoreError(db.dialect, error).cause },
    )
  }
}

function viewStatements(db: Database, shape: Shape): string[] {
  const { dialect } = db
  const typed = viewColumnsOf(shape.columns).map(
    ({ property, name, type }) => `${dialect.property('data', property, type)} as ${dialect.quote(name)}`,
  )
  const columns = [...COMMON_COLUMNS.map(dialect.quote), ...typed].join(', ')
  const select = `select ${columns} from ${dialect.quote(db.table('audit'))} where shape = '${shape.name}'`
  return dialect.replaceView(db.table(viewNameOf(shape.name)), select)
}
