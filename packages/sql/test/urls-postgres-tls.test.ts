import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { readPostgresUrl } from '../src/dialects/postgres-options.js'
import { type Certificates, makeCertificates } from './certificates.js'
import { FULL, PLAIN, problemsOf } from './urls-postgres.js'

let files: Certificates
beforeAll(async () => {
  files = await makeCertificates()
})
afterAll(() => files.remove())

describe('TLS that the environment asks for', () => {
  afterEach(() => void vi.unstubAllEnvs())

  test.each([
    ['PGSSLMODE', 'require', 'require'],
    ['PGSSLMODE', 'verify-ca', 'verify-ca'],
    ['PGSSLMODE', 'verify-full', 'verify-full'],
    ['PGREQUIRESSL', '1', 'require'],
    ['PGCHANNELBINDING', 'require', 'verify-full'],
    ['PGGSSENCMODE', 'require', 'verify-full'],
  ])('by %s=%s is refused where the URL says nothing of it', (variable, value, mode) => {
    vi.stubEnv(variable, value)
    expect(problemsOf('postgres://db/agents')).toEqual([
      `says nothing of TLS, and ${variable} in the environment asks for it; write sslmode=${mode} in the url, or sslmode=disable for a connection that is not encrypted`,
    ])
  })

  // None of these is a word that libpq takes, or one that asks for it.
  test.each([
    ['PGSSLMODE', ['prefer', 'required', 'unrequire', 'verify-cas', 'no-verify-ca', 'verify-fully', 'no-verify-full']],
    ['PGREQUIRESSL', ['0', '01']],
    ['PGCHANNELBINDING', ['prefer', 'required', 'unrequire']],
    ['PGGSSENCMODE', ['prefer', 'required', 'unrequire']],
  ])('is not asked for by other words in %s', (variable, words) => {
    for (const word of words) {
      vi.stubEnv(variable, word)
      expect(readPostgresUrl('postgres://db/agents')).toEqual(PLAIN)
    }
  })

  test.each([
    ['postgres://db/agents?sslmode=disable', PLAIN],
    ['postgres://db/agents?sslmode=verify-full', { ...PLAIN, tls: FULL }],
    ['postgres://db/agents?sslaccept=strict', { ...PLAIN, tls: FULL }],
    ['postgres:///agents?host=/run', { ...PLAIN, host: '/run' }],
  ])('is of no account to %s', (url, target) => {
    vi.stubEnv('PGSSLMODE', 'require')
    expect(readPostgresUrl(url)).toEqual(target)
  })
})

describe('the files that a URL of PostgreSQL names', () => {
  test('verify whom the CA signed, with require as well', () => {
    const { tls } = readPostgresUrl(`postgres://db/agents?sslmode=require&sslrootcert=${files.ca}`)
    expect(tls).toMatchObject({ rejectUnauthorized: true, verifyHost: false })
  })

  test('verify the host too unless told otherwise', () => {
    expect(readPostgresUrl(`postgres://db/agents?sslrootcert=${files.ca}`).tls).toMatchObject(FULL)
  })

  test('are refused when they are no certificates', () => {
    expect(problemsOf(`postgres://db/agents?sslmode=verify-ca&sslrootcert=${files.notes}`)).toEqual([
      'has the option sslrootcert, whose file is no certificate in PEM; name the one of the CA',
    ])
  })

  test('are refused when the key is that of another certificate', () => {
    const pair = `sslcert=${files.right.cert}&sslkey=${files.wrong.key}`
    expect(problemsOf(`postgres://db/agents?sslmode=verify-full&${pair}`)).toEqual([
      'has sslcert and sslkey, which are no certificate and its key in PEM; correct them',
    ])
  })

  test('are refused beside sslmode=no-verify', () => {
    expect(problemsOf(`postgres://db/agents?sslmode=no-verify&sslrootcert=${files.ca}`)).toEqual([
      'has sslrootcert, and says that nothing is verified; write sslmode=verify-full',
    ])
  })
})
