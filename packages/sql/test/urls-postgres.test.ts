import { describe, expect, test } from 'vitest'
import { readPostgresUrl } from '../src/dialects/postgres-options.js'
import { FULL, PLAIN, problemsOf } from './urls-postgres.js'

const APP = { ...PLAIN, user: 'app', password: 'pw' }
const REQUIRE = { rejectUnauthorized: false, verifyHost: false }

/** What is printed by vendors and libraries, and where it leads. */
const TAKEN: [url: string, target: object][] = [
  ['postgres://db/agents', PLAIN],
  ['postgresql://app:pw@DB/agents', { ...APP, host: 'DB' }],
  ['postgres://db:6432/agents', { ...PLAIN, port: 6432 }],
  ['postgres://app:p%40%2F%3A%25@db/agents', { ...APP, password: 'p@/:%' }],
  ['postgres://app:p:w@db/agents', { ...APP, password: 'p:w' }],
  ['postgres://app:p@w@db/agents', { ...APP, password: 'p@w' }],
  ['postgres://app:@db/agents', { ...PLAIN, user: 'app' }],
  ['postgres://[::1]:6432/agents', { ...PLAIN, host: '::1', port: 6432 }],
  ['postgres://[2001:db8::7]/agents', { ...PLAIN, host: '2001:db8::7' }],
  ['postgres:///agents', { ...PLAIN, host: 'localhost' }],
  ['postgres://app:pw@/agents?host=/var/run/postgresql', { ...APP, host: '/var/run/postgresql' }],
  ['postgres://app:pw@localhost/agents?host=/cloudsql/p:r:i', { ...APP, host: '/cloudsql/p:r:i' }],
  ['postgres://%2Fvar%2Frun%2Fpostgresql/agents', { ...PLAIN, host: '/var/run/postgresql' }],
  ['postgres://app:pw@%2Frun:6432/agents', { ...APP, host: '/run', port: 6432 }],
  ['postgres:///?host=db&port=6432&user=app&password=pw&dbname=agents', { ...APP, port: 6432 }],
  ['postgres://db/agents?sslmode=disable', PLAIN],
  ['postgres://db/agents?sslmode=require', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?sslmode=no-verify', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?sslmode=verify-full', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?sslmode=verify-full&sslrootcert=system', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?ssl=true', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?ssl=1', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?ssl=false', PLAIN],
  ['postgres://db/agents?ssl=0', PLAIN],
  ['postgres://db/agents?ssl=no-verify', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?sslmode=require&sslaccept=strict', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?sslmode=require&sslaccept=accept_invalid_certs', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?sslaccept=accept_invalid_certs', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?uselibpqcompat=true&sslmode=require', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?sslmode=verify-full&channel_binding=prefer', { ...PLAIN, tls: FULL }],
  ['postgres://db/agents?sslmode=verify-full&sslnegotiation=direct', { ...PLAIN, tls: FULL, directTls: true }],
  [
    'postgres://db/agents?ssl=true&ssl_min_protocol_version=TLSv1.3',
    { ...PLAIN, tls: { ...FULL, minVersion: 'TLSv1.3' } },
  ],
  ['postgres://db/agents?schema=app_a', { ...PLAIN, schema: 'app_a' }],
  ['postgres://db/agents?currentSchema=app-a', { ...PLAIN, schema: 'app-a' }],
  ['postgres://db/agents?options=-c%20search_path%3Dvault', { ...PLAIN, schema: 'vault' }],
  ['postgres://db/agents?options=-csearch_path=vault', { ...PLAIN, schema: 'vault' }],
  ['postgres://db/agents?options=--search_path%3Dvault', { ...PLAIN, schema: 'vault' }],
  ['postgres://db/agents?options=endpoint%3Dep-cool-123', { ...PLAIN, routing: 'endpoint=ep-cool-123' }],
  ['postgres://db/agents?application_name=worker%201', { ...PLAIN, application: 'worker 1' }],
  ['postgres://db/agents?connect_timeout=10', { ...PLAIN, connectTimeout: 10 }],
  ['postgres://db/agents?target_session_attrs=read-write', { ...PLAIN, writable: true }],
  ['postgres://db/agents?target_session_attrs=any&gssencmode=disable&keepalives=1', PLAIN],
  ['postgres://db:6543/agents?pgbouncer=true&statement_cache_size=0', { ...PLAIN, port: 6543 }],
  ['postgres://db/agents?sslmode=require&supa=base-pooler.x', { ...PLAIN, tls: REQUIRE }],
  ['postgres://db/agents?client_encoding=utf8', PLAIN],
]

describe('PostgreSQL is reached by', () => {
  test.each(TAKEN)('%s', (url, target) => {
    expect(readPostgresUrl(url)).toEqual(target)
  })
})

const MODE =
  'must be disable, require, verify-ca or verify-full; what is encrypted only if the server likes is not taken'
const SCHEMA = 'must be the name of one schema, of letters, digits, - and _, and of at most 63 bytes; correct it'
const UNREADABLE =
  'cannot be read; write scheme://user:password@host:port/database; in user and password write @ : / ? # % as %40 %3A %2F %3F %23 %25'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const OPTIONS =
  'sslmode, ssl, sslrootcert, sslcert, sslkey, sslpassword, ssl_min_protocol_version, sslnegotiation, schema, application_name, connect_timeout, target_session_attrs, options, host, port, user, password, dbname'

/** What is refused, and what is said to whoever wrote it. */
const REFUSED: [url: string, ...messages: string[]][] = [
  ['postgres:agents', UNREADABLE],
  ['postgres://app:pa/ss@db/agents', UNREADABLE],
  ['postgres://app:pa#ss@db/agents', UNREADABLE],
  ['postgres://app:1?ss@db/agents', UNREADABLE],
  ['postgres://db/agents/', UNREADABLE],
  ['postgres://::1/agents', UNREADABLE],
  ['postgres://d b/agents', UNREADABLE],
  ['postgres://db:many/agents', 'has a port that is no number from 1 to 65535; correct it'],
  ['postgres://db:0/agents', 'has a port that is no number from 1 to 65535; correct it'],
  ['postgres://db:65536/agents', 'has a port that is no number from 1 to 65535; correct it'],
  ['postgres://app:p%zzw@db/agents', 'has a broken % sequence; encode special characters anew, % itself as %25'],
  ['postgres://app:pw%0A@db/agents', 'has a control character, such as a line break; take it out'],
  ['postgres://db', 'names no database; write it after the host, as /agents'],
  ['postgres://db/', 'names no database; write it after the host, as /agents'],
  ['postgres://a,b/agents', 'names several hosts; name one, that of the primary or of a proxy in front of them'],
  ['postgres://a:1,b:2/agents', 'names several hosts; name one, that of the primary or of a proxy in front of them'],
  ['postgres:///agents?host=a,b', 'names several hosts; name one, that of the primary or of a proxy in front of them'],
  ['postgres://a/agents?host=b', 'names another host behind the ? than before it; keep one of them'],
  ['postgres://db:1/agents?port=2', 'names another port behind the ? than before it; keep one of them'],
  ['postgres://app@db/agents?user=other', 'names another user behind the ? than before it; keep one of them'],
  ['postgres://db/agents?sslmode=prefer', `has the option sslmode, which ${MODE}`],
  ['postgres://db/agents?sslmode=allow', `has the option sslmode, which ${MODE}`],
  ['postgres://db/agents?sslmode=', `has the option sslmode, which ${MODE}`],
  ['postgres://db/agents?ssl=yes', 'has the option ssl, which must be true or false; or write sslmode'],
  ['postgres://db/agents?sslmode=require&sslmode=disable', 'has the option sslmode twice; keep one'],
  ['postgres://db/agents?ssl=true&sslmode=disable', 'has both ssl and sslmode; keep one of them'],
  ['postgres://db/agents?pgbouncer=true&pgbouncer=true', 'has the option pgbouncer twice; keep one'],
  [
    'postgres://db/agents?sslmode=verify-ca',
    'verifies whom a CA signed, and names none; add sslrootcert=/path/to/ca.pem, or write sslmode=verify-full',
  ],
  [
    'postgres://db/agents?sslmode=require&sslrootcert=system',
    "has sslrootcert=system, which anybody's certificate passes; write sslmode=verify-full",
  ],
  [
    'postgres://db/agents?sslmode=disable&sslrootcert=system',
    'says that nothing is encrypted, and how it is; write sslmode=verify-full, or take the other options out',
  ],
  [
    'postgres://db/agents?sslmode=verify-full&sslaccept=accept_invalid_certs',
    'has both sslaccept=accept_invalid_certs and an option that verifies; keep one of them',
  ],
  [
    'postgres://db/agents?sslmode=require&channel_binding=require',
    'has the option channel_binding, which no driver can hold to; write sslmode=verify-full in place of it and of sslmode=require, which keeps others out as well',
  ],
  [
    'postgres://db/agents?uselibpqcompat=false',
    'has the option uselibpqcompat, which must be true: sslmode means what it means to libpq; write sslmode=verify-full',
  ],
  [
    'postgres:///agents?host=/run&sslmode=require',
    'asks for TLS on a socket of this machine, which has none; take sslmode and its like out',
  ],
  ['postgres://db/agents?sslnegotiation=direct', 'has sslnegotiation=direct without TLS; add sslmode=verify-full'],
  [
    'postgres://db/agents?sslidentity=/a.p12',
    'has the option sslidentity, which is not taken; write the certificate and its key in PEM, as sslcert and sslkey',
  ],
  [
    'postgres://db/agents?sslcert=/no/such.pem&sslmode=verify-full',
    'has sslcert without sslkey; add it, or write sslrootcert if it is the certificate of the CA',
    'has the option sslcert, whose file cannot be read (ENOENT); correct its path or its rights',
  ],
  [
    'postgres://db/agents?sslmode=verify-ca&sslrootcert=/no/such.pem',
    'has the option sslrootcert, whose file cannot be read (ENOENT); correct its path or its rights',
  ],
  ['postgres://db/agents?schema=', `has the option schema, which ${SCHEMA}`],
  ['postgres://db/agents?schema=a,b', `has the option schema, which ${SCHEMA}`],
  ['postgres://db/agents?schema=a.b', `has the option schema, which ${SCHEMA}`],
  [`postgres://db/agents?schema=${'a'.repeat(64)}`, `has the option schema, which ${SCHEMA}`],
  [
    'postgres://db/agents?options=-c%20statement_timeout%3D5s',
    'has the option options, which may set search_path to one schema and nothing else; set the rest with alter role … set …',
  ],
  ['postgres://db/agents?schema=a&options=-c%20search_path%3Db', 'has both schema and options; keep one of them'],
  ['postgres://db/agents?pgbouncer=true&connection_limit=1', `has the option connection_limit, which ${POOL}`],
  ['postgres://db/agents?max=5', `has the option max, which ${POOL}`],
  [
    'postgres://db/agents?connectTimeout=5000',
    'has the option connectTimeout, which counts in another unit elsewhere; write connect_timeout, in seconds',
  ],
  [
    'postgres://db/agents?connect_timeout=0',
    'has the option connect_timeout, which is no whole number of seconds from 1 to 600; correct it',
  ],
  [
    'postgres://db/agents?target_session_attrs=read-only',
    'has the option target_session_attrs, which must be read-write or any: what only reads cannot be written to',
  ],
  [
    'postgres://db/agents?statement_timeout=5s',
    'has the option statement_timeout, which is not taken; set it for the user in the database, with alter role … set …',
  ],
  [
    'postgres://db/agents?colour=red',
    `has the option colour, which is not taken; take it out, the options are ${OPTIONS}`,
  ],
  ...['requiressl=1', 'require_auth=scram-sha-256', 'ssl_max_protocol_version=TLSv1.3', 'sslsni=1'].map(
    (option): [string, string] => [
      `postgres://db/agents?${option}`,
      `has the option ${option.replace(/=.*/, '')}, which is not taken; write sslmode=verify-full, or another of its words, the options are ${OPTIONS}`,
    ],
  ),
  [
    'postgres://db/agents?constructor=x',
    `has the option constructor, which is not taken; take it out, the options are ${OPTIONS}`,
  ],
  [
    'postgres://db/agents?h4nter2=x',
    `has the option whose name is not shown, which is not taken; take it out, the options are ${OPTIONS}`,
  ],
  [
    'postgres://db?sslmode=prefer&max=5',
    `has the option sslmode, which ${MODE}`,
    `has the option max, which ${POOL}`,
    'names no database; write it after the host, as /agents',
  ],
]

describe('a URL of PostgreSQL is refused:', () => {
  test.each(REFUSED)('%s', (url, ...messages) => {
    expect(problemsOf(url)).toEqual(messages)
  })
})
