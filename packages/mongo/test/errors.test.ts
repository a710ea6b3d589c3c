import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { connect } from '@freehold/mongo'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toStoreError } from '../src/errors.js'
import { databaseUrl, newName, SERVER } from './server.js'

const SOON = 'serverSelectionTimeoutMS=500&connectTimeoutMS=300'

const failing = (url: string) =>
  connect({ url }).then(
    () => expect.fail('it was opened'),
    (error: Error) => error,
  )

describe('the first error of somebody who opens', () => {
  test('a host where nothing listens says so, and where, and is worth another try', async () => {
    expect(await failing(`mongodb://ada:hunter2@127.0.0.1:1/db?${SOON}`)).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/^MongoDB at 127\.0\.0\.1:1: nothing listens there; start/),
    })
  })

  for (const scheme of ['mongodb', 'mongodb+srv'])
    test(`a host that nobody knows is named, with ${scheme}`, async () => {
      const error = await failing(`${scheme}://ada:hunter2@nobody.invalid/db?${SOON}`)
      expect(error).toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/^MongoDB at nobody\.invalid.*: the host is not known/),
      })
    })

  test('a server that ends the connection may ask for TLS; with TLS it has none, and that will not mend itself', async () => {
    const closing = createServer((socket) => socket.on('error', () => undefined).once('data', () => socket.destroy()))
    await once(closing.listen(0, '127.0.0.1'), 'listening')
    const host = `127.0.0.1:${(closing.address() as AddressInfo).port}`
    const [plain, secure] = await Promise.all([
      failing(`mongodb://${host}/db?${SOON}`),
      failing(`mongodb://${host}/db?tls=true&${SOON}`),
    ])
    closing.close()
    expect(plain).toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: expect.stringMatching(/add tls=true/),
    })
    expect(secure).toMatchObject({ code: 'unavailable', retryable: false, message: expect.stringMatching(/in TLS/) })
  })

  describe('of a server that accepts and says nothing', () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume())
    const taken = new Set<Socket>()
    silent.on('connection', (socket) => taken.add(socket))
    beforeAll(() => once(silent.listen(0, '127.0.0.1'), 'listening'))
    afterAll(() => {
      for (const socket of taken) socket.destroy()
      silent.close()
    })

    const ways = {
      'in the clear': SOON,
      'in TLS': `tls=true&${SOON}`,
      directly: `directConnection=true&${SOON}`,
      'as a replica set': `replicaSet=rs&${SOON}`,
      'with less time for a server than for a connection': 'serverSelectionTimeoutMS=300&connectTimeoutMS=9000',
      'of a replica set, with less time for it than for a connection':
        'replicaSet=rs&serverSelectionTimeoutMS=300&connectTimeoutMS=9000',
    }
    for (const [way, options] of Object.entries(ways))
      test(`asked ${way}, it is told that it did not answer, and another try may help`, async () => {
        const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`
        expect(await failing(`mongodb://${host}/db?${options}`)).toMatchObject({
          code: 'timeout',
          retryable: true,
          message: expect.stringMatching(
            `^MongoDB at ${host}: it did not answer; see the network, and whether it lets this machine in(, and.*has TLS.*)?$`,
          ),
        })
      })
  })

  const nowhere: Readonly<Record<string, readonly [path: string, told: string]>> = {
    'that is not there': [
      '/tmp/nobody-27017.sock',
      'nothing is there; start the server, or correct the path of its socket',
    ],
    'in a folder that is a file': [
      '/etc/hosts/mongodb.sock',
      'nothing is there; start the server, or correct the path of its socket',
    ],
  }
  for (const [what, [path, told]] of Object.entries(nowhere))
    test(`a socket ${what} is named, and nothing of replica sets`, async () => {
      const hosts = path.replaceAll('/', '%2F')
      expect(await failing(`mongodb://${hosts}/db?${SOON}`)).toMatchObject({
        code: 'unavailable',
        retryable: true,
        message: `MongoDB at ${path}: ${told}`,
      })
    })

  const noPem = fileURLToPath(import.meta.url)
  for (const name of ['tlsCAFile', 'tlsCRLFile', 'tlsCertificateKeyFile'])
    test(`a ${name} that cannot be read or is no PEM is what the user can mend, before a connection is tried`, async () => {
      const files = [
        ['/no/such/file', 'cannot be read \\(ENOENT\\); correct its path'],
        ['/etc', 'cannot be read \\(EISDIR\\); correct its path'],
        [noPem, 'is no .* in PEM'],
      ] as const
      for (const [file, told] of files)
        expect(await failing(`mongodb://127.0.0.1:1/db?tls=true&${name}=${encodeURIComponent(file)}`)).toMatchObject({
          code: 'invalid',
          retryable: false,
          problems: [{ field: 'url', message: expect.stringMatching(`has the option ${name}, whose file ${told}`) }],
        })
    })

  test('files of TLS that can be read and are in PEM are used', async () => {
    const pem = join(await mkdtemp(join(tmpdir(), 'freehold-')), 'both.pem')
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=us']
    await promisify(execFile)('openssl', [...made, '-keyout', `${pem}.key`, '-out', pem])
    await appendFile(pem, await readFile(`${pem}.key`))
    const error = await failing(
      `mongodb://127.0.0.1:1/db?tls=true&tlsCAFile=${pem}&tlsCertificateKeyFile=${pem}&${SOON}`,
    )
    await rm(dirname(pem), { recursive: true })
    expect(error).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/nothing listens there/) })
  })

  test.skipIf(SERVER === undefined)('a server of another replica set, or of none, is no matter of time', async () => {
    const url = new URL(databaseUrl(newName()))
    url.searchParams.delete('directConnection')
    url.searchParams.set('replicaSet', 'nobodys')
    url.searchParams.set('serverSelectionTimeoutMS', '300')
    expect(await failing(url.href)).toMatchObject({
      code: 'unavailable',
      retryable: false,
      message: expect.stringMatching(/correct replicaSet/),
    })
  })

  test.skipIf(SERVER === undefined)('a server without a load balancer in front says so', async () => {
    const url = new URL(databaseUrl(newName()))
    url.searchParams.delete('directConnection')
    url.searchParams.set('loadBalanced', 'true')
    expect(await failing(url.href)).toMatchObject({
      code: 'unsupported',
      retryable: false,
      message: expect.stringMatching(/leave loadBalanced out/),
    })
  })

  test.skipIf(SERVER === undefined)(
    'a server without TLS is never spoken to in the clear when TLS is asked for',
    async () => {
      const url = new URL(databaseUrl(newName()))
      for (const [name, value] of new URLSearchParams(`tls=true&${SOON}`)) url.searchParams.set(name, value)
      expect(await failing(url.href)).toMatchObject({ message: expect.stringMatching(/TLS, which the URL asks for/) })
    },
  )
})

