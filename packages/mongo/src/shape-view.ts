import {
  AS_TEXT,
  type COMMON_COLUMNS,
  canonicalJson,
  type Json,
  MAX_TIMESTAMP,
  recordedView,
  restColumnOf,
  type Shape,
  type ShapeColumn,
  type ShapeUse,
  type ShapeUses,
  StoreError,
  shareShape,
  viewColumnsOf,
  viewNameOf,
  viewRecordOf,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Key, Row } from './database.js'
import { isForbidden, toStoreError, unlessForbidden } from './errors.js'
import { withLease } from './lease.js'
import { dropCollection, NAMESPACE_EXISTS } from './schema.js'

const COMMON: Readonly<Record<(typeof COMMON_COLUMNS)[number], string | Document>> = {
  tenant: '$_id.tenant',
  stream: '$stream',
  seq: '$seq',
  id: '$_id.id',
  time: '$time',
  actor: '$actor',
  action: '$action',
  target: orNull('$target'),
  outcome: orNull('$outcome'),
  reason: orNull('$reason'),
}

/**
 * Creates the view `<prefix>audit_<name>`, or replaces it when its columns changed. Names of shapes and columns are
 * letters, digits and underscores, which `acceptShape` saw to: they are paths here.
 * @throws StoreError `conflict` when another tenant uses the view with other columns; `unsupported` when it is not there
 * and this user may not make it
 */
export async function defineView(db: Database, tenant: string, shape: Shape): Promise<void> {
  const columns = canonicalJson(shape.columns as Json)
  await shareShape(usesOf(db, shape), shape.name, { tenant, columns })
}

/** The views of all shapes, for whoever drops the collection they show. */
export async function dropViews(db: Database): Promise<void> {
  const shapes = await db.find('audit_shapes', {})
  const names = new Set(shapes.map(({ _id }) => (_id as Key).name!))
  for (const name of names) await dropCollection(db, { name: recordedView(name) })
}

function usesOf(db: Database, shape: Shape): ShapeUses {
  const name = viewRecordOf(shape.name)
  const shapes = () => db.collection('audit_shapes')
  const keyOf = (tenant: string): Row['_id'] => ({ name, tenant })
  const put = ({ tenant, columns, defining }: ShapeUse) =>
    db.retry(() => {
      const mark = defining === undefined ? { $unset: { defining: '' } } : {}
      const set = defining === undefined ? { columns } : { columns, defining }
      return shapes().updateOne({ _id: keyOf(tenant) }, { $set: set, ...mark }, { upsert: true })
    })
  return {
    async of(tenant) {
      const found = await db.retry(() => shapes().findOne({ _id: keyOf(tenant) }))
      return found === null ? undefined : useOf(found)
    },
    all: async () => (await db.retry(() => db.find('audit_shapes', { '_id.name': name }))).map(useOf),
    put,
    settle: async (tenant, defining) => {
      const update = () => shapes().updateOne({ _id: keyOf(tenant), defining }, { $unset: { defining: '' } })
      return (await db.retry(update)).matchedCount > 0
    },
    async restore(tenant, defining, before) {
      const { deletedCount } = await db.retry(() => shapes().deleteOne({ _id: keyOf(tenant), defining }))
      if (deletedCount > 0 && before !== undefined) await put(before)
    },
    dropOthers: (mark) =>
      db.retry(() => shapes().deleteMany({ '_id.name': name, defining: { $exists: true, $ne: mark } })),
    makeView: () => db.retry(() => makeView(db, shape)).catch(refusedAs(shape)),
    alone: (work) => withLease(db, 'migrations', () => work(usesOf(db, shape))).catch(refusedAs(shape)),
  }
}

function useOf({ _id, columns, defining }: Row): ShapeUse {
  const use = { tenant: (_id as Key).tenant, columns: columns as string }
  return defining === undefined ? use : { ...use, defining: defining as string }
}

