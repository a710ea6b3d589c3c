import { isDeepStrictEqual } from 'node:util'
import { type Domain, StoreError } from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Database, Row } from './database.js'
import { unlessForbidden } from './errors.js'
import { MIGRATIONS } from './migrations/index.js'
import { type CollectionSpec, history, type Index, LEASES, optionsOf } from './schema.js'

/** The oldest that has all commands, by its first number. */
const OLDEST = 7
/** How long a majority may take to confirm what was written, in milliseconds. */
const CONFIRMED = 5_000

/**
 * Looks at what the laws rest on and a server decides: that it can be written to, is not too old, and has plain collections in
 * our places, if there are any yet.
 * @throws StoreError `unsupported` or `unavailable`, with the remedy
 */
export async function checkServer(db: Database, domains: readonly Domain[]): Promise<void> {
  const hello = await db.send(() => db.db.command({ hello: 1 }))
  if (hello.isWritablePrimary !== true || hello.readOnly === true) throw notWritable(hello)
  await Promise.all([checkVersion(db), checkCollections(db, domains), checkMajority(db)])
}

function notWritable({ readOnly }: Document): StoreError {
  const remedy = readOnly
    ? 'the server is read-only; start it so that it can be written to'
    : 'the server is a secondary, or was not made a primary yet; leave directConnection out, or write the host of the primary'
  return new StoreError('unavailable', `MongoDB: ${remedy}`, { retryable: false })
}

async function checkVersion(db: Database): Promise<void> {
  const { versionArray, version } = await db.send(() => db.db.command({ buildInfo: 1 }))
  if (Number(versionArray?.[0]) >= OLDEST) return
  const told = /^[\d.]+/.exec(String(version))?.[0] ?? 'unknown'
  throw new StoreError('unsupported', `the server is MongoDB ${told}; upgrade it to ${OLDEST}.0 or later`)
}

/** Somebody else may have made collections in our names, before us or with a plan of ours. */
async function checkCollections(db: Database, domains: readonly Domain[]): Promise<void> {
  const specs = domains.flatMap((domain) => [history(domain), ...MIGRATIONS[domain].flatMap((one) => one.collections)])
  for (const { name, type, options } of (await listed(db, [LEASES, ...specs])) ?? []) {
    const odd = oddityOf(type, options ?? {})
    if (odd === undefined) continue
    const remedy = 'rename it, copy what it has of ours into a plain collection of its name, and migrate'
    throw new StoreError('unsupported', `${name} ${odd}; ${remedy}; or use another prefix`)
  }
}

/** Those of the collections that are there; undefined for a user who may not ask. */
function listed(db: Database, specs: readonly CollectionSpec[]): Promise<Document[] | undefined> {
  const name = { $in: specs.map((spec) => db.name(spec.name)) }
  return unlessForbidden(() => db.send(() => db.db.listCollections({ name }, { batchSize: 1000 }).toArray()))
}

/** Which of the collections that were made are gone, and which lack indexes: with these alone. */
export interface Lack {
  gone: CollectionSpec[]
  bare: CollectionSpec[]
}

/** Looks at what migrations made. A user who may not ask is told of nothing. */
export async function lackOf(db: Database, made: readonly CollectionSpec[]): Promise<Lack> {
  const found = made.length === 0 ? undefined : await listed(db, made)
  if (found === undefined) return { gone: [], bare: [] }
  const isThere = (spec: CollectionSpec) => found.some(({ name }) => name === db.name(spec.name))
  const bare = await Promise.all(made.filter(isThere).map((spec) => withLack(db, spec)))
  return { gone: made.filter((spec) => !isThere(spec)), bare: bare.filter(({ indexes }) => indexes.length > 0) }
}

async function withLack(db: Database, spec: CollectionSpec) {
  const wanted = spec.indexes ?? []
  const found = wanted.length === 0 ? [] : await unlessForbidden(() => db.collection(spec.name).indexes())
  return { ...spec, indexes: found === undefined ? [] : wanted.filter((index) => !found.some(servesAs(index))) }
}

/** Whatever its name and its directions are. A unique one must be so of the same documents. */
function servesAs(index: Index): (found: Document) => boolean {
  const { unique, partialFilterExpression } = optionsOf(index)
  return ({ key, collation, sparse = false, ...found }) => {
    if (Object.keys(key).join() !== index.fields.join() || sparse || (collation?.locale ?? 'simple') !== 'simple')
      return false
    const isOfSame = isDeepStrictEqual(found.partialFilterExpression, partialFilterExpression)
    return unique ? found.unique === true && isOfSame : isOfSame || found.partialFilterExpression === undefined
  }
}

function oddityOf(type: unknown, { collation, capped, timeseries }: Document): string | undefined {
  if (type === 'view') return 'is a view'
  if (type === 'timeseries' || timeseries !== undefined) return 'is a collection of time series'
  if (capped) return 'is capped, so that old documents would go by themselves'
  if (collation !== undefined && collation.locale !== 'simple')
    return 'has a collation, by which ids that differ would be one'
  return undefined
}

/**
 * Asks, without a trace, whether a majority still confirms: for a write that finds nothing, MongoDB waits until a majority has
 * the last of what was written before. One that was lost after it had that is noticed by the next write.
 */
async function checkMajority(db: Database): Promise<void> {
  const writeConcern = { w: 'majority', journal: true, wtimeoutMS: CONFIRMED } as const
  const leases = () => db.db.collection<Row>(db.name(LEASES.name))
  await unlessForbidden(() =>
    db.send(() => leases().updateOne({ _id: 'none' }, { $set: { holder: '' } }, { writeConcern })),
  )
}
