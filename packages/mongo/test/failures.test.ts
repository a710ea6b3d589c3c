import { MongoBulkWriteError, MongoClient, MongoServerError } from 'mongodb'
import { describe, expect, test } from 'vitest'
import { Database } from '../src/database.js'
import { failureOf, isForbidden, toStoreError } from '../src/errors.js'
import { databaseUrl, dropDatabase, newName, SERVER } from './server.js'

const server = (code: number, errmsg = '', errorLabels: string[] = []) =>
  new MongoServerError({ code, errmsg, errorLabels })

/** What a caller is told, in one line. */
function told(error: unknown, opening?: true): string {
  const { code, retryable, message } = toStoreError(error, { hosts: ['a:1'], ...(opening ? { opening } : {}) })
  return `${code} ${retryable} ${message}`
}

describe('a bulk write that failed in several ways', () => {
  /** As the driver makes it: with the code of the first write that failed. */
  function bulk(codes: readonly number[], concern?: number): MongoBulkWriteError {
    const writeErrors = codes.map((code, index) => ({ code, index, errmsg: '' }))
    const result = { getWriteConcernError: () => (concern === undefined ? undefined : { code: concern }) }
    const first = codes.length === 0 ? {} : { code: codes[0]!, writeErrors }
    return new MongoBulkWriteError({ message: '', ...first } as never, result as never)
  }

  test.each<[readonly number[], number | undefined, string, string | undefined]>([
    [[11000, 11000], undefined, 'already_exists false MongoDB at a:1 (11000): a key is taken', 'taken'],
    [[11000, 14031], undefined, 'unavailable true MongoDB at a:1 (14031): the disk of the server is full', undefined],
    [[14031, 11000], undefined, 'unavailable true MongoDB at a:1 (14031): the disk of the server is full', undefined],
    [[11000, 16500], undefined, 'unavailable true MongoDB at a:1 (16500): the database takes no more', 'again'],
    [[11000, 121, 14031], undefined, 'unsupported false MongoDB at a:1 (121): a validator', undefined],
    [[11000], 64, 'timeout true MongoDB at a:1 (64): a majority', undefined],
    [[11000, 14031], 64, 'unavailable true MongoDB at a:1 (14031): the disk of the server is full', undefined],
    [[], 91, 'unavailable true MongoDB at a:1 (91): the server is not the primary', undefined],
  ])('with the codes %j, and %s of its write concern, is told by the worst', (codes, concern, begins, retry) => {
    const error = bulk(codes, concern)
    expect(told(error).slice(0, begins.length)).toBe(begins)
    expect(failureOf(error).retry).toBe(retry)
    const [, number] = /\((\d+)\)/.exec(begins)!
    expect(toStoreError(error).cause).toMatchObject({ message: `the server answered with code ${number}` })
  })

  test.skipIf(SERVER === undefined)('on a server is not tried again as if only a key were taken', async () => {
    const name = newName()
    const client = new MongoClient(databaseUrl(name))
    const db = new Database(() => client.db(), 'freehold_')
    await db.insertNew('spans', [{ _id: 'taken' }])
    let attempts = 0
    const insert = () => {
      attempts += 1
      return db.insertNew('spans', [{ _id: 'taken' }, { _id: ['no key'] as never }])
    }
    const error = await db.retry(insert).catch((reason: unknown) => reason)
    expect([toStoreError(error).code, attempts]).toEqual(['internal', 1])
    await client.close()
    await dropDatabase(name)
  })
})