/** A view that is there gets its new columns in one step: nobody finds it missing. */
async function makeView(db: Database, shape: Shape): Promise<void> {
  const view = db.name(viewNameOf(shape.name))
  const options = { viewOn: db.name('audit'), pipeline: pipelineOf(shape) }
  try {
    await db.send(() => db.db.createCollection(view, options))
  } catch (error) {
    if ((error as { code?: unknown }).code !== NAMESPACE_EXISTS) throw error
    await requireView(db, view)
    await db.send(() => db.db.command({ collMod: view, ...options }))
  }
}

/** Who may not ask hears of it from what comes next. */
async function requireView(db: Database, view: string): Promise<void> {
  const found = await unlessForbidden(() => db.send(() => db.db.listCollections({ name: view }).toArray()))
  if (found?.every(({ type }) => type === 'view') ?? true) return
  const message = `${view} is there already, and is no view; rename it, or give another prefix`
  throw new StoreError('unsupported', message)
}

function refusedAs({ name }: Shape): (error: unknown) => never {
  return (error) => {
    if (!isForbidden(error)) throw error
    throw new StoreError(
      'unsupported',
      `the view of the shape ${name} is to be made, and this user may not; define the shape once as the user who migrates`,
      { cause: toStoreError(error).cause, retryable: false },
    )
  }
}

function pipelineOf({ name, columns }: Shape): Document[] {
  const typed = viewColumnsOf(columns).flatMap(({ property, name, type }) => {
    const path = `$data.${property}`
    const column: [string, Document] = [name, columnOf(path, type)]
    return type === 'timestamp' ? [column, [restColumnOf(name), restOf(path)]] : [column]
  })
  const common = { ...COMMON, [restColumnOf('time')]: '$timeUs' }
  return [{ $match: { shape: name } }, { $project: { _id: 0, ...common, ...Object.fromEntries(typed) } }]
}

/** What does not fit the type of its column is null in it. */
function columnOf(path: string, type: ShapeColumn): Document {
  const number = { $isNumber: path }
  switch (type) {
    case 'json': {
      // A property that could not be stored under keys of its own is shown as its text.
      const text = `${path}.${AS_TEXT}`
      return { $cond: [isOf(text, 'string'), text, orNull(path)] }
    }
    case 'text':
      return when([isOf(path, 'string')], path)
    case 'boolean':
      return when([isOf(path, 'bool')], path)
    case 'timestamp':
      return ofTime(path, (micros) => ({ $toDate: { $toLong: { $floor: { $divide: [micros, 1000] } } } }))
    case 'integer': {
      // Not $trunc, which rounds to 15 digits on DocumentDB.
      const whole = { $eq: [path, { $floor: path }] }
      const within = between(path, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      return when([number, ...within, whole], { $toLong: path })
    }
    default:
      return when([number], { $toDouble: path })
  }
}

/** The microseconds beyond the millisecond, of which a date of the database knows nothing. */
function restOf(path: string): Document {
  return ofTime(path, (micros) => ({ $toInt: { $mod: [micros, 1000] } }))
}

function ofTime(path: string, value: (micros: Document) => Document): Document {
  // As toMicroseconds: times 1000, the whole number would lose bits that its fraction needs.
  const whole = { $floor: path }
  const fraction = { $floor: { $add: [{ $multiply: [{ $subtract: [path, whole] }, 1000] }, 0.5] } }
  const micros = { $add: [{ $multiply: [whole, 1000] }, fraction] }
  return when([{ $isNumber: path }, ...between(path, 0, MAX_TIMESTAMP)], value(micros))
}

/** One condition within the other: each is looked at only where those before hold. */
function when(conditions: readonly Document[], value: Document | string): Document {
  return conditions.reduceRight<Document>(
    (inner, condition) => ({ $cond: [condition, inner, null] }),
    value as Document,
  )
}

function between(path: string, least: number, most: number): Document[] {
  return [{ $gte: [path, least] }, { $lte: [path, most] }]
}

function isOf(path: string, type: string): Document {
  return { $eq: [{ $type: path }, type] }
}

function orNull(path: string): Document {
  return { $ifNull: [path, null] }
}
