import { copyFile, readFile, rm } from 'node:fs/promises'
import { type Server, startServer } from '@freehold/databases'
import { connect } from '@freehold/sql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dialectOf } from '../src/dialects/index.js'
import { type Certificates, makeCertificates, type Pair } from './certificates.js'
import { MARIADB, SERVERS, type ServerEngine } from './engines.js'
import { describeEngines } from './on-engines.js'
import { refusal } from './refusal.js'
import { databaseUrl, MYSQL, POSTGRES } from './servers.js'

/** A server of this test's own that offers TLS with a certificate. */
interface TlsServer {
  title: string
  start(): Promise<Server>
  /** Makes the server show this certificate to whoever comes from now on. */
  show(url: string, pair: Pair, ca: string): Promise<void>
  /** The database that is there, and a host by its name. */
  place(url: string): string
  /** How the options of the URL are called. */
  options: Record<'require' | 'ca' | 'full' | 'plain', (certificates: Certificates) => string>
  /** What tells how the connection that asks is encrypted; nothing when it is not. */
  cipher: string
}

const PG: TlsServer = {
  title: 'PostgreSQL',
  start: () => startServer('postgres'),
  async show(url, { cert, key }) {
    const prompt = POSTGRES.prompt(url)
    for (const [name, file] of Object.entries({ 'server.crt': cert, 'server.key': key })) {
      const text = (await readFile(file)).toString('base64')
      // Written by the server, so that it is the server's own.
      await prompt.query(
        `copy (values ('${text}')) to program 'base64 -d > ${name}.new && chmod 600 ${name}.new && mv ${name}.new ${name}'`,
      )
    }
    await prompt.query(`alter system set ssl = on`)
    await prompt.query('select pg_reload_conf()')
  },
  place: (url) => Object.assign(new URL(url), { hostname: 'localhost' }).href,
  options: {
    plain: () => 'sslmode=disable',
    require: () => 'sslmode=require',
    ca: ({ ca }) => `sslmode=verify-ca&sslrootcert=${ca}`,
    full: ({ ca }) => `sslmode=verify-full&sslrootcert=${ca}`,
  },
  cipher: `select cipher from pg_stat_ssl where pid = pg_backend_pid() and ssl`,
}

const MY: TlsServer = {
  title: 'MySQL',
  start: () => startServer('mysql'),
  async show(url, { cert, key }, ca) {
    const prompt = MYSQL.prompt(url)
    await prompt.query(`set global ssl_ca = '${ca}', global ssl_cert = '${cert}', global ssl_key = '${key}'`)
    await prompt.query('alter instance reload tls')
  },
  place: (url) => Object.assign(new URL(databaseUrl(url, 'mysql')), { hostname: 'localhost' }).href,
  options: {
    plain: () => 'ssl-mode=DISABLED',
    require: () => 'ssl-mode=REQUIRED',
    ca: ({ ca }) => `ssl-mode=VERIFY_CA&ssl-ca=${ca}`,
    full: ({ ca }) => `ssl-mode=VERIFY_IDENTITY&ssl-ca=${ca}`,
  },
  cipher: `select variable_value as cipher from performance_schema.session_status where variable_name = 'Ssl_cipher' and variable_value <> ''`,
}

let files: Certificates
beforeAll(async () => {
  files = await makeCertificates()
})
afterAll(() => files.remove())

/** What the first statement on a connection by this URL gives: rows, or how it fails. */
async function ask(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const knex = dialectOf(url).connect(url, { pool: 1, create: false })
  try {
    const result = await knex.raw(sql)
    return result.rows ?? result[0]
  } finally {
    await knex.destroy()
  }
}

const refusalAt = (url: string) => refusal(connect({ url, schema: 'migrate' }))

