import { hostOf, identityText, placeText, portOf, readServerUrl, refuseUrl } from './server-url.js'
import { minVersion, TLS_OPTIONS, type Tls, type TlsNames, type TlsSaid, tlsOf } from './tls.js'
import { already, OF_TWO_UNITS, type OptionTable, oneOf, readOptions, refused, seconds, text } from './url-options.js'

/** What the options of a URL say. */
interface Said extends TlsSaid {
  host: string
  port: string
  user: string
  password: string
  database: string
  schema: string
  application: string
  connectTimeout: number
  directTls: boolean
  writable: boolean
  /** What a provider in front of the server goes by. */
  routing: string
}

/** Where a URL leads, and how. */
export interface PostgresTarget {
  host: string
  port: number
  user?: string
  password?: string
  database: string
  tls?: Tls
  directTls: boolean
  /** Where the tables are, unless that is to be looked up. */
  schema?: string
  application?: string
  /** In seconds. */
  connectTimeout?: number
  /** A server that only reads is refused. */
  writable: boolean
  routing?: string
}

const NAMES: TlsNames = {
  full: 'sslmode=verify-full',
  ca: 'sslrootcert',
  cert: 'sslcert',
  key: 'sslkey',
}
const TAKEN = [
  ...[
    'sslmode',
    'ssl',
    'sslrootcert',
    'sslcert',
    'sslkey',
    'sslpassword',
    'ssl_min_protocol_version',
    'sslnegotiation',
  ],
  ...[
    'schema',
    'application_name',
    'connect_timeout',
    'target_session_attrs',
    'options',
    'host',
    'port',
    'user',
    'password',
    'dbname',
  ],
]
const MODES = {
  disable: 'disable',
  require: 'require',
  noverify: 'unverified',
  verifyca: 'verify-ca',
  verifyfull: 'verify-full',
}
const FLAGS = { true: 'verify-full', 1: 'verify-full', false: 'disable', 0: 'disable' }
const MODE =
  'must be disable, require, verify-ca or verify-full; what is encrypted only if the server likes is not taken'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const OF_USER = 'is not taken; set it for the user in the database, with alter role … set …'
const KEPT_ALIVE = 'is not taken; take it out, idle connections are kept alive'

/** Names that need no care in any statement. */
const SCHEMA = /^[\p{L}_][\p{L}\p{N}_$-]*$/u
const SCHEMA_BYTES = 63

/** Whether a schema has a name that we can write. */
export function isSchemaName(name: string): boolean {
  return SCHEMA.test(name) && Buffer.byteLength(name) <= SCHEMA_BYTES
}

const schema = (value: string) =>
  isSchemaName(value)
    ? { said: { schema: value } }
    : { refused: 'must be the name of one schema, of letters, digits, - and _, and of at most 63 bytes; correct it' }

/** Text of the options that a server is started with: a search path of one schema, or where a provider routes to. */
const startOptions = (value: string) => {
  const plain = value.replaceAll('+', ' ').trim()
  const path = /^(?:-c ?|--)search_path=([^\s,]+)$/.exec(plain)?.[1]
  if (path !== undefined) return schema(path.replace(/^"(.*)"$/, '$1'))
  if (/^(endpoint|project|reference)=[\w.-]+$/.test(plain)) return { said: { routing: plain } }
  return { refused: 'may set search_path to one schema and nothing else; set the rest with alter role … set …' }
}

const OPTIONS: OptionTable<Said> = {
  ...TLS_OPTIONS,
  sslmode: oneOf('mode', MODES, MODE),
  ssl: oneOf('mode', { ...MODES, ...FLAGS }, 'must be true or false; or write sslmode'),
  sslrootcert: text('ca'),
  sslminprotocolversion: minVersion,
  sslnegotiation: oneOf('directTls', { direct: true, postgres: false }, 'must be postgres or direct'),
  sslcrl: refused('is not taken; no list of revoked certificates is read, take it out'),
  sslcrldir: refused('is not taken; no list of revoked certificates is read, take it out'),
  uselibpqcompat: already(['true'], 'must be true: sslmode means what it means to libpq; write sslmode=verify-full'),
  channelbinding: already(
    ['disable', 'prefer'],
    'no driver can hold to; write sslmode=verify-full in place of it and of sslmode=require, which keeps others out as well',
  ),
  gssencmode: already(['disable', 'prefer'], 'is not taken; write sslmode=verify-full'),
  host: text('host'),
  port: text('port'),
  user: text('user'),
  username: text('user'),
  password: text('password'),
  dbname: text('database'),
  database: text('database'),
  schema,
  currentschema: schema,
  searchpath: schema,
  options: startOptions,
  applicationname: text('application'),
  connecttimeout: seconds('connectTimeout', 600),
  connectTimeout: OF_TWO_UNITS,
  targetsessionattrs: oneOf(
    'writable',
    { any: false, readwrite: true, primary: true },
    'must be read-write or any: what only reads cannot be written to',
  ),
  clientencoding: already(['utf8', 'auto'], 'must be UTF8'),
  // Statements are never kept by a name, so a pooler needs nothing of us.
  pgbouncer: already(['true', 'false'], 'must be true or false'),
  statementcachesize: already(['0'], 'is not taken; take it out, statements are not kept by a name'),
  preparestatement: already(['false'], 'is not taken; take it out'),
  keepalives: already(['1'], KEPT_ALIVE),
  keepalivesidle: refused(KEPT_ALIVE),
  keepalivesinterval: refused(KEPT_ALIVE),
  keepalivescount: refused(KEPT_ALIVE),
  // Marks that a provider prints for its own counts.
  supa: already(['basepooler.x'], 'is not taken; take it out'),
  workaround: already(['supabasepooler.vercel'], 'is not taken; take it out'),
  connectionlimit: refused(POOL),
  poolsize: refused(POOL),
  max: refused(POOL),
  maxpoolsize: refused(POOL),
  poolmaxconns: refused(POOL),
  pooltimeout: refused('is not taken; take it out, a call that waits for a connection is told when it waits in vain'),
  sockettimeout: refused('is not taken; take it out, a server that is silent for a minute is given up'),
  statementtimeout: refused(OF_USER),
  locktimeout: refused(OF_USER),
  idleintransactionsessiontimeout: refused(OF_USER),
  querytimeout: refused(OF_USER),
  hostaddr: refused('is not taken; write the address as host, or sslmode=verify-full with the name'),
}