describe('an error of the driver', () => {
  const thrown = (name: string, code?: number, message = '') => Object.assign(new Error(message), { name, code })

  test('is told apart by its code or its name', () => {
    const codes = {
      unavailable: [
        thrown('MongoNetworkError'),
        thrown('MongoServerSelectionError'),
        thrown('MongoServerError', 10107),
      ],
      timeout: [thrown('MongoServerError', 50), thrown('MongoNetworkTimeoutError'), thrown('MongoServerError', 112)],
      already_exists: [thrown('MongoServerError', 11000)],
      invalid: [
        thrown('MongoServerError', 17419),
        thrown('MongoInvalidArgumentError', undefined, 'Document is larger than the maximum size 16777216'),
      ],
      internal: [thrown('MongoServerError', 9), new TypeError('x is not a function')],
    }
    for (const [code, errors] of Object.entries(codes))
      expect(errors.map((error) => toStoreError(error).code)).toEqual(errors.map(() => code))
    expect(toStoreError(thrown('MongoServerError', 18))).toMatchObject({ code: 'unavailable', retryable: false })
  })

  test('says what happened, where, and what to do, and whether trying again can help', () => {
    const told = (error: Error) => {
      const { code, retryable, message } = toStoreError(error, { hosts: ['db.example:27017'] })
      return `${code} ${retryable} ${message}`
    }
    const server = (code: number, message = '') => told(thrown('MongoServerError', code, message))
    expect(server(18)).toMatch(
      /^unavailable false MongoDB at db\.example:27017 \(18\): user and password .* authSource$/,
    )
    expect(server(8000, 'bad auth : authentication failed')).toMatch(/^unavailable false .* user and password/)
    expect(server(8000, 'you are over your space quota')).toMatch(/^unavailable true .* over its quota/)
    expect(server(13)).toMatch(/^unavailable false .* give it the role/)
    expect(server(10107)).toMatch(/^unavailable true .* not the primary/)
    expect(server(14031)).toMatch(/^unavailable true .* disk of the server is full/)
    expect(server(64)).toMatch(/^timeout true .* majority/)
    expect(server(59)).toMatch(/^unsupported false .* MongoDB 7/)
    expect(server(59, "no such command: 'saslStart'")).toMatch(
      /^unsupported false .* leave user, password and authMechanism out/,
    )
    expect(server(121)).toMatch(/^unsupported false .* validator/)
    expect(server(13297)).toMatch(/^invalid false .* capitals/)
    expect(server(334)).toMatch(/^invalid false .* authMechanism/)
    expect(told(thrown('MongoCompatibilityError'))).toMatch(/^unsupported false .* MongoDB 7/)
    expect(told(thrown('MongoMissingDependencyError'))).toMatch(/^unsupported false .* package/)
    const cleared = (cause: Error) => told(Object.assign(thrown('MongoPoolClearedError'), { cause }))
    expect(cleared(thrown('MongoServerError', 18))).toMatch(/^unavailable false .* user and password/)
    expect(cleared(thrown('MongoNetworkError'))).toMatch(/^unavailable true /)
    expect(told(thrown('MongoParseError'))).toMatch(/^invalid false .* TXT record/)
    for (const message of ['No addresses found at host', 'Server record does not share hostname with parent URI'])
      expect(told(thrown('MongoAPIError', undefined, message))).toMatch(/^unavailable false .* SRV records/)
  })

  test('of a certificate will not mend itself while a database is opened, and may once it was reached', () => {
    const certificate = Object.assign(thrown('MongoServerSelectionError'), {
      reason: {
        type: 'Unknown',
        servers: new Map([
          ['a:1', { address: 'a:1', error: { cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: '' } } }],
        ]),
      },
    })
    const opening = toStoreError(certificate, { hosts: ['a:1'], listed: true, opening: true })
    expect(opening).toMatchObject({ retryable: false, message: expect.stringMatching(/at a:1: .*tlsCAFile=/) })
    expect(toStoreError(certificate, { hosts: ['a:1'] })).toMatchObject({ retryable: true })
  })

  test('of a socket says what is the matter with it, and whether another try can help', () => {
    const selection = (code: string) =>
      Object.assign(thrown('MongoServerSelectionError'), {
        reason: {
          type: 'ReplicaSetNoPrimary',
          servers: new Map([
            ['/tmp/a.sock', { address: '/tmp/a.sock', error: { message: `connect ${code} /tmp/a.sock` } }],
          ]),
        },
      })
    const told = (code: string) => {
      const { retryable, message } = toStoreError(selection(code), {
        hosts: ['/tmp/a.sock'],
        listed: true,
        opening: true,
      })
      return `${retryable} ${message}`
    }
    expect(told('ENOENT')).toMatch(/^true MongoDB at \/tmp\/a\.sock: nothing is there.* its socket$/)
    expect(told('ENOTSOCK')).toBe(told('ENOENT'))
    expect(told('EACCES')).toMatch(/^false MongoDB at \/tmp\/a\.sock: this user may not connect there.*to the socket$/)
  })

  test('at a host that only the replica set names says so', () => {
    const unknown = Object.assign(thrown('MongoServerSelectionError'), {
      reason: {
        type: 'ReplicaSetNoPrimary',
        servers: new Map([['mongo1:27017', { address: 'mongo1:27017', error: { code: 'ENOTFOUND', message: '' } }]]),
      },
    })
    const message = (listed: boolean) => toStoreError(unknown, { hosts: ['127.0.0.1'], listed }).message
    expect(message(true)).toMatch(/at mongo1:27017: the host is not known.*directConnection=true$/)
    expect(message(false)).toMatch(/correct its name$/)
  })

  test('says nothing of the user, in whatever error the driver puts what the server said of it', () => {
    for (const code of [11, 13, 18, 8000]) {
      const said = `Authentication failed for "ada@admin"`
      const server = () =>
        Object.assign(thrown('MongoServerError', code, said), { errorResponse: { errmsg: said, code } })
      const cleared = Object.assign(new Error(`the pool was cleared: "${said}"`, { cause: server() }), {
        name: 'MongoPoolClearedError',
      })
      const selection = Object.assign(new Error(said), {
        name: 'MongoServerSelectionError',
        reason: {
          type: 'Unknown',
          servers: new Map([['a:1', { address: 'a:1', error: new Error(said, { cause: server() }) }]]),
        },
      })
      for (const error of [server(), cleared, selection])
        for (const opening of [{}, { opening: true }] as const) {
          const told = toStoreError(error, { hosts: ['a:1'], ...opening })
          expect(inspect(told, { depth: 10, showHidden: true }) + (told.cause as Error).stack).not.toMatch(/ada/)
          expect(told.cause).toMatchObject({ name: error.name, message: `the server answered with code ${code}` })
        }
    }
  })

  test('says nothing of keys and documents', () => {
    const cause = Object.assign(thrown('MongoBulkWriteError', 11000, 'E11000 dup key: { user: "hunter2" }'), {
      writeErrors: [{ err: { op: { password: 'hunter2' } } }],
    })
    expect(inspect(toStoreError(cause), { depth: 10 })).not.toMatch(/hunter2/)
  })
})
