import { type Domain, StoreError } from '@freehold/contract'
import type { Database } from './database.js'
import { DUPLICATE_KEY } from './errors.js'

/** An index as data: fields in their order, all ascending, because an index is read backwards as well. */
export interface Index {
  name: string
  fields: readonly string[]
  unique?: true
  /** Only documents that have all of these fields are in it. */
  having?: readonly string[]
}

/** A collection as data. Its `_id` is a document of the key's fields, in this order. */
export interface CollectionSpec {
  name: string
  key: readonly string[]
  indexes?: readonly Index[]
}

/** One numbered step of a domain's schema. Its content is data, so that its checksum depends on nothing else. */
export interface Migration {
  name: string
  collections: readonly CollectionSpec[]
}

/** Of all domains: who may change the schema. */
export const LEASES: CollectionSpec = { name: 'leases', key: ['name'] }

/** Which migrations of a domain were applied. */
export function history(domain: Domain): CollectionSpec {
  return { name: `${domain}_migrations`, key: ['name'] }
}

const NAMESPACE_NOT_FOUND = 26
/** The server's number for a collection or a view whose name is taken. */
export const NAMESPACE_EXISTS = 48
/** Another index has the name, or is over the same fields. */
const INDEX_CONFLICTS: readonly unknown[] = [85, 86]

/** Every command may be repeated: a migration that was interrupted is run again from its start. */
export async function createCollection(db: Database, collection: CollectionSpec): Promise<void> {
  const { name, indexes = [] } = collection
  await db.send(() => db.db.createCollection(db.name(name))).catch(unless(NAMESPACE_EXISTS))
  if (indexes.length === 0) return
  const made = db.collection(name).createIndexes(indexes.map((index) => ({ key: keyOf(index), ...optionsOf(index) })))
  await made.catch(refusedAs(db.name(name), indexes))
}

/** Somebody else may have made indexes, or written while one of ours was gone. */
function refusedAs(collection: string, indexes: readonly Index[]): (error: { code?: unknown }) => never {
  return (error) => {
    const names = (some: readonly Index[]) => some.map(({ name }) => name).join(', ')
    if (INDEX_CONFLICTS.includes(error.code))
      throw new StoreError(
        'unsupported',
        `${collection} has another index in the place of one of ours (${names(indexes)}); drop it, and migrate`,
      )
    if (error.code === DUPLICATE_KEY)
      throw new StoreError(
        'unsupported',
        `${collection} has documents twice that its unique indexes (${names(indexes.filter(({ unique }) => unique))}) let be there once; remove the ones that are too many, or restore it from a copy, and migrate`,
      )
    throw error
  }
}

/** Of a collection, or of a view. One that is not there is dropped already. */
export async function dropCollection(db: Database, { name }: Pick<CollectionSpec, 'name'>): Promise<void> {
  await db.send(() => db.db.dropCollection(db.name(name))).catch(unless(NAMESPACE_NOT_FOUND))
}

function unless(expected: number): (error: { code?: unknown }) => void {
  return (error) => {
    if (error.code !== expected) throw error
  }
}

/** What {@link createCollection} does, in the words of the database's own shell. */
export function planOf(prefix: string, { name, indexes = [] }: CollectionSpec): string[] {
  return [`db.createCollection(${JSON.stringify(prefix + name)})`, ...planOfIndexes(prefix, { name, indexes })]
}

/** The same of the indexes alone. */
export function planOfIndexes(
  prefix: string,
  { name, indexes = [] }: Pick<CollectionSpec, 'name' | 'indexes'>,
): string[] {
  const collection = JSON.stringify(prefix + name)
  return indexes.map(
    (index) =>
      `db.getCollection(${collection}).createIndex(${JSON.stringify(keyOf(index))}, ${JSON.stringify(optionsOf(index))})`,
  )
}

/** The command by which the history knows a migration that was applied by hand. It may be repeated. */
export function planOfHistory(prefix: string, domain: Domain, name: string, checksum: string): string {
  const applied = `{ $setOnInsert: { checksum: ${JSON.stringify(checksum)}, appliedAt: new Date() } }`
  const collection = JSON.stringify(prefix + history(domain).name)
  return `db.getCollection(${collection}).updateOne({ _id: ${JSON.stringify(name)} }, ${applied}, { upsert: true })`
}

function keyOf({ fields }: Index): Record<string, 1> {
  return Object.fromEntries(fields.map((field) => [field, 1]))
}

/** How it is made. */
export function optionsOf({ name, unique, having }: Index) {
  return {
    name,
    ...(unique ? { unique } : {}),
    ...(having === undefined
      ? {}
      : { partialFilterExpression: Object.fromEntries(having.map((field) => [field, { $exists: true }])) }),
  }
}
