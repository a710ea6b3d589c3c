import {
  acceptOptions,
  assemble,
  type BackendOptions,
  type Capabilities,
  type Domain,
  LEAST_CAPABLE,
  MAX_POOL,
  type Storage,
  StoreError,
} from '@freehold/contract'
import { type Document, MongoClient, type MongoClientOptions } from 'mongodb'
import { MongoApprovals } from './approvals.js'
import { MongoAudit, newProcess } from './audit.js'
import { Database, POOL } from './database.js'
import { type Place, toStoreError } from './errors.js'
import { LiveClient } from './live-client.js'
import { MongoMigrations } from './migrate.js'
import { MongoRelay } from './relay.js'
import { MongoRetention } from './retention.js'
import { checkServer } from './server.js'
import { MongoSessions } from './sessions.js'
import { checkFiles } from './tls.js'
import { MongoTraces } from './traces.js'
import { partsOf, type UrlParts } from './url.js'

const CAPABILITIES: Capabilities = { ...LEAST_CAPABLE, sharedBetweenProcesses: true, auditViews: true }

/** What the URL may say otherwise; times in milliseconds. */
const DEFAULTS: MongoClientOptions = {
  appName: 'freehold',
  serverSelectionTimeoutMS: 5_000,
  // Less than that, so that a server that is back is found by a call that waits for it.
  heartbeatFrequencyMS: 2_000,
  // Less, too, so that what is the matter with the server is known when it is given up.
  connectTimeoutMS: 4_000,
  // As long as whoever waits for a turn, which is before it: see `Turns`.
  waitQueueTimeoutMS: 30_000,
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
  const parts = partsOf(url)
  const { database, options: told } = parts
  const size = poolOf(parts, pool)
  checkFiles(told)
  const place = { hosts: parts.hosts.map(decodeURIComponent), listed: parts.scheme === 'mongodb' }
  let client: LiveClient | undefined
  try {
    const live = new LiveClient(() => clientOf(url, told, size))
    client = live
    const patience = told.has('waitQueueTimeoutMS') ? Number(told.get('waitQueueTimeoutMS')) : undefined
    const run = <T>(command: () => Promise<T>) => live.run(command)
    const db = new Database(() => live.db(database), prefix, { pool: size, patience, run })
    await checkServer(db, domains)
    const migrations = new MongoMigrations(db, domains)
    if (schema === 'migrate') await migrations.up()
    if (schema !== 'ignore') await migrations.check()
    return storageOn(live, db, domains, migrations, place)
  } catch (error) {
    // Why opening failed matters more than that closing failed too.
    await client?.close().catch(() => undefined)
    throw toStoreError(error, { ...place, opening: true })
  }
}

function clientOf(url: string, options: UrlParts['options'], pool: number): MongoClient {
  const defaults = Object.entries(DEFAULTS).filter(([name]) => !options.has(name))
  const all = { ...Object.fromEntries(defaults), ...REQUIRED, maxPoolSize: pool }
  try {
    return new MongoClient(url, all)
  } catch {
    // What the driver says of it may quote the URL, so the option is found without.
    const culprit = [...options.keys()].find((name) => isTaken(without(url, options, name), all))
    const what = culprit === undefined ? 'has options that' : `has the option ${culprit}, which`
    const message = `${what} the driver does not take, or not with the rest of the URL; correct it, or leave it out`
    throw StoreError.invalid('connect', [{ field: 'url', message }])
  }
}

function isTaken(url: string, options: MongoClientOptions): boolean {
  try {
    new MongoClient(url, options)
    return true
  } catch {
    return false
  }
}

function without(url: string, options: UrlParts['options'], name: string): string {
  const [place] = url.split('?')
  return `${place}?${new URLSearchParams([...options].filter(([other]) => other !== name))}`
}

/** How many connections there are at most. @throws StoreError `invalid` where the URL says otherwise than the configuration */
function poolOf({ options }: UrlParts, pool: number | undefined): number {
  const refuse = (message: string) => StoreError.invalid('connect', [{ field: 'url', message }])
  const told = options.has('maxPoolSize') ? Number(options.get('maxPoolSize')) : undefined
  if (told !== undefined && pool !== undefined && told !== pool)
    throw refuse(`has another maxPoolSize than \`pool\`, which is ${pool}; give one of them`)
  const size = pool ?? told ?? POOL
  if (size > MAX_POOL) throw refuse(`has a maxPoolSize above ${MAX_POOL}; lower it`)
  if (Number(options.get('minPoolSize') ?? 0) > size)
    throw refuse(`has a minPoolSize above the pool, which is ${size}; lower it, or give a greater \`pool\``)
  return size
}

function storageOn(
  client: LiveClient,
  db: Database,
  domains: readonly Domain[],
  migrations: MongoMigrations,
  place: Place,
): Storage {
  const audits = newProcess()
  return assemble({
    domains,
    capabilities: CAPABILITIES,
    storesOf: (tenant) => ({
      traces: new MongoTraces(db, tenant),
      sessions: new MongoSessions(db, tenant),
      approvals: new MongoApprovals(db, tenant),
      audit: new MongoAudit(db, tenant, audits),
    }),
    relay: new MongoRelay(db),
    retention: new MongoRetention(db, domains),
    migrations,
    translate(error) {
      client.notice(error)
      return toStoreError(error, place)
    },
    release: () => client.close(),
  })
}
