import { setTimeout as sleep } from 'node:timers/promises'
import { type Domain, StoreError, type Timestamp } from '@freehold/contract'
import type { Collection, Db, Document, FindOptions } from 'mongodb'
import { failureOf } from './errors.js'

/** Longest time that a piece of work is tried anew, in milliseconds. */
const RETRY_FOR = 15_000
/** How often work is tried anew that found a key taken: reading again then tells by whom. */
const RETRIES_WHEN_TAKEN = 5

const DUPLICATE_KEY = 11000
/** Most documents of one reply. */
const REPLY = 10_000

/** Thrown by work whose compare-and-set lost: it is run again on what is there now. */
export class Moved extends Error {}

/** The natural key of a document: the tenant in front, then what names it within. */
export interface Key {
  readonly tenant: string
  readonly [part: string]: string
}

/** A document as it is stored. Few, of no tenant, are named by a text. */
export interface Row extends Document {
  _id: Key | string
}

/** One pool on one database: names of collections, work that retries, and the commands that stores share. */
export class Database {
  /** Not a plain property: printing a store must not print the password that its pool holds. */
  readonly #db: Db
  private readonly turns = new Map<string, Promise<unknown>>()

  constructor(
    db: Db,
    readonly prefix: string,
  ) {
    this.#db = db
  }

  get db(): Db {
    return this.#db
  }

  name(collection: string): string {
    return `${this.prefix}${collection}`
  }

  collection(name: string): Collection<Row> {
    return this.db.collection<Row>(this.name(name))
  }

  /** Runs `work`, and the whole of it again when another writer was in the way. What it does may be repeated. */
  async retry<T>(work: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + RETRY_FOR
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        if (!mayRetry(error, attempt) || Date.now() > deadline) throw giveUp(error)
        await sleep(Math.random() * Math.min(200, 2 ** attempt))
      }
    }
  }

  /** Works that name the same key run one after another in this process: among processes, compare-and-set decides. */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(work)
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.turns.get(key) === settled) this.turns.delete(key)
      })
    this.turns.set(key, settled)
    return turn
  }

  /** The documents that match, in as few replies as their size allows. */
  find(collection: string, filter: Document, options: FindOptions = {}): Promise<Row[]> {
    return this.collection(collection)
      .find(filter, { batchSize: REPLY, ...options })
      .toArray()
  }

  aggregate(collection: string, pipeline: Document[]): Promise<Row[]> {
    return this.collection(collection).aggregate<Row>(pipeline, { batchSize: REPLY }).toArray()
  }

  /** Inserts documents whose keys are free, and resolves to the places of those whose keys are taken. */
  async insertNew(collection: string, rows: readonly Row[]): Promise<number[]> {
    if (rows.length === 0) return []
    try {
      await this.collection(collection).insertMany([...rows], { ordered: false })
      return []
    } catch (error) {
      const failed = writeErrorsOf(error)
      if (failed === undefined || failed.some(({ code }) => code !== DUPLICATE_KEY)) throw error
      return failed.map(({ index }) => index)
    }
  }

  /** What time it is by the database's clock. */
  async now(): Promise<Timestamp> {
    const { localTime } = await this.db.command({ hello: 1 })
    return (localTime as Date).getTime()
  }

  /**
   * Tells an empty answer from a schema that is gone, of which this database tells nothing by itself.
   * @throws StoreError `unsupported` when the domain has no schema here
   */
  async present<T>(domain: Domain, found: T): Promise<T> {
    if (!isEmpty(found)) return found
    if ((await this.collection(`${domain}_migrations`).findOne({})) !== null) return found
    throw new StoreError('unsupported', `the schema of ${domain} is gone; bring it back with migrations.up()`)
  }
}

function mayRetry(error: unknown, attempt: number): boolean {
  if (error instanceof Moved) return true
  const { retry } = failureOf(error)
  return retry === 'again' || (retry === 'taken' && attempt <= RETRIES_WHEN_TAKEN)
}

function giveUp(error: unknown): unknown {
  if (!(error instanceof Moved)) return error
  return new StoreError('timeout', 'other writers kept changing the same document; try again')
}

function writeErrorsOf(error: unknown): { index: number; code: number }[] | undefined {
  const { writeErrors } = error as { writeErrors?: unknown }
  if (writeErrors === undefined) return undefined
  return [writeErrors].flat() as { index: number; code: number }[]
}

function isEmpty(found: unknown): boolean {
  return found === null || found === undefined || found === 0 || (Array.isArray(found) && found.length === 0)
}
