import {
  type Domain,
  type ErrorCode,
  RunningSpans,
  retrying,
  StoreError,
  type Timestamp,
  Turns,
  Watchers,
} from '@freehold/contract'
import { type Collection, type Db, type Document, type FindOptions, MongoBulkWriteError } from 'mongodb'
import { halfGone, LEAVING } from './documents/history.js'
import { DUPLICATE_KEY, failureOf } from './errors.js'

/** Longest that one command may take, in milliseconds: none does that ends. */
const LONGEST = 600_000
/** Most documents of one reply. */
const REPLY = 10_000
/** How many commands are under way at once, unless told. */
export const POOL = 10
/** Failures that do not show that the database answers. */
const SILENT: readonly ErrorCode[] = ['timeout', 'unavailable']

/** Thrown when a command of the driver did not end, although all commands are bounded in time. */
export class Overdue extends Error {
  override readonly name = 'Overdue'
}

/** The natural key of a document: the tenant in front, then what names it within. */
export interface Key {
  readonly tenant: string
  readonly [part: string]: string
}

/** A document as it is stored. Few, of no tenant, are named by a text. */
export interface Row extends Document {
  _id: Key | string
}

export interface DatabaseOptions {
  /** How many commands are under way at once. */
  pool?: number | undefined
  /** How long others wait while none of them ends, in milliseconds. */
  patience?: number | undefined
  /** How long one may take, in milliseconds. */
  longest?: number
  /** Runs each command, for a client that is to know of those under way. */
  run?: <T>(command: () => Promise<T>) => Promise<T>
}

/** One pool on one database: names of collections, work that retries, and the commands that stores share. */
export class Database {
  /** Not a plain property: printing a store must not print the password that its pool holds. */
  readonly #db: () => Db
  readonly #running = new RunningSpans()
  /** Who is to hear of approvals that are no longer pending. */
  readonly watchers = new Watchers()
  /** What came last of each key that is being worked on: see `inTurn`. */
  private readonly lastOf = new Map<string, Promise<unknown>>()
  /** Who has a connection of the pool. */
  private readonly pool: Turns
  private readonly longest: number
  readonly #run: NonNullable<DatabaseOptions['run']>

  /** @param db called for every command as it begins, because the client may be replaced */
  constructor(
    db: () => Db,
    readonly prefix: string,
    { pool = POOL, patience, longest = LONGEST, run = (command) => command() }: DatabaseOptions = {},
  ) {
    this.#db = db
    this.#run = run
    this.longest = longest
    const answered = (error: unknown) => !SILENT.includes(failureOf(error).code)
    this.pool = new Turns({ most: pool, stuck: (seconds) => stuck(pool, seconds), answered, patience })
  }

  get db(): Db {
    return this.#db()
  }

  /** What this process wrote of spans that run, by {@link spanName}. */
  get running(): RunningSpans {
    return this.#running
  }

  name(collection: string): string {
    return `${this.prefix}${collection}`
  }

  /** Whose commands each have their turn. */
  collection(name: string): Commands {
    return new Proxy(this.bare(name), {
      get: (target, command) => {
        const member: unknown = Reflect.get(target, command)
        if (typeof member !== 'function') return member
        // Another than the target, where the client was replaced while the command waited for its turn.
        return (...args: unknown[]) =>
          this.send(() => {
            const now = this.bare(name)
            return Reflect.get(now, command).apply(now, args)
          })
      },
    })
  }