describe('what passes by itself', () => {
  test.each([
    46, 63, 70, 94, 117, 134, 150, 175, 211, 215, 239, 246, 249, 250, 261, 264, 272, 279, 303, 319, 338, 355, 365, 371,
    398, 402, 406, 412, 433, 449, 450, 453, 10058, 11601, 12586, 12587, 13388, 46841, 56846, 91331, 10045600,
  ])('is no fault of the call: the code %d of a server', (code) => {
    expect(told(server(code))).toMatch(/^unavailable true .*try again/)
  })

  test('on the way to a shard is a timeout', () => {
    expect(told(server(407))).toMatch(/^timeout true /)
  })

  test.each([
    ['RetryableError', /^unavailable true .* cannot be reached or cannot be written/],
    ['RetryableWriteError', /^unavailable true .* cannot be reached or cannot be written/],
    ['SystemOverloadedError', /^unavailable true .* takes no more requests now; try again$/],
  ])('is told by the label %s, whatever the code', (label, expected) => {
    expect(told(server(9999, '', [label]))).toMatch(expected)
    expect(told(server(9999))).toMatch(/^internal false /)
    // What is known by its code is known better.
    expect(told(server(13, '', [label]))).toMatch(/^unavailable false .* give it the role/)
  })

  const dns = (code: string, syscall = 'querySrv') =>
    Object.assign(new Error(`${syscall} ${code} _mongodb._tcp.a`), { code, syscall })

  test.each([
    'EREFUSED',
    'EBADRESP',
    'EFORMERR',
    'ECANCELLED',
    'ECONNREFUSED',
    'ENOMEM',
    'ENOTIMP',
    'EOF',
    'ESERVFAIL',
    'ETIMEOUT',
  ])('is a name that cannot be looked up for %s', (code) => {
    const expected = `unavailable true MongoDB at a:1 (${code}): the name of the host cannot be looked up now; see the network, then try again`
    for (const syscall of ['querySrv', 'queryTxt']) expect(told(dns(code, syscall), true)).toBe(expected)
  })

  test.each(['EAI_AGAIN', 'EAI_FAIL'])('is a name that the system cannot look up for %s', (code) => {
    expect(told(dns(code, 'getaddrinfo'), true)).toMatch(/^unavailable true .* cannot be looked up now/)
  })

  test.each(['ENOTFOUND', 'ENODATA', 'EBADNAME'])('or can be corrected is a name that is not known: %s', (code) => {
    expect(told(dns(code), true)).toMatch(/^unavailable true .* the host is not known; correct its name$/)
  })

  test('is a network that is away for now', () => {
    expect(told(dns('ENETUNREACH'))).toMatch(/^unavailable true /)
  })

  test.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'ENOBUFS'])('is what this machine has not to spare: %s', (code) => {
    const cause = Object.assign(new Error(`connect ${code} 10.0.0.1:27017`), { code, syscall: 'connect' })
    const network = Object.assign(new Error(cause.message, { cause }), { name: 'MongoNetworkError' })
    const selection = Object.assign(new Error(cause.message), {
      name: 'MongoServerSelectionError',
      reason: { type: 'Unknown', servers: new Map([['a:1', { address: 'a:1', error: network }]]) },
    })
    for (const error of [cause, dns(code), network, selection])
      for (const opening of [undefined, true] as const)
        expect(told(error, opening)).toMatch(
          /^unavailable true .*: this machine has no file handle or port to spare; let/,
        )
  })
})

describe('a server without retryable writes', () => {
  test.each([
    ['of Amazon', server(301, 'Retryable writes are not supported')],
    [
      'that the driver knows',
      new MongoServerError({
        message: 'This MongoDB deployment does not support retryable writes. Please add retryWrites=false.',
      }),
    ],
  ])('%s is told with the option that helps', (_, error) => {
    expect(told(error)).toMatch(/^unsupported false .* add retryWrites=false to the URL$/)
  })

  test('is not what the same code means elsewhere', () => {
    expect(told(server(301, 'data corruption detected'))).toMatch(/^internal false /)
  })
})

describe('the one code of Atlas', () => {
  test.each([
    ['user is not allowed to do action [insert] on [app.spans]', true, /^unavailable false .* give it the role/],
    ['user is not allowed to do action [find] on [workspaces.authors]', true, /^unavailable false .* give it the role/],
    ['not authorized on app to execute command', true, /^unavailable false .* give it the role/],
    ['bad auth : authentication failed', false, /^unavailable false .* user and password/],
    ['you are over your space quota, using 518 MB of 512 MB', false, /^unavailable true .* over its quota/],
    ['cannot create a new collection -- already using 527 collections of 500', false, /^unavailable true .* quota/],
    ['CMD_NOT_ALLOWED: setParameter', false, /^unavailable false .* Atlas refuses it; see there/],
  ])('means what its text says: %s', (text, forbidden, expected) => {
    expect(told(server(8000, text))).toMatch(expected)
    expect(isForbidden(server(8000, text))).toBe(forbidden)
  })
})
