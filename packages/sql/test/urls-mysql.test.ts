import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMysqlUrl } from '../src/dialects/mysql-options.js'
import { type Certificates, makeCertificates } from './certificates.js'
import { FULL, PLAIN, problemsOf, REQUIRE } from './urls-mysql.js'

let files: Certificates
beforeAll(async () => {
  files = await makeCertificates()
})
afterAll(() => files.remove())

const APP = { ...PLAIN, user: 'app', password: 'pw' }

/** What is printed by vendors and libraries, and where it leads. */
const TAKEN: [url: string, target: object][] = [
  ['mysql://db/agents', PLAIN],
  ['mariadb://app:pw@db:3307/agents', { ...APP, port: 3307 }],
  ['mysql://avnadmin:pw@db:25060/agents?ssl-mode=REQUIRED', { ...APP, user: 'avnadmin', port: 25060, tls: REQUIRE }],
  ['mysql://db/agents?ssl-mode=DISABLED', PLAIN],
  ['mysql://db/agents?sslmode=require', { ...PLAIN, tls: REQUIRE }],
  ['mysql://db/agents?sslMode=VERIFY_IDENTITY', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl_mode=verify-full', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?sslMode=trust', { ...PLAIN, tls: REQUIRE }],
  ['mysql://db/agents?ssl=true', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl=1', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl=false', PLAIN],
  ['mysql://db/agents?ssl={"rejectUnauthorized":true}', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl=%7B%22rejectUnauthorized%22%3Atrue%7D', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl={"rejectUnauthorized":false}', { ...PLAIN, tls: REQUIRE }],
  ['mysql://db/agents?ssl={}', { ...PLAIN, tls: FULL }],
  [
    'mysql://db/agents?ssl={"minVersion":"TLSv1.2","rejectUnauthorized":true}',
    { ...PLAIN, tls: { ...FULL, minVersion: 'TLSv1.2' } },
  ],
  ['mysql://db/agents?sslaccept=strict', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl_verify_cert=true&ssl_verify_identity=true', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl-mode=REQUIRED&ssl_verify_cert=true', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?ssl=true&tls-version=TLSv1.2,TLSv1.3', { ...PLAIN, tls: { ...FULL, minVersion: 'TLSv1.2' } }],
  ['mysql://db/agents?enabledTLSProtocols=TLSv1.3', { ...PLAIN, tls: { ...FULL, minVersion: 'TLSv1.3' } }],
  ['mysql://db/agents?sslaccept=accept_invalid_certs', { ...PLAIN, tls: REQUIRE }],
  ['mysql://db/agents?tls=true', { ...PLAIN, tls: FULL }],
  ['mysql://db/agents?tls=skip-verify', { ...PLAIN, tls: REQUIRE }],
  [
    'mysql://app:pw@localhost/agents?socket=/run/mysqld.sock',
    { ...APP, host: 'localhost', socket: '/run/mysqld.sock' },
  ],
  ['mysql://app:pw@/agents?socketPath=/run/mysqld.sock', { ...APP, host: 'localhost', socket: '/run/mysqld.sock' }],
  ['mysql:///agents?unix_socket=/cloudsql/p:r:i', { ...PLAIN, host: 'localhost', socket: '/cloudsql/p:r:i' }],
  ['mysql://app@%2Frun%2Fmysqld.sock/agents', { ...PLAIN, host: 'localhost', user: 'app', socket: '/run/mysqld.sock' }],
  ['mysql:///agents?socket=/run/s&ssl-mode=REQUIRED', { ...PLAIN, host: 'localhost', socket: '/run/s', tls: REQUIRE }],
  ['mysql://db/agents?charset=utf8mb4&timezone=Z', PLAIN],
  ['mysql://db/agents?characterEncoding=UTF-8&serverTimezone=UTC', PLAIN],
  ['mysql://db/agents?reconnect=true', PLAIN],
  ['mysql://db/agents?connect_timeout=10', { ...PLAIN, connectTimeout: 10 }],
  ['mysql://[::1]/agents?ssl-mode=REQUIRED', { ...PLAIN, host: '::1', tls: REQUIRE }],
]

describe('MySQL is reached by', () => {
  test.each(TAKEN)('%s', (url, target) => {
    expect(readMysqlUrl(url)).toEqual(target)
  })
})

const MODE =
  'must be DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY; what is encrypted only if the server likes is not taken'
const SSL = 'must be true, false or {"rejectUnauthorized":true}; or write ssl-mode, and ssl-ca=/path/to/ca.pem for a CA'
const JDBC = 'is not taken; write ssl-mode=DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const NAMELESS =
  'asks for a certificate that bears the name of the host, and names none; write the name instead of its address, or ssl-mode=VERIFY_CA and ssl-ca'
const OPTIONS = 'ssl-mode, ssl, ssl-ca, ssl-cert, ssl-key, sslpassword, tls-version, socket, connect_timeout, charset'

/** What is refused, and what is said to whoever wrote it. */
const REFUSED: [url: string, ...messages: string[]][] = [
  ['mysql://db/agents?ssl-mode=PREFERRED', `has the option ssl-mode, which ${MODE}`],
  ['mysql://db/agents?ssl-mode=', `has the option ssl-mode, which ${MODE}`],
  ['mysql://db/agents?ssl=Amazon%20RDS', `has the option ssl, which ${SSL}`],
  ['mysql://db/agents?ssl={"ca":"x"}', `has the option ssl, which ${SSL}`],
  ['mysql://db/agents?ssl={"rejectUnauthorized":"no"}', `has the option ssl, which ${SSL}`],
  ['mysql://db/agents?ssl={', `has the option ssl, which ${SSL}`],
  ['mysql://db/agents?ssl={"minVersion":"TLSv1"}', 'has the option ssl, which must be TLSv1.2 or TLSv1.3'],
  ['mysql://db/agents?tls=preferred', 'has the option tls, which must be true, skip-verify or false'],
  ['mysql://db/agents?useSSL=true', `has the option useSSL, which ${JDBC}`],
  [
    'mysql://db/agents?requireSSL=true&verifyServerCertificate=true',
    `has the option requireSSL, which ${JDBC}`,
    `has the option verifyServerCertificate, which ${JDBC}`,
  ],
  [
    'mysql://db/agents?ssl_verify_cert=false',
    'has the option ssl_verify_cert, which must be true; or write ssl-mode=REQUIRED, which trusts whoever answers',
  ],
  [
    'mysql://db/agents?ssl-mode=DISABLED&ssl_verify_identity=true',
    'says that nothing is encrypted, and how it is; write ssl-mode=VERIFY_IDENTITY, or take the other options out',
  ],
  [
    'mysql://db/agents?sslaccept=accept_invalid_certs&ssl_verify_cert=true',
    'has both sslaccept=accept_invalid_certs and an option that verifies; keep one of them',
  ],
  [
    'mysql://db/agents?encrypt=true',
    `has the option encrypt, which is not taken; write ssl-mode=VERIFY_IDENTITY, or another of its words, the options are ${OPTIONS}`,
  ],
  ['mysql://db/agents?ssl=true&ssl-mode=DISABLED', 'has both ssl and ssl-mode; keep one of them'],
  ['mysql://db/agents?ssl-mode=REQUIRED&ssl-mode=REQUIRED', 'has the option ssl-mode twice; keep one'],
  [
    'mysql://db/agents?ssl-mode=VERIFY_CA',
    'verifies whom a CA signed, and names none; add ssl-ca=/path/to/ca.pem, or write ssl-mode=VERIFY_IDENTITY',
  ],
  [
    'mysql://db/agents?sslcert=/no/such.pem',
    'has ssl-cert without ssl-key; add it, or write ssl-ca if it is the certificate of the CA',
    'has the option ssl-cert, whose file cannot be read (ENOENT); correct its path or its rights',
  ],
  ['mysql://127.0.0.1/agents?ssl-mode=VERIFY_IDENTITY', NAMELESS],
  ['mysql://[::1]/agents?ssl=true', NAMELESS],
  ['mysql:///agents?socket=/run/s&ssl=true', NAMELESS],
  ['mysql://db/agents?socket=/run/s', 'names a host beside a socket; keep one of them'],
  ['mysql:///agents?socket=/a&socketPath=/b', 'has both socket and socketPath; keep one of them'],
  ['mysql://db/agents?charset=latin1', 'has the option charset, which must be utf8mb4: everything is kept in it'],
  ['mysql://db/agents?timezone=local', 'has the option timezone, which must be UTC: times are kept in it'],
  ['mysql://db/agents?connectionLimit=5', `has the option connectionLimit, which ${POOL}`],
  [
    'mysql://db/agents?connectTimeout=5000',
    'has the option connectTimeout, which counts in another unit elsewhere; write connect_timeout, in seconds',
  ],
  [
    'mysql://db/agents?schema=app_a',
    'has the option schema, which is not taken; the database is the schema, write it behind the host',
  ],
  ['mysql://db/agents?host=other', 'has the option host, which is not taken; write the host before the database'],
  [
    'mysql://db/agents?multipleStatements=true',
    `has the option multipleStatements, which is not taken; take it out, the options are ${OPTIONS}`,
  ],
  ['mysql://a:1,b:2/agents', 'names several hosts; name one, that of the primary or of a proxy in front of them'],
  ['mysql://app:pw@db', 'names no database; write it after the host, as /agents'],
]

describe('a URL of MySQL is refused:', () => {
  test.each(REFUSED)('%s', (url, ...messages) => {
    expect(problemsOf(url)).toEqual(messages)
  })
})

test.each(['ssl-ca', 'ssl_ca', 'sslca', 'sslrootcert'])('the CA in %s is trusted, and none beside it', (name) => {
  const { tls } = readMysqlUrl(`mysql://db/agents?ssl-mode=VERIFY_CA&${name}=${files.ca}`)
  expect(tls).toMatchObject({ rejectUnauthorized: true, verifyHost: false })
  expect(tls?.ca?.toString()).toContain('BEGIN CERTIFICATE')
})
