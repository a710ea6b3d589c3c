import {
  acceptOptions,
  assemble,
  type BackendOptions,
  type Capabilities,
  type Domain,
  LEAST_CAPABLE,
  type Storage,
  StoreError,
} from '@freehold/contract'
import { type Document, MongoClient, type MongoClientOptions } from 'mongodb'
import { MongoApprovals } from './approvals.js'
import { MongoAudit, type ProcessAudit } from './audit.js'
import { Database } from './database.js'
import { toStoreError } from './errors.js'
import { LiveClient } from './live-client.js'
import { MongoMigrations } from './migrate.js'
import { MongoSessions } from './sessions.js'
import { MongoTraces } from './traces.js'

const CAPABILITIES: Capabilities = { ...LEAST_CAPABLE, sharedBetweenProcesses: true, auditViews: true }

/** What the URL may say otherwise; times in milliseconds. */
const DEFAULTS: MongoClientOptions = {
  appName: 'freehold',
  maxPoolSize: 10,
  serverSelectionTimeoutMS: 5_000,
  // Less than that, so that a server that is back is found by a call that waits for it.
  heartbeatFrequencyMS: 2_000,
  connectTimeoutMS: 5_000,
  waitQueueTimeoutMS: 15_000,
  socketTimeoutMS: 60_000,
}

/** What the laws rest on: reads see every acknowledged write, and an acknowledged write outlives its server. */
const REQUIRED: MongoClientOptions = {
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true },
  ignoreUndefined: true,
  // Without a prototype: the driver looks every array's name up in it, and must not find `valueOf` or `constructor`.
  fieldsAsRaw: Object.create(null) as Document,
}

/** Opens one MongoDB database: see `Backend` in the contract for what it throws. */
export async function connect(options: BackendOptions): Promise<Storage> {
  const { url, pool, prefix, domains, schema } = acceptOptions(options)
  const { database } = partsOf(url)
  let client: LiveClient | undefined
  try {
    const live = new LiveClient(() => clientOf(url, pool))
    client = live
    const db = new Database(() => live.db(database), prefix)
    await db.now()
    const migrations = new MongoMigrations(db, domains)
    if (schema === 'migrate') await migrations.up()
    if (schema !== 'ignore') await migrations.check()
    return storageOn(live, db, domains, migrations)
  } catch (error) {
    await client?.close()
    throw toStoreError(error)
  }
}

/** The same for two URLs of one database, whatever their users and options. */
export function identityOf(url: string): string {
  const { scheme, hosts, database } = partsOf(url)
  const port = scheme === 'mongodb' ? ':27017' : ''
  const named = hosts.map((host) => (/:\d+$/.test(host) ? host : host + port).toLowerCase())
  return `${scheme}://${named.sort().join(',')}/${database}`
}

function clientOf(url: string, pool: number | undefined): MongoClient {
  const told = new Set([...new URLSearchParams(partsOf(url).options).keys()].map((name) => name.toLowerCase()))
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !told.has(name.toLowerCase()))
  try {
    return new MongoClient(url, {
      ...Object.fromEntries(defaults),
      ...REQUIRED,
      ...(pool === undefined ? {} : { maxPoolSize: pool }),
    })
  } catch {
    // What the driver says of it may quote the URL.
    const message = 'has an option or a host that the driver does not take; check what follows the host'
    throw StoreError.invalid('connect', [{ field: 'url', message }])
  }
}

interface UrlParts {
  scheme: string
  hosts: string[]
  database: string
  options: string
}

/** @throws StoreError `invalid` for a URL that is not one of MongoDB, or names no database. */
function partsOf(url: string): UrlParts {
  const match = /^(mongodb(?:\+srv)?):\/\/(?:[^@/]*@)?([^@/?]+)(?:\/([^?/]*))?(?:\?(.*))?$/.exec(url)
  if (match === null)
    throw refusedUrl('is not a URL of MongoDB; write mongodb://host/database, a user as user:password@')
  const database = decoded(match[3] ?? '')
  if (database === '') throw refusedUrl('names no database; write mongodb://host/database')
  if (Buffer.byteLength(database) > 63 || /[/\\. "$*<>:|?\p{Cc}]/u.test(database))
    throw refusedUrl('has a database name that MongoDB does not take; use letters, digits, - and _, at most 63')
  return { scheme: match[1]!, hosts: match[2]!.split(','), database, options: match[4] ?? '' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw refusedUrl('has a database name with a broken % sequence; encode it anew')
  }
}

function refusedUrl(message: string): StoreError {
  return StoreError.invalid('connect', [{ field: 'url', message }])
}

function storageOn(client: LiveClient, db: Database, domains: readonly Domain[], migrations: MongoMigrations): Storage {
  const audits: ProcessAudit = { shapes: new Map(), writers: new Map() }
  return assemble({
    domains,
    capabilities: CAPABILITIES,
    storesOf: (tenant) => ({
      traces: new MongoTraces(db, tenant),
      sessions: new MongoSessions(db, tenant),
      approvals: new MongoApprovals(db, tenant),
      audit: new MongoAudit(db, tenant, audits),
    }),
    migrations,
    translate(error) {
      client.notice(error)
      return toStoreError(error)
    },
    release: () => client.close(),
  })
}
