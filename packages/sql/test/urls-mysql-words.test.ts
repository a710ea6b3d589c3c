import { describe, expect, test } from 'vitest'
import { readMysqlUrl } from '../src/dialects/mysql-options.js'
import { FULL, PLAIN, problemsOf, REQUIRE } from './urls-mysql.js'

/** Options in every word that they are taken in, beside those of other tests. */
const TAKEN: [option: string, target: object][] = [
  ['ssl-mode=disable', PLAIN],
  ['ssl-mode=required', { ...PLAIN, tls: REQUIRE }],
  ['ssl=0', PLAIN],
  ['tls=false', PLAIN],
  ['ssl_verify_cert=1', { ...PLAIN, tls: FULL }],
  ['ssl_verify_identity=1', { ...PLAIN, tls: FULL }],
  ...[
    'charset=utf8mb4_unicode_ci',
    'charset=utf8mb4_general_ci',
    'charset=utf8mb4_0900_ai_ci',
    'characterEncoding=utf8mb4',
    'timezone=UTC',
    'timezone=%2B00:00',
    'timezone=-00:00',
    'serverTimezone=Z',
    'allowPublicKeyRetrieval=true',
    'statement_cache_size=0',
  ].map((option): [string, object] => [option, PLAIN]),
]

describe('an option of MySQL is taken:', () => {
  test.each(TAKEN)('%s', (option, target) => {
    expect(readMysqlUrl(`mysql://db/agents?${option}`)).toEqual(target)
  })
})

const UTC = 'must be UTC: times are kept in it'
const UTF8 = 'must be utf8mb4: everything is kept in it'
const JDBC = 'is not taken; write ssl-mode=DISABLED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const SECONDS = 'is no whole number of seconds from 1 to 600; correct it'

/** Options and what is said to whoever wrote them, beside those of other tests. */
const REFUSED: [option: string, message: string][] = [
  ['ssl_verify_identity=false', 'must be true; or write ssl-mode=VERIFY_CA and ssl-ca'],
  ['ssl-capath=/etc/ssl', 'is not taken; name one file of certificates as ssl-ca'],
  ['ssl-crl=/a.pem', 'is not taken; no list of revoked certificates is read, take it out'],
  ['ssl-cipher=AES', 'is not taken; take it out, Node chooses the cipher, or set the least version as tls-version'],
  ['verifyServerCertificate=false', JDBC],
  ['trustServerCertificate=true', JDBC],
  ['characterEncoding=latin1', UTF8],
  ['serverTimezone=Europe/Berlin', UTC],
  ['reconnect=false', 'is not taken; take it out, connections are made anew'],
  ['allowPublicKeyRetrieval=false', 'is not taken; take it out, or encrypt with ssl-mode'],
  ['statement_cache_size=100', 'is not taken; take it out, statements are not kept by a name'],
  ['maxPoolSize=5', POOL],
  ['pool_size=5', POOL],
  ['pool_timeout=5', 'is not taken; take it out, a call that waits for a connection is told when it waits in vain'],
  ['socket_timeout=5', 'is not taken; take it out, a server that is silent for a minute is given up'],
  ['port=3307', 'is not taken; write the port behind the host'],
  ['user=app', 'is not taken; write the user before the host'],
  ['password=pw', 'is not taken; write the password before the host'],
  ['database=other', 'is not taken; write the database behind the host'],
  ['socket=', 'is empty; give it a value, or take it out'],
  ['ssl-ca=', 'is empty; give it a value, or take it out'],
  ['connect_timeout=1e1', SECONDS],
  ['connect_timeout=%2B5', SECONDS],
]

describe('an option of MySQL is refused:', () => {
  test.each(REFUSED)('%s', (option, message) => {
    const name = option.replace(/=.*/, '')
    expect(problemsOf(`mysql://db/agents?${option}`)).toEqual([`has the option ${name}, which ${message}`])
  })

  test.each(['requireAuth=true', 'require.auth=true', 'channelBinding=require', 'channel.binding=require'])(
    '%s, which asks for what TLS does',
    (option) => {
      expect(problemsOf(`mysql://db/agents?${option}`)).toEqual([
        expect.stringMatching(/, which is not taken; write ssl-mode=VERIFY_IDENTITY, or another of its words, /),
      ])
    },
  )
})
