import { shownOption } from '@freehold/contract'

type Kind =
  | 'text'
  | 'flag'
  | 'number'
  | 'positive'
  | 'mechanism'
  | 'properties'
  | 'compressors'
  | 'monitoring'
  | 'level'

/** Options that are taken as the driver takes them. */
const TAKEN: Readonly<Record<string, Kind>> = {
  appName: 'text',
  authMechanism: 'mechanism',
  authMechanismProperties: 'properties',
  authSource: 'text',
  compressors: 'compressors',
  connectTimeoutMS: 'number',
  directConnection: 'flag',
  heartbeatFrequencyMS: 'positive',
  loadBalanced: 'flag',
  localThresholdMS: 'number',
  maxConnecting: 'positive',
  maxIdleTimeMS: 'number',
  maxPoolSize: 'positive',
  minPoolSize: 'number',
  proxyHost: 'text',
  proxyPassword: 'text',
  proxyPort: 'positive',
  proxyUsername: 'text',
  replicaSet: 'text',
  retryReads: 'flag',
  retryWrites: 'flag',
  serverMonitoringMode: 'monitoring',
  serverSelectionTimeoutMS: 'positive',
  socketTimeoutMS: 'number',
  srvMaxHosts: 'number',
  srvServiceName: 'text',
  ssl: 'flag',
  tls: 'flag',
  tlsAllowInvalidCertificates: 'flag',
  tlsAllowInvalidHostnames: 'flag',
  tlsCAFile: 'text',
  tlsCRLFile: 'text',
  tlsCertificateKeyFile: 'text',
  tlsCertificateKeyFilePassword: 'text',
  tlsInsecure: 'flag',
  waitQueueTimeoutMS: 'positive',
  zlibCompressionLevel: 'level',
}

/** Options of which one value is what the laws rest on: others are refused, not overruled. */
const FIXED: Readonly<Record<string, readonly [value: string, why: string]>> = {
  w: ['majority', 'what was acknowledged outlives its server'],
  j: ['true', 'what was acknowledged outlives its server'],
  journal: ['true', 'what was acknowledged outlives its server'],
  readConcernLevel: ['local', 'readers see every acknowledged write'],
  readPreference: ['primary', 'readers see every acknowledged write, which a secondary may not have yet'],
}

const NO_MATTER = 'leave it out; it changes nothing'
const WRITE_CA = 'write tlsCAFile=<file> beside tls=true'
const WRITE_TLS = 'write tls=true, or leave it out where there is none'
const WRITE_KEY = 'write tlsCertificateKeyFile=<file>, with the certificate and its key in it, beside tls=true'
const WRITE_CHECK = 'leave it out, or write tlsAllowInvalidCertificates=true if any certificate may do'
const WRITE_POOL = 'write maxPoolSize, or give the database a `pool`'
const WRITE_USER = 'write user:password@ in front of the host'

/** What other drivers and vendors print, or others mean, and what to write here. */
const REFUSED: Readonly<Record<string, string>> = {
  authDb: 'write authSource',
  connectionLimit: WRITE_POOL,
  connection_limit: WRITE_POOL,
  database: 'write it behind the host, as host/database',
  keepAlive: NO_MATTER,
  maxStalenessSeconds: 'leave it out; everything is read from the primary',
  password: WRITE_USER,
  poolSize: WRITE_POOL,
  readPreferenceTags: 'leave it out; everything is read from the primary',
  schema: 'leave it out; give the database a `prefix` of its own',
  ssl_ca_certs: WRITE_CA,
  ssl_cert_reqs: WRITE_CHECK,
  ssl_certfile: WRITE_KEY,
  ssl_keyfile: WRITE_KEY,
  'ssl-ca': WRITE_CA,
  'ssl-mode': WRITE_TLS,
  sslCA: WRITE_CA,
  sslCert: WRITE_KEY,
  sslInvalidHostNameAllowed: 'leave it out, or write tlsAllowInvalidHostnames=true if any host may do',
  sslKey: WRITE_KEY,
  sslMode: WRITE_TLS,
  sslRootCert: WRITE_CA,
  sslValidate: WRITE_CHECK,
  timeoutMS: 'write socketTimeoutMS',
  tlsDisableCertificateRevocationCheck: NO_MATTER,
  tlsDisableOCSPEndpointCheck: NO_MATTER,
  useNewUrlParser: NO_MATTER,
  user: WRITE_USER,
  username: WRITE_USER,
  useUnifiedTopology: NO_MATTER,
  uuidRepresentation: NO_MATTER,
  wtimeout: 'leave it out; a write waits for the majority until socketTimeoutMS',
  wtimeoutMS: 'leave it out; a write waits for the majority until socketTimeoutMS',
}

/** Options that mean something only beside another. */
const BESIDE = [
  ['proxyPort', 'proxyHost'],
  ['proxyUsername', 'proxyHost'],
  ['proxyPassword', 'proxyHost'],
  ['proxyUsername', 'proxyPassword'],
  ['proxyPassword', 'proxyUsername'],
  ['tlsCertificateKeyFilePassword', 'tlsCertificateKeyFile'],
  ['zlibCompressionLevel', 'compressors'],
] as const

