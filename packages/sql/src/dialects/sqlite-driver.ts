import { createRequire } from 'node:module'
import { StoreError } from '@freehold/contract'
import type { Knex } from 'knex'
import { afterCreate, ImmediateSqlite } from './sqlite-client.js'
import { afterCreateDirect, ImmediateDirectSqlite } from './sqlite-direct.js'
import { later } from './sqlite-later.js'

/** How connections are made by a driver. */
interface SqliteDriver {
  client: typeof Knex.Client
  /** Of a file that need not be there. */
  later: typeof Knex.Client
  afterCreate: (connection: never, done: (error: unknown, connection: unknown) => void) => void
}

const ON_A_THREAD: SqliteDriver = { client: ImmediateSqlite, later: later(ImmediateSqlite), afterCreate }
const DIRECT: SqliteDriver = {
  client: ImmediateDirectSqlite,
  later: later(ImmediateDirectSqlite),
  afterCreate: afterCreateDirect,
}

/**
 * The versions of the faster driver that this Node.js takes, the one to install first: others end the process. 13 is for 22
 * and newer; from Node.js 24.19 on, 12 may die whenever a statement of it is garbage
 * (https://github.com/WiseLibs/better-sqlite3/issues/1515).
 */
export function versionsFor(node: number): readonly string[] {
  if (node < 22) return ['12']
  return node < 24 ? ['13', '12'] : ['13']
}

const VERSIONS = versionsFor(Number.parseInt(process.versions.node, 10))

/**
 * The driver that the scheme of a URL names; `sqlite:` takes the faster one where it is installed and made for this Node.js.
 * @throws StoreError `unsupported` when it is named, and a version is installed that this Node.js does not take
 */
export function driverOf(url: string): SqliteDriver {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase()
  if (scheme === 'sqlite3') return ON_A_THREAD
  // Where only the faster one is installed and does not load, that is what has to be told.
  if (scheme === 'sqlite' && !isDirectThere() && (isInstalled('sqlite3') || !isInstalled('better-sqlite3')))
    return ON_A_THREAD
  if (!isOurs())
    throw new StoreError(
      'unsupported',
      `the package better-sqlite3 is not of version ${VERSIONS.join(' or ')}, as Node.js ${process.versions.node} needs it; run npm install better-sqlite3@${VERSIONS[0]}`,
    )
  return DIRECT
}

let isThere: boolean | undefined

/** Its compiled part is loaded by the first connection, and only by the Node.js that it was compiled for. */
export function isDirectThere(): boolean {
  isThere ??= opens()
  return isThere
}

function opens(): boolean {
  try {
    if (!isOurs()) return false
    const Driver = fromKnex('better-sqlite3') as new (file: string) => { close(): void }
    new Driver(':memory:').close()
    return true
  } catch {
    return false
  }
}

function isOurs(): boolean {
  const { version } = fromKnex('better-sqlite3/package.json') as { version: string }
  return VERSIONS.includes(version.split('.')[0]!)
}

function isInstalled(driver: string): boolean {
  try {
    fromKnex(`${driver}/package.json`)
    return true
  } catch {
    return false
  }
}

/** A package as knex finds it, whose peer it is. */
function fromKnex(name: string): unknown {
  const require = createRequire(import.meta.url)
  return createRequire(require.resolve('knex'))(name)
}
