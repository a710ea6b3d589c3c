import { describe, expect, test } from 'vitest'
import { readPostgresUrl } from '../src/dialects/postgres-options.js'
import { FULL, PLAIN, problemsOf } from './urls-postgres.js'

const LONGEST = 'a'.repeat(63)

/** Options in every word that they are taken in, beside those of other tests. */
const TAKEN: [option: string, target: object][] = [
  ['sslmode=verify-full&sslnegotiation=postgres', { ...PLAIN, tls: FULL }],
  ['sslmode=verify-full&sslnegotiation=direct', { ...PLAIN, tls: FULL, directTls: true }],
  ['username=app', { ...PLAIN, user: 'app' }],
  ['target_session_attrs=primary', { ...PLAIN, writable: true }],
  [`schema=${LONGEST}`, { ...PLAIN, schema: LONGEST }],
  ['search_path=vault', { ...PLAIN, schema: 'vault' }],
  ['options=%20-c%20search_path%3Dvault%20', { ...PLAIN, schema: 'vault' }],
  ['options=-c+search_path%3Dvault', { ...PLAIN, schema: 'vault' }],
  ['options=-c%20search_path%3D%22vault%22', { ...PLAIN, schema: 'vault' }],
  ['options=project%3Dmain', { ...PLAIN, routing: 'project=main' }],
  ['options=reference%3Da.b', { ...PLAIN, routing: 'reference=a.b' }],
  ['connect_timeout=1', { ...PLAIN, connectTimeout: 1 }],
  ['connect_timeout=600', { ...PLAIN, connectTimeout: 600 }],
  ...[
    'channel_binding=disable',
    'gssencmode=prefer',
    'client_encoding=auto',
    'pgbouncer=false',
    'prepareStatement=false',
    'workaround=supabase-pooler.vercel',
  ].map((option): [string, object] => [option, PLAIN]),
]

describe('an option of PostgreSQL is taken:', () => {
  test.each(TAKEN)('%s', (option, target) => {
    expect(readPostgresUrl(`postgres://db/agents?${option}`)).toEqual(target)
  })

  test.each([
    'postgres:///?host=db&database=agents',
    'postgres://db/agents?host=db&port=5432',
    'postgres://db/agents?database=agents',
  ])('%s', (url) => {
    expect(readPostgresUrl(url)).toEqual(PLAIN)
  })

  test('what is said twice alike', () => {
    const target = { ...PLAIN, user: 'app', password: 'pw' }
    expect(readPostgresUrl('postgres://app:pw@db/agents?user=app&password=pw&dbname=agents')).toEqual(target)
  })

  test('TLS to this machine, where no host is named', () => {
    const target = { ...PLAIN, host: 'localhost', tls: { rejectUnauthorized: false, verifyHost: false } }
    expect(readPostgresUrl('postgres:///agents?sslmode=require')).toEqual(target)
  })
})

const OUT = 'is not taken; take it out'
const KEPT_ALIVE = 'is not taken; take it out, idle connections are kept alive'
const CRL = 'is not taken; no list of revoked certificates is read, take it out'
const POOL = 'is not taken; take it out, or give the size of the pool as pool, beside the url in the configuration'
const OF_USER = 'is not taken; set it for the user in the database, with alter role … set …'
const SCHEMA = 'must be the name of one schema, of letters, digits, - and _, and of at most 63 bytes; correct it'
const START = 'may set search_path to one schema and nothing else; set the rest with alter role … set …'
const SECONDS = 'is no whole number of seconds from 1 to 600; correct it'

/** Options and what is said to whoever wrote them, beside those of other tests. */
const REFUSED: [option: string, message: string][] = [
  ['sslnegotiation=tls', 'must be postgres or direct'],
  ['sslaccept=lax', 'must be strict or accept_invalid_certs'],
  ['sslcrl=/a.pem', CRL],
  ['sslcrldir=/a', CRL],
  ['gssencmode=require', 'is not taken; write sslmode=verify-full'],
  ['client_encoding=latin1', 'must be UTF8'],
  ['pgbouncer=maybe', 'must be true or false'],
  ['statement_cache_size=100', 'is not taken; take it out, statements are not kept by a name'],
  ['prepareStatement=true', OUT],
  ['supa=other', OUT],
  ['workaround=other', OUT],
  ['keepalives=0', KEPT_ALIVE],
  ['keepalives_idle=5', KEPT_ALIVE],
  ['keepalives_interval=5', KEPT_ALIVE],
  ['keepalives_count=5', KEPT_ALIVE],
  ['poolSize=5', POOL],
  ['maxPoolSize=5', POOL],
  ['pool_max_conns=5', POOL],
  ['pool_timeout=5', 'is not taken; take it out, a call that waits for a connection is told when it waits in vain'],
  ['socket_timeout=5', 'is not taken; take it out, a server that is silent for a minute is given up'],
  ['lock_timeout=5', OF_USER],
  ['idle_in_transaction_session_timeout=5', OF_USER],
  ['query_timeout=5', OF_USER],
  ['hostaddr=10.0.0.1', 'is not taken; write the address as host, or sslmode=verify-full with the name'],
  ['user=', 'is empty; give it a value, or take it out'],
  ['host', 'is empty; give it a value, or take it out'],
  ['connect_timeout=601', SECONDS],
  ['connect_timeout=1e1', SECONDS],
  ['connect_timeout=%2B5', SECONDS],
  // What stands around the one setting that is taken is another.
  ['options=x%20-c%20search_path%3Da', START],
  ['options=-c%20search_path%3Da%20-c%20statement_timeout%3D5s', START],
  ['options=-c%20search_path%3Da+b', START],
  ['options=endpoint%3Da%20-c%20x%3D1', START],
  ['options=x%20endpoint%3Da', START],
  ['options=endpoint%3Da+b', START],
  // Quotes are those around the whole name.
  ['options=-c%20search_path%3Da%22b%22', SCHEMA],
  ['options=-c%20search_path%3D%22a%22b', SCHEMA],
]

describe('an option of PostgreSQL is refused:', () => {
  test.each(REFUSED)('%s', (option, message) => {
    const name = option.replace(/=.*/, '')
    expect(problemsOf(`postgres://db/agents?${option}`)).toEqual([`has the option ${name}, which ${message}`])
  })
})
