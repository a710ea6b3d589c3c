import type { Failure } from './dialect.js'

const inVain = true
/** Who asks is refused, and nobody else. */
const refused = { inVain, refused: true } as const

/** What a failure can mean, by the word that the lists of a dialect use, and what whoever meets it is told. */
const MEANINGS = {
  again: { code: 'timeout', retry: 'again', says: 'another transaction was in the way; try again' },
  taken: { code: 'already_exists', retry: 'taken', says: 'a key is taken; use another id' },
  timeout: { code: 'timeout', says: 'the database did not answer in time; try again' },
  invalid: { code: 'invalid', says: 'the database refuses the size of a value; make it smaller' },
  packet: {
    code: 'invalid',
    says: 'the values of a call are larger than the server takes at once; make them smaller, or raise max_allowed_packet',
  },
  characters: { code: 'invalid', says: 'the database cannot keep a character; its encoding must be UTF-8' },

  missing: {
    code: 'unsupported',
    says: 'a table of the domain is gone; bring its schema back with migrations.up(), or the table from a copy',
  },
  foreign: {
    code: 'unsupported',
    says: 'a table or view of our name is not ours, or was changed by other hands; rename it, or give another prefix',
  },
  noSchema: {
    code: 'unsupported',
    says: 'there is no such schema; create it with create schema, or name another as ?schema=…',
  },
  depended: {
    code: 'unsupported',
    says: 'a view or a key that is not ours depends on a table or view of ours; drop it, see the cause, and make it anew afterwards',
  },
  noFeature: {
    code: 'unsupported',
    says: 'the database, or what stands in front of it, has not what this needs; see the cause, or name another',
  },
  longName: {
    code: 'unsupported',
    says: 'a name is too long for the database, or none that it takes; give a shorter prefix, or correct the name of the database',
  },
  reserved: {
    code: 'unsupported',
    says: 'the database keeps names that begin so for its own tables; give another prefix',
  },
  notOurs: { code: 'unsupported', says: 'the file is no SQLite database; name another file, or move it away' },

  down: { code: 'unavailable', says: 'nobody answers there; start the database, or correct host and port' },
  starting: { code: 'unavailable', says: 'the database is starting up or shutting down; try again' },
  lost: { code: 'unavailable', says: 'the connection was lost; try again' },
  noHost: { code: 'unavailable', says: 'no machine of this name is known; correct the host, or try again' },
  noWay: {
    code: 'unavailable',
    says: 'the host does not answer; check its name, the port and the network, then try again',
  },
  crowded: {
    code: 'unavailable',
    says: 'the database has no connection to spare; try again, make the pool smaller, or let the server take more',
  },
  exhausted: {
    code: 'unavailable',
    says: 'this machine has no file handle or port to spare; let the process have more of them (ulimit -n), then try again',
  },
  full: { code: 'unavailable', says: 'the disk or the quota of the database is full; make room, then try again' },
  readOnly: {
    code: 'unavailable',
    says: 'the database may only be read; name its primary, or let it be written, then try again',
  },
  broken: { code: 'unavailable', says: 'the server or its disk failed; see the cause, then try again' },

  stranger: {
    code: 'unavailable',
    inVain,
    says: 'what answers there is another sort of server; correct the scheme of the URL, its host or its port',
  },
  closed: {
    code: 'unavailable',
    inVain,
    says: 'the database is in a state that does not allow this; let it take connections with alter database … allow_connections true, or see the cause',
  },
  startup: {
    code: 'unavailable',
    inVain,
    says: 'the pooler does not take a setting that a connection begins with; take it out of the URL, or let the pooler ignore it, see the cause',
  },

  noWrite: {
    code: 'unavailable',
    inVain,
    says: 'the file may only be read; let this process write it and its directory',
  },
  noOpen: {
    code: 'unavailable',
    inVain,
    says: 'the file cannot be opened; correct its path, or let this process write it and its directory',
  },
  damaged: { code: 'unavailable', inVain, says: 'the file is damaged; restore it from a copy' },
  password: { code: 'unavailable', ...refused, says: 'the user or the password is wrong; correct them' },
  passwordOrTls: {
    code: 'unavailable',
    ...refused,
    says: 'the user or the password is wrong, or the user is let in only with TLS; correct them, or write ssl-mode=REQUIRED',
  },
  locked: {
    code: 'unavailable',
    ...refused,
    says: 'the account of the user is locked; unlock it with alter user … account unlock',
  },
  expired: {
    code: 'unavailable',
    ...refused,
    says: 'the password of the user has expired; set a new one with alter user … identified by …',
  },
  barred: {
    code: 'unavailable',
    ...refused,
    says: 'the database does not let this user in from here, or not without TLS; check its rules, the user and the URL',
  },
  noDatabase: {
    code: 'unavailable',
    ...refused,
    says: 'there is no such database, or not for this user; create it, correct its name, or grant the user its rights',
  },
  noRight: { code: 'unavailable', ...refused, says: 'the user lacks a right that this needs; grant it, see the cause' },
  noTrigger: {
    code: 'unavailable',
    ...refused,
    says: 'the server does not let this user make triggers; set global log_bin_trust_function_creators = 1, then try again',
  },
  noTls: {
    code: 'unavailable',
    inVain,
    says: 'the server has no TLS, and the URL asks for it; enable it there, or say in the URL that nothing is encrypted',
  },
  noDirectTls: {
    code: 'unavailable',
    inVain,
    says: 'the server hangs up on TLS from the first byte; take sslnegotiation=direct out, or enable TLS there, from PostgreSQL 17 on',
  },
  onlyTls: { code: 'unavailable', inVain, says: 'the server takes encrypted connections only; ask for TLS in the URL' },
  untrusted: {
    code: 'unavailable',
    inVain,
    says: 'the certificate of the server is not trusted, or bears another name than the host; name its CA, and the host as it does',
  },
} as const satisfies Record<string, Failure>

export type Meaning = keyof typeof MEANINGS

export function meaning(word: Meaning): Failure {
  return MEANINGS[word]
}

/** An engine's own codes, listed by what they mean. */
export function failures(
  codes: Partial<Record<Meaning, readonly (string | number)[]>>,
): ReadonlyMap<string | number, Failure> {
  const meanings = Object.entries(codes) as [Meaning, readonly (string | number)[]][]
  return new Map(meanings.flatMap(([word, list]) => list.map((code) => [code, MEANINGS[word]] as const)))
}

const NETWORK = failures({
  // A path that is not there is that of a socket whose server has not started.
  down: ['ECONNREFUSED', 'ENOENT'],
  lost: ['ECONNRESET', 'EPIPE', 'ECONNABORTED'],
  // Where servers come and go, the name of one that is away is not known.
  noHost: ['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL'],
  noWay: ['ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN'],
  exhausted: ['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'],
  barred: ['EACCES'],
})

/** What Node calls a certificate that it does not accept, and a handshake that came to nothing. */
const OF_TLS =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|CERT_|(DEPTH_ZERO_)?SELF_SIGNED_CERT|UNABLE_TO_|INVALID_CA|HOSTNAME_MISMATCH)/

/** What goes wrong on the way to any server. */
export function networkFailureOf(code: string): Failure | undefined {
  return NETWORK.get(code) ?? (OF_TLS.test(code) ? MEANINGS.untrusted : undefined)
}