  /** Sends a command when its turn has come, and gives it up when it does not end. */
  send<T>(command: () => Promise<T>): Promise<T> {
    return this.pool.do(() => this.#run(() => this.inTime(command)))
  }

  /** Runs `work`, and the whole of it again when another writer was in the way. What it does may be repeated. */
  retry<T>(work: () => Promise<T>): Promise<T> {
    return retrying(work, (error) => failureOf(error).retry)
  }

  /**
   * Works that name the same key run one after another in this process: among processes, compare-and-set decides. Those that
   * wait behind one that found no database hear so with it, and not one after another.
   */
  inTurn<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.lastOf.get(key) ?? Promise.resolve()).then((away) => {
      if (away !== undefined) throw away
      return work()
    })
    const settled = turn
      .then(() => undefined, awayOf)
      .then((away) => {
        if (this.lastOf.get(key) === settled) this.lastOf.delete(key)
        return away
      })
    this.lastOf.set(key, settled)
    return turn
  }

  private async inTime<T>(command: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Overdue()), this.longest)
    })
    try {
      return await Promise.race([command(), overdue])
    } finally {
      clearTimeout(timer)
    }
  }

  /** The documents that match, in as few replies as their size allows. */
  find(collection: string, filter: Document, options: FindOptions = {}): Promise<Row[]> {
    const found = () => this.bare(collection).find(filter, { batchSize: REPLY, ...options })
    return this.send(() => found().toArray())
  }

  aggregate(collection: string, pipeline: Document[]): Promise<Row[]> {
    const found = () => this.bare(collection).aggregate<Row>(pipeline, { batchSize: REPLY })
    return this.send(() => found().toArray())
  }

  /**
   * Inserts documents whose keys are free, and resolves to the places of those whose keys are taken; with `ordered`, only
   * those before the first of which that is so, and whatever fails or ends, the first of all.
   */
  async insertNew(collection: string, rows: readonly Row[], { ordered = false } = {}): Promise<number[]> {
    if (rows.length === 0) return []
    try {
      await this.collection(collection).insertMany([...rows], { ordered })
      return []
    } catch (error) {
      const taken = takenOf(error)
      if (taken === undefined) throw error
      return taken
    }
  }

  /** What time it is by the database's clock. */
  async now(): Promise<Timestamp> {
    const { localTime } = await this.send(() => this.db.command({ hello: 1 }))
    return (localTime as Date).getTime()
  }

  /**
   * Tells an empty answer from a schema that is gone, of which this database tells nothing by itself.
   * @throws StoreError `unsupported` when the domain has no schema here, or half of one
   */
  async present<T>(domain: Domain, found: T): Promise<T> {
    if (!isEmpty(found)) return found
    const applied = await this.collection(`${domain}_migrations`).findOne({})
    if (applied === null)
      throw new StoreError(
        'unsupported',
        `the schema of ${domain} is gone; restore it from a copy, or make it anew, empty, with migrations.up()`,
      )
    if (LEAVING in applied) throw halfGone(domain)
    return found
  }

  private bare(collection: string): Collection<Row> {
    return this.db.collection<Row>(this.name(collection))
  }
}

/** The commands of a collection that tell one thing. */
type Commands = Omit<Collection<Row>, 'find' | 'aggregate'>

function stuck(pool: number, seconds: number): string {
  const all = pool === 1 ? 'the one connection of the pool is' : `all ${pool} connections of the pool are`
  return `${all} busy, and nothing came of it for ${seconds} s; see what they wait for in the database, give it a greater \`pool\`, or try again`
}

/**
 * The places of documents whose keys are taken, if that is all that went wrong. Nothing is known of the documents of an
 * insert that names none: it was cut off, or it failed as a whole.
 */
function takenOf(error: unknown): number[] | undefined {
  if (!(error instanceof MongoBulkWriteError)) return undefined
  const failed = [error.writeErrors].flat()
  const kept = error.result.getWriteConcernError() === undefined
  if (failed.length === 0 || !kept || failed.some(({ code }) => code !== DUPLICATE_KEY)) return undefined
  return failed.map(({ index }) => index)
}

function isEmpty(found: unknown): boolean {
  return (
    found === null ||
    found === undefined ||
    found === false ||
    found === 0 ||
    (Array.isArray(found) && found.length === 0)
  )
}

/** The error, where the driver tells by it that it found no database. */
function awayOf(error: unknown): unknown {
  return !StoreError.is(error) && SILENT.includes(failureOf(error).code) ? error : undefined
}
