import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { toStoreError } from '../src/errors.js'

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

  test('says nothing of the user and password of a proxy, wherever the driver puts what failed there', () => {
    const proxy = () =>
      Object.assign(new Error('Proxy connection timed out'), {
        name: 'SocksClientError',
        options: { proxy: { host: 'p', port: 1080, userId: 'ada', password: 'hunter2' } },
      })
    const network = () => Object.assign(new Error('', { cause: proxy() }), { name: 'MongoNetworkError' })
    const selection = Object.assign(new Error(''), {
      name: 'MongoServerSelectionError',
      reason: { type: 'Unknown', servers: new Map([['a:1', { address: 'a:1', error: network() }]]) },
      cause: network(),
    })
    const several = Object.assign(new AggregateError([proxy(), network()]), { code: 'ECONNREFUSED' })
    for (const error of [proxy(), network(), selection, several])
      for (const opening of [{}, { opening: true }] as const) {
        const told = toStoreError(error, { hosts: ['a:1'], ...opening })
        expect(inspect(told, { depth: null, showHidden: true })).not.toMatch(/ada|hunter2/)
        expect(told.cause).toBe(error)
      }
  })

  test('says nothing of keys and documents', () => {
    const cause = Object.assign(thrown('MongoBulkWriteError', 11000, 'E11000 dup key: { user: "hunter2" }'), {
      writeErrors: [{ err: { op: { password: 'hunter2' } } }],
    })
    expect(inspect(toStoreError(cause), { depth: 10 })).not.toMatch(/hunter2/)
  })
})