describe.each([PG, MY])('$title with a certificate', ({ title, start, show, place, options, cipher }) => {
  let server: Server
  beforeAll(async () => {
    server = await start()
  }, 120_000)
  afterAll(() => server.dispose())

  const urlWith = (option: keyof typeof options, host = 'localhost') => {
    const url = `${place(server.url)}?${options[option](files)}`
    return url.replace('@localhost', `@${host}`)
  }

  describe('for this host', () => {
    beforeAll(() => show(server.url, files.right, files.ca))

    test.each(['require', 'ca', 'full'] as const)('is reached encrypted when the URL says %s', async (option) => {
      expect(await ask(urlWith(option), cipher)).toHaveLength(1)
    })

    test('is reached without when the URL says so', async () => {
      expect(await ask(urlWith('plain'), cipher)).toHaveLength(0)
    })

    if (title === PG.title) {
      test('is reached encrypted from the first byte when the URL says direct', async () => {
        expect(await ask(`${urlWith('full')}&sslnegotiation=direct`, cipher)).toHaveLength(1)
      })

      test('is reached without, whatever the environment says', async () => {
        process.env.PGSSLMODE = 'require'
        process.env.PGSSLNEGOTIATION = 'direct'
        try {
          expect(await ask(urlWith('plain'), cipher)).toHaveLength(0)
        } finally {
          delete process.env.PGSSLMODE
          delete process.env.PGSSLNEGOTIATION
        }
      })
    }

    test.each(['ca', 'full'] as const)('is refused when another CA is trusted, with %s', async (option) => {
      const url = urlWith(option).replace(files.ca, files.otherCa)
      expect(await refusalAt(url)).toMatchObject({ code: 'unavailable', retryable: false })
    })

    test('fails as it fails when the file of the CA is gone', async () => {
      const copy = `${files.ca}.copy`
      await copyFile(files.ca, copy)
      const storage = await connect({ url: urlWith('ca').replace(files.ca, copy), prefix: 'gone_', schema: 'ignore' })
      await rm(copy)
      await expect(storage.traces.find()).rejects.toMatchObject({ code: 'unsupported' })
      await storage.close()
    })

    test('is refused by the roots that Node trusts', async () => {
      expect(await refusalAt(urlWith('full').replace(/&.*/, ''))).toMatchObject({
        code: 'unavailable',
        retryable: false,
        message: expect.stringContaining('the certificate of the server'),
      })
    })
  })

  describe('for another host', () => {
    beforeAll(() => show(server.url, files.wrong, files.ca))

    test.each(['require', 'ca'] as const)('is reached encrypted when the URL says %s', async (option) => {
      expect(await ask(urlWith(option), cipher)).toHaveLength(1)
    })

    test('is refused when the URL says full', async () => {
      expect(await refusalAt(urlWith('full'))).toMatchObject({
        code: 'unavailable',
        retryable: false,
        message: expect.stringContaining('the certificate of the server'),
      })
    })
  })

  // The last one: nobody but this test gets in afterwards.
  if (title === MY.title)
    test('that takes nothing else is told as such to who asks for nothing', async () => {
      const prompt = MYSQL.prompt(server.url)
      await prompt.query('set global require_secure_transport = on')
      expect(await refusalAt(urlWith('plain'))).toMatchObject({
        code: 'unavailable',
        retryable: false,
        message: expect.stringContaining('ask for TLS in the URL'),
      })
    })
})

/** Those that are started without certificates. */
const WITHOUT: readonly ServerEngine[] = SERVERS.filter(
  ({ name }) => name.startsWith('PostgreSQL') || name === MARIADB.name,
)

describeEngines((it, { family }) => {
  it('a server without TLS is refused when it is asked for, and trying again is in vain', async ({ database }) => {
    const url = `${database.url}?${family === 'postgres' ? 'sslmode=require' : 'ssl-mode=REQUIRED'}`
    expect(await refusalAt(url)).toMatchObject({
      code: 'unavailable',
      retryable: false,
      message: expect.stringContaining('the server has no TLS'),
    })
  })
}, WITHOUT)