/** @throws StoreError `invalid`, with everything that is wrong with the URL and no part of it. */
export function readPostgresUrl(url: string): PostgresTarget {
  const { options, ...parts } = readServerUrl(url)
  const problems: string[] = []
  const said = readOptions(options, OPTIONS, { taken: TAKEN, tls: NAMES.full }, problems)
  const tls = tlsOf(said, NAMES, problems)
  const host = said.host === undefined ? parts.host : hostOf(said.host)
  const isSocket = host?.startsWith('/') ?? false
  // Beside a socket a host is a place holder.
  if (![undefined, host, ...(isSocket ? ['localhost'] : [])].includes(parts.host))
    problems.push('names another host behind the ? than before it; keep one of them')
  const port = said.port === undefined ? parts.port : portOf(said.port)
  if (![undefined, port].includes(parts.port))
    problems.push('names another port behind the ? than before it; keep one of them')
  const twice = (['user', 'password', 'database'] as const).filter(
    (part) => parts[part] !== undefined && said[part] !== undefined && parts[part] !== said[part],
  )
  for (const part of twice) problems.push(`names another ${part} behind the ? than before it; keep one of them`)
  const { user, password, database } = { ...said, ...defined(parts) }
  if (database === undefined) problems.push('names no database; write it after the host, as /agents')
  if (tls !== undefined && isSocket)
    problems.push('asks for TLS on a socket of this machine, which has none; take sslmode and its like out')
  if (said.mode === undefined && tls === undefined && !isSocket) problems.push(...askedElsewhere())
  if (said.directTls && tls === undefined)
    problems.push('has sslnegotiation=direct without TLS; add sslmode=verify-full')
  if (problems.length > 0) refuseUrl(problems)
  return {
    host: host ?? 'localhost',
    port: port ?? 5432,
    ...defined({ user, password, tls, schema: said.schema, application: said.application, routing: said.routing }),
    ...defined({ connectTimeout: said.connectTimeout }),
    database: database!,
    directTls: said.directTls ?? false,
    writable: said.writable ?? false,
  }
}

/** What libpq and its drivers heed: whoever relies on it must not find that nothing is encrypted. */
const ASKS_FOR_TLS: readonly (readonly [variable: string, value: RegExp, instead: string])[] = [
  ['PGSSLMODE', /^require$/, 'require'],
  ['PGSSLMODE', /^verify-ca$/, 'verify-ca'],
  ['PGSSLMODE', /^verify-full$/, 'verify-full'],
  ['PGREQUIRESSL', /^1/, 'require'],
  ['PGCHANNELBINDING', /^require$/, 'verify-full'],
  ['PGGSSENCMODE', /^require$/, 'verify-full'],
]

function askedElsewhere(): string[] {
  const found = ASKS_FOR_TLS.find(([variable, value]) => value.test(process.env[variable] ?? ''))
  if (found === undefined) return []
  const [variable, , mode] = found
  return [
    `says nothing of TLS, and ${variable} in the environment asks for it; write sslmode=${mode} in the url, or sslmode=disable for a connection that is not encrypted`,
  ]
}

/** One text for all URLs of one database: with another schema, or behind a provider's door, it is another. */
export function postgresIdentity(url: string): string {
  const { host, port, database, schema, routing } = readPostgresUrl(url)
  const rest = [...(schema ? [`schema=${schema}`] : []), ...(routing ? [routing] : [])]
  return identityText('postgres', host, port, database) + (rest.length > 0 ? `?${rest.join('&')}` : '')
}

export function postgresPlace(url: string): string {
  const { host, port } = readPostgresUrl(url)
  return placeText(host, port)
}

function defined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>
}
