import { isIP } from 'node:net'
import { identityText, placeText, readServerUrl, refuseUrl } from './server-url.js'
import { minVersion, TLS_OPTIONS, type Tls, type TlsNames, type TlsSaid, tlsOf } from './tls.js'
import {
  already,
  OF_TWO_UNITS,
  type OptionTable,
  oneOf,
  type Reading,
  readOptions,
  refused,
  seconds,
  text,
} from './url-options.js'

/** What the options of a URL say. */
interface Said extends TlsSaid {
  /** What TiDB prints both of. */
  verifyCert: true
  verifyIdentity: true
  socket: string
  connectTimeout: number
}

/** Where a URL leads, and how. */
export interface MysqlTarget {
  host: string
  port: number
  /** Instead of host and port. */
  socket?: string
  user?: string
  password?: string
  database: string
  tls?: Tls
  /** In seconds. */
  connectTimeout?: number
}

const NAMES: TlsNames = { full: 'ssl-mode=VERIFY_IDENTITY', ca: 'ssl-ca', cert: 'ssl-cert', key: 'ssl-key' }
const TAKEN = [
  'ssl-mode',
  'ssl',
  'ssl-ca',
  'ssl-cert',
  'ssl-key',
  'sslpassword',
  'tls-version',
  'socket',
  'connect_timeout',
  'charset',
]
const MODES = {
  disabled: 'disable',
  disable: 'disable',
  required: 'require',
  require: 'require',
  trust: 'unverified',
  verifyca: 'verify-ca',
  verifyidentity: 'verify-full',
  verifyfull: 'verify-full',
}
const FLAGS = { true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable' }
const YES = { true: true, 1: true }
const MODE =
  'must be DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY; what is encrypted only if the server likes is not taken'
const OF_JDBC = 'is not taken; write ssl-mode=DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY'
const SSL = 'must be true, false or {"rejectUnauthorized":true}; or write ssl-mode, and ssl-ca=/path/to/ca.pem for a CA'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const UTF8 = 'must be utf8mb4: everything is kept in it'
const UTC = 'must be UTC: times are kept in it'

const flag = oneOf<TlsSaid>('mode', FLAGS, SSL)

/** True or false, or what mysql2 takes as JSON and PlanetScale and TiDB print. */
function ssl(value: string): Reading<Said> {
  if (!value.startsWith('{')) return flag(value)
  let told: Record<string, unknown>
  try {
    told = JSON.parse(value) as Record<string, unknown>
  } catch {
    return { refused: SSL }
  }
  const { rejectUnauthorized = true, minVersion: version, ...others } = told
  if (typeof rejectUnauthorized !== 'boolean' || Object.keys(others).length > 0) return { refused: SSL }
  const least = version === undefined ? { said: {} } : minVersion(String(version))
  if ('refused' in least) return least
  return { said: { mode: rejectUnauthorized ? 'verify-full' : 'unverified', ...least.said } }
}

const OPTIONS: OptionTable<Said> = {
  ...TLS_OPTIONS,
  sslmode: oneOf('mode', MODES, MODE),
  ssl,
  tls: oneOf(
    'mode',
    { true: 'verify-full', skipverify: 'unverified', false: 'disable' },
    'must be true, skip-verify or false',
  ),
  sslca: text('ca'),
  sslrootcert: text('ca'),
  tlsversion: minVersion,
  tlsversions: minVersion,
  enabledtlsprotocols: minVersion,
  sslverifycert: oneOf('verifyCert', YES, 'must be true; or write ssl-mode=REQUIRED, which trusts whoever answers'),
  sslverifyidentity: oneOf('verifyIdentity', YES, 'must be true; or write ssl-mode=VERIFY_CA and ssl-ca'),
  sslcapath: refused('is not taken; name one file of certificates as ssl-ca'),
  sslcrl: refused('is not taken; no list of revoked certificates is read, take it out'),
  sslcipher: refused('is not taken; take it out, Node chooses the cipher, or set the least version as tls-version'),
  usessl: refused(OF_JDBC),
  requiressl: refused(OF_JDBC),
  verifyservercertificate: refused(OF_JDBC),
  trustservercertificate: refused(OF_JDBC),
  socket: text('socket'),
  socketpath: text('socket'),
  unixsocket: text('socket'),
  connecttimeout: seconds('connectTimeout', 600),
  connectTimeout: OF_TWO_UNITS,
  charset: already(['utf8mb4', 'utf8mb4unicodeci', 'utf8mb4generalci', 'utf8mb40900aici'], UTF8),
  characterencoding: already(['utf8', 'utf8mb4'], UTF8),
  timezone: already(['z', 'utc', '+00:00', '00:00'], UTC),
  servertimezone: already(['utc', 'z'], UTC),
  // What ClearDB prints: a connection that is lost is made anew.
  reconnect: already(['true'], 'is not taken; take it out, connections are made anew'),
  allowpublickeyretrieval: already(['true'], 'is not taken; take it out, or encrypt with ssl-mode'),
  statementcachesize: already(['0'], 'is not taken; take it out, statements are not kept by a name'),
  connectionlimit: refused(POOL),
  maxpoolsize: refused(POOL),
  poolsize: refused(POOL),
  pooltimeout: refused('is not taken; take it out, a call that waits for a connection is told when it waits in vain'),
  sockettimeout: refused('is not taken; take it out, a server that is silent for a minute is given up'),
  schema: refused('is not taken; the database is the schema, write it behind the host'),
  host: refused('is not taken; write the host before the database'),
  port: refused('is not taken; write the port behind the host'),
  user: refused('is not taken; write the user before the host'),
  password: refused('is not taken; write the password before the host'),
  database: refused('is not taken; write the database behind the host'),
}

/** @throws StoreError `invalid`, with everything that is wrong with the URL and no part of it. */
export function readMysqlUrl(url: string): MysqlTarget {
  const { options, host, port, user, password, database } = readServerUrl(url)
  const problems: string[] = []
  const said = readOptions(options, OPTIONS, { taken: TAKEN, tls: NAMES.full }, problems)
  const { verifyCert, verifyIdentity, strict = verifyCert ?? verifyIdentity } = said
  if (said.strict === false && (verifyCert || verifyIdentity))
    problems.push('has both sslaccept=accept_invalid_certs and an option that verifies; keep one of them')
  const tls = tlsOf({ ...said, strict }, NAMES, problems)
  const before = host?.startsWith('/') ? host : undefined
  if (said.socket !== undefined && ![undefined, 'localhost', said.socket].includes(host))
    problems.push('names a host beside a socket; keep one of them')
  const socket = said.socket ?? before
  if (database === undefined) problems.push('names no database; write it after the host, as /agents')
  // The driver compares a certificate with names only.
  if (tls?.verifyHost && (socket !== undefined || isIP(host ?? '') > 0))
    problems.push(
      'asks for a certificate that bears the name of the host, and names none; write the name instead of its address, or ssl-mode=VERIFY_CA and ssl-ca',
    )
  if (problems.length > 0) refuseUrl(problems)
  return {
    host: before === undefined ? (host ?? 'localhost') : 'localhost',
    port: port ?? 3306,
    database: database!,
    ...(socket && { socket }),
    ...(user && { user }),
    ...(password && { password }),
    ...(tls && { tls }),
    ...(said.connectTimeout && { connectTimeout: said.connectTimeout }),
  }
}

/** One text for all URLs of one database. */
export function mysqlIdentity(url: string): string {
  const { host, port, socket, database } = readMysqlUrl(url)
  return socket === undefined
    ? identityText('mysql', host, port, database)
    : identityText('mysql', socket, '', database)
}

export function mysqlPlace(url: string): string {
  const { host, port, socket } = readMysqlUrl(url)
  return placeText(socket ?? host, port)
}
