import { EXHAUSTED, type Failure } from './failures.js'

interface Described {
  address: string
  type?: string
  error?: unknown
}

export interface Unreachable {
  code?: unknown
  message?: string
  cause?: unknown
  reason?: { type?: string; servers?: ReadonlyMap<string, Described> }
}

/** Why a server cannot be had, and which of several it was. */
export interface Reason extends Failure {
  address?: string
  /** True where the server is one of a replica set, which may have named it. */
  member?: true
}

const SIGNED = 'give tlsCAFile=<file> with the authority that signed it'
const NO_TLS = 'the server did not answer in TLS, which the URL asks for; turn it on there, or correct the port'

const SILENT = 'it did not answer; see the network, and whether it lets this machine in'

type Sort = readonly [sign: RegExp, says: string, also?: Partial<Failure>]

/** By what Node and the driver say of the innermost cause; the first that fits. */
const SORTS: readonly Sort[] = [
  [/\b(EMFILE|ENFILE|EADDRNOTAVAIL|ENOBUFS)\b/, EXHAUSTED.says!],
  [/\b(ENOTFOUND|ENODATA|EBADNAME)\b/, 'the host is not known; correct its name'],
  [
    /\bEAI_\w+|\bE(SERVFAIL|TIMEOUT|REFUSED|BADRESP|FORMERR|CANCELLED|NOTIMP)\b|\bquery(Srv|Txt)\b/,
    'the name of the host cannot be looked up now; see the network, then try again',
  ],
  [
    /\b(ENOENT|ENOTDIR|ENOTSOCK|ENAMETOOLONG)\b/,
    'nothing is there; start the server, or correct the path of its socket',
  ],
  [/\b(EACCES|EPERM)\b/, 'this user may not connect there; give it the right to the socket', { inVain: true }],
  [/\bECONNREFUSED\b/, 'nothing listens there; start the server, or correct host and port'],
  [/before secure TLS|\bEPROTO\b|ERR_SSL|wrong version number/, NO_TLS, { inVain: true }],
  [/secureConnect/, `${SILENT}, and whether the server has TLS, which the URL asks for`, { code: 'timeout' }],
  [/CERT_HAS_EXPIRED/, 'its certificate has expired; renew it', { inVain: true }],
  [/ALTNAME_INVALID/, 'its certificate is for another host; write the host as it stands in it', { inVain: true }],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|unable to verify/,
    `its certificate is trusted by nobody here; ${SIGNED}`,
    { inVain: true },
  ],
  [/ERR_OSSL|\bPEM\b/, 'a file that the URL names is no certificate or key; give one in PEM', { code: 'invalid' }],
  [/\b(ECONNRESET|EPIPE)\b|closed/, 'it closed the connection; if it asks for TLS, add tls=true'],
  [/\b(EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|timed out/, SILENT, { code: 'timeout' }],
]

/** What server selection and connections fail with; `undefined` for what is none of that. */
export function reasonOf(error: unknown): Reason | undefined {
  const { reason } = error as Unreachable
  if (reason?.servers === undefined) return sortOf(error)
  const servers = [...reason.servers.values()]
  const failed = servers.find((server) => server.error)
  const member = reason.type?.startsWith('ReplicaSet') ? ({ member: true } as const) : {}
  if (failed !== undefined) return { ...sortOf(failed.error), ...member, address: failed.address }
  // Nobody has said anything yet: a URL may give servers less time than a connection.
  if (servers.length > 0 && servers.every(({ type }) => type === 'Unknown')) return { code: 'timeout', says: SILENT }
  if (reason.type !== 'ReplicaSetNoPrimary') return undefined
  const says = 'no member of the replica set is its primary now; try again, or see what keeps it from choosing one'
  if (servers.length > 0) return { code: 'unavailable', says }
  return {
    code: 'unavailable',
    says: 'no host there belongs to the replica set of this name; correct replicaSet',
    inVain: true,
  }
}

function sortOf(error: unknown): Reason {
  const said: string[] = []
  for (let one = error as Unreachable | undefined; one; one = one.cause as Unreachable | undefined)
    said.push(`${String(one.code)} ${String(one.message)}`)
  const found = SORTS.find(([sign]) => sign.test(said.join('\n')))
  return found === undefined ? { code: 'unavailable' } : { code: 'unavailable', says: found[1], ...found[2] }
}
