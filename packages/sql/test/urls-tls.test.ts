import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readMysqlUrl } from '../src/dialects/mysql-options.js'
import { readPostgresUrl } from '../src/dialects/postgres-options.js'
import { type Certificates, makeCertificates } from './certificates.js'
import { problemsOf as problemsOfMysql } from './urls-mysql.js'
import { FULL, PLAIN, problemsOf } from './urls-postgres.js'

const REQUIRE = { rejectUnauthorized: false, verifyHost: false }
const BY_CA = { rejectUnauthorized: true, verifyHost: false }

let files: Certificates
let locked: string
beforeAll(async () => {
  files = await makeCertificates()
  locked = `${files.right.key}.locked`
  const key = createPrivateKey(readFileSync(files.right.key))
  const cipher = { cipher: 'aes-256-cbc', passphrase: 'opensesame' }
  await writeFile(locked, key.export({ type: 'pkcs8', format: 'pem', ...cipher }))
})
afterAll(() => files.remove())

const postgres = (options: string) => `postgres://db/agents?${options}`
const mysql = (options: string) => `mysql://db/agents?${options}`

describe('a certificate of our own', () => {
  test('is given with its key', () => {
    const { cert, key } = files.right
    const target = { ...PLAIN, tls: { ...FULL, cert: readFileSync(cert), key: readFileSync(key) } }
    expect(readPostgresUrl(postgres(`sslcert=${cert}&sslkey=${key}`))).toEqual(target)
  })

  test('is given with its key and what opens that', () => {
    const { cert } = files.right
    const tls = { ...FULL, cert: readFileSync(cert), key: readFileSync(locked), passphrase: 'opensesame' }
    const url = postgres(`sslcert=${cert}&sslkey=${locked}&sslpassword=opensesame`)
    expect(readPostgresUrl(url)).toEqual({ ...PLAIN, tls })
  })

  test.each(['', '&sslpassword=sesame'])('is refused with a key that stays closed: %s', (password) => {
    expect(problemsOf(postgres(`sslcert=${files.right.cert}&sslkey=${locked}${password}`))).toEqual([
      'has sslcert and sslkey, which are no certificate and its key in PEM; correct them',
    ])
  })

  test('is refused without its key, whatever it is', () => {
    expect(problemsOf(postgres(`sslcert=${files.notes}`))).toEqual([
      'has sslcert without sslkey; add it, or write sslrootcert if it is the certificate of the CA',
    ])
  })

  test('is missed where its key is, whatever that is', () => {
    expect(problemsOf(postgres(`sslkey=${files.notes}`))).toEqual(['has sslkey without sslcert; add it'])
    expect(problemsOfMysql(mysql(`ssl-key=${files.notes}`))).toEqual(['has ssl-key without ssl-cert; add it'])
  })

  test('is missed with its key where only what opens that is given', () => {
    expect(problemsOf(postgres('sslpassword=opensesame'))).toEqual(['has sslpassword without sslkey; add it'])
  })
})

describe('a CA', () => {
  test('verifies with REQUIRED as well, but for the name of the host', () => {
    expect(readMysqlUrl(mysql(`ssl-mode=REQUIRED&ssl-ca=${files.ca}`)).tls).toMatchObject(BY_CA)
  })

  test('verifies nothing where that is asked for', () => {
    const { tls } = readPostgresUrl(postgres(`sslmode=require&sslrootcert=${files.ca}&sslaccept=accept_invalid_certs`))
    expect(tls).toMatchObject(REQUIRE)
  })

  test('verifies what is to be verified all the same', () => {
    const { tls } = readPostgresUrl(postgres(`sslmode=no-verify&sslrootcert=${files.ca}&sslaccept=strict`))
    expect(tls).toMatchObject(FULL)
  })

  test.each(['sslMode=trust', 'ssl={"rejectUnauthorized":false}', 'tls=skip-verify'])(
    'is refused beside %s',
    (mode) => {
      expect(problemsOfMysql(mysql(`${mode}&ssl-ca=${files.ca}`))).toEqual([
        'has ssl-ca, and says that nothing is verified; write ssl-mode=VERIFY_IDENTITY',
      ])
    },
  )
})
