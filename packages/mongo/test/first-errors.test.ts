import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { connect } from '@freehold/mongo'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
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

  test('is why it was not opened, also where closing fails', async () => {
    const close = vi.spyOn(MongoClient.prototype, 'close').mockImplementation(async () => {
      throw new Error('closing failed')
    })
    const error = await failing(`mongodb://127.0.0.1:1/db?${SOON}`)
    const clients = close.mock.contexts as MongoClient[]
    close.mockRestore()
    await Promise.all(clients.map((client) => client.close()))
    expect([clients.length, error]).toEqual([
      1,
      expect.objectContaining({ message: expect.stringMatching(/nothing listens/) }),
    ])
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