/** Options that say nothing good together. */
const APART = [
  ['tlsInsecure', 'tlsAllowInvalidCertificates'],
  ['tlsInsecure', 'tlsAllowInvalidHostnames'],
  ['loadBalanced', 'replicaSet'],
  ['loadBalanced', 'directConnection'],
  ['srvMaxHosts', 'replicaSet'],
  ['srvMaxHosts', 'loadBalanced'],
] as const

const IS: Record<Kind, readonly [pattern: RegExp, remedy: string]> = {
  text: [/./, 'give it a value or leave it out'],
  flag: [/^(true|false)$/, 'write true or false'],
  number: [/^\d{1,9}$/, 'write a whole number'],
  positive: [/^0*[1-9]\d{0,8}$/, 'write a whole number above 0'],
  mechanism: [
    /^(default|gssapi|mongodb-aws|mongodb-oidc|mongodb-x509|plain|scram-sha-1|scram-sha-256)$/i,
    'write SCRAM-SHA-256, SCRAM-SHA-1, MONGODB-X509, MONGODB-AWS, MONGODB-OIDC, GSSAPI or PLAIN, or leave it out',
  ],
  properties: [/^[A-Z_]+:[^,]*(,[A-Z_]+:[^,]*)*$/, 'write NAME:value, several with commas between'],
  compressors: [/^(none|snappy|zlib|zstd)(,(none|snappy|zlib|zstd))*$/, 'write zstd, zlib or snappy, or leave it out'],
  monitoring: [/^(auto|poll|stream)$/, 'write auto, poll or stream'],
  level: [/^[0-9]$/, 'write a number from 0 to 9'],
}

const known = (names: readonly string[]) => new Map(names.map((name) => [name.toLowerCase(), name]))
const NAMES = known([...Object.keys(TAKEN), ...Object.keys(FIXED), ...Object.keys(REFUSED)])

/** What stands in front of the options. */
interface Hosts {
  /** Whether one name stands for all. */
  srv: boolean
  several: boolean
}

/** The options of a URL, by the names that the driver has for them. What is wrong with them goes to `problem`. */
export function readOptions(query: string, hosts: Hosts, problem: (message: string) => void): Map<string, string> {
  const options = new Map<string, string>()
  for (const [given, value] of new URLSearchParams(query)) {
    const name = NAMES.get(given.toLowerCase())
    if (name === undefined) {
      problem(
        `has the option ${shownOption(given)}, which is not known here; take it out, or write one of ${Object.keys(TAKEN).join(', ')}`,
      )
      continue
    }
    if (options.has(name)) problem(`has the option ${name} twice; write it once`)
    else checkOption(name, value, problem)
    options.set(name, value)
  }
  checkTogether(options, hosts, problem)
  return options
}

/** Whether the options ask for TLS: a SRV record does, unless told. */
export function isSecure(options: ReadonlyMap<string, string>, srv: boolean): boolean {
  return (options.get('tls') ?? options.get('ssl') ?? String(srv)) === 'true'
}

function checkOption(name: string, value: string, problem: (message: string) => void): void {
  const fixed = FIXED[name]
  const kind = TAKEN[name]
  if (fixed !== undefined && value !== fixed[0])
    problem(`has another ${name} than ${fixed[0]}; write ${name}=${fixed[0]} or leave it out, so that ${fixed[1]}`)
  else if (kind !== undefined && !IS[kind][0].test(value))
    problem(`has the option ${name} with a value it cannot have; ${IS[kind][1]}`)
  else if (Object.hasOwn(REFUSED, name)) problem(`has the option ${name}, which is not taken; ${REFUSED[name]}`)
}

function checkTogether(
  options: ReadonlyMap<string, string>,
  { srv, several }: Hosts,
  problem: (message: string) => void,
): void {
  const says = (name: string) => options.has(name) && options.get(name) !== 'false' && options.get(name) !== '0'
  const [tls, ssl] = [options.get('tls'), options.get('ssl')]
  if (tls !== undefined && ssl !== undefined && tls !== ssl) problem('asks for TLS and for none; write tls=true once')
  else if (!isSecure(options, srv)) {
    const about = [...options.keys()].find((name) => name.startsWith('tls') && name !== 'tls')
    if (about !== undefined) problem(`has the option ${about} without TLS; add tls=true, or leave it out`)
  }
  for (const [one, other] of APART)
    if (says(one) && says(other))
      problem(`has the options ${one} and ${other}, which exclude each other; leave one out`)
  for (const [one, other] of BESIDE)
    if (options.has(one) && !options.has(other))
      problem(`has the option ${one} without ${other}; add it, or leave out ${one}`)
  for (const name of ['directConnection', 'loadBalanced'])
    if (several && says(name)) problem(`has ${name} with several hosts; write one of them, or leave it out`)
  const [least, most] = [options.get('minPoolSize'), options.get('maxPoolSize')]
  if (Number(least ?? 0) > Number(most ?? Number.POSITIVE_INFINITY))
    problem('has a minPoolSize above its maxPoolSize; lower it')
  if (srv && says('directConnection')) problem('has directConnection with mongodb+srv; leave it out')
  if (!srv && (options.has('srvMaxHosts') || options.has('srvServiceName')))
    problem('has an option of mongodb+srv; begin it with mongodb+srv: or leave that out')
}
