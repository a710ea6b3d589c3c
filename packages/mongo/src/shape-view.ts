import { canonicalJson, type Json, MAX_TIMESTAMP, type Shape, type ShapeColumn, StoreError } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key } from './database.js'
import { withLease } from './lease.js'
import { dropCollection } from './schema.js'

/** What every entry has, and every view shows beside the columns of its shape. */
const COMMON: Readonly<Record<string, string>> = {
  tenant: '$_id.tenant',
  stream: '$stream',
  seq: '$seq',
  id: '$_id.id',
  time: '$time',
  actor: '$actor',
  action: '$action',
  target: '$target',
  outcome: '$outcome',
  reason: '$reason',
}

/**
 * Creates the view `<prefix>shape_<name>`, or replaces it when its columns changed. Names of shapes and columns are
 * letters, digits and underscores, which `acceptShape` saw to: they are paths here.
 * @throws StoreError `conflict` when another tenant uses the view with other columns.
 */
export async function defineView(db: Database, tenant: string, shape: Shape): Promise<void> {
  const { name } = shape
  const _id = { name, tenant }
  const columns = canonicalJson(shape.columns as Json)
  if ((await db.retry(() => usesOf(db, { _id }))).get(tenant) === columns) return
  await withLease(db, 'migrations', async () => {
    const uses = await usesOf(db, { '_id.name': name })
    if (uses.get(tenant) === columns) return
    if ([...uses].some(([user, used]) => user !== tenant && used !== columns))
      throw new StoreError('conflict', `another tenant uses the shape ${name} with other columns; rename yours`)
    // The view comes first: a document without its view would never be made good. Those who use a shape have one view of it.
    if (![...uses.values()].includes(columns)) await replaceView(db, shape)
    await db.collection('audit_shapes').updateOne({ _id }, { $set: { columns } }, { upsert: true })
  })
}

async function replaceView(db: Database, shape: Shape): Promise<void> {
  const view = viewOf(shape.name)
  await dropCollection(db, { name: view })
  await db.db.createCollection(db.name(view), { viewOn: db.name('audit'), pipeline: pipelineOf(shape) })
}

/** The views of all shapes, for whoever drops the collection they show. */
export async function dropViews(db: Database): Promise<void> {
  const shapes = await db.find('audit_shapes', {})
  const names = new Set(shapes.map(({ _id }) => (_id as Key).name!))
  for (const name of names) await dropCollection(db, { name: viewOf(name) })
}

/** With what columns a shape is used, by tenant: of all tenants, or of one. */
async function usesOf(db: Database, those: Document): Promise<ReadonlyMap<string, string>> {
  const rows = await db.find('audit_shapes', those)
  return new Map(rows.map(({ _id, columns }) => [(_id as Key).tenant, columns as string]))
}

function pipelineOf({ name, columns }: Shape): Document[] {
  const typed = Object.entries(columns).map(([property, type]) => [
    nameOf(property),
    columnOf(`$data.${property}`, type),
  ])
  return [{ $match: { shape: name } }, { $project: { _id: 0, ...COMMON, ...Object.fromEntries(typed) } }]
}

/** What does not fit the type of its column is null in it. */
function columnOf(path: string, type: ShapeColumn): Document | string {
  const within = (least: number, most: number) => [{ $gte: [path, least] }, { $lte: [path, most] }]
  const number = { $isNumber: path }
  switch (type) {
    case 'json':
      return path
    case 'text':
      return { $convert: { input: path, to: 'string', onError: null, onNull: null } }
    case 'boolean':
      return when([{ $eq: [{ $type: path }, 'bool'] }], path)
    case 'timestamp':
      return when([number, ...within(0, MAX_TIMESTAMP)], { $toDate: { $toLong: path } })
    case 'integer': {
      const whole = { $eq: [path, { $trunc: path }] }
      return when([number, ...within(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), whole], { $toLong: path })
    }
    default:
      return when([number], { $toDouble: path })
  }
}

/** One condition within the other: each is looked at only where those before hold. */
function when(conditions: readonly Document[], value: Document | string): Document {
  return conditions.reduceRight<Document>(
    (inner, condition) => ({ $cond: [condition, inner, null] }),
    value as Document,
  )
}

/** A property that bears the name of a common column stands under `<name>_of_data`. */
function nameOf(property: string): string {
  return Object.hasOwn(COMMON, property) ? `${property}_of_data` : property
}

function viewOf(shape: string): string {
  return `shape_${shape}`
}
