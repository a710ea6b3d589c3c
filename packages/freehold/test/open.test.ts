import { StoreError } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import type { OpenOptions } from '../src/config.js'
import { openMigrationsOn, openStorageOn } from '../src/open.js'
import { errorOf, problemsOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

const THREE = { a: 'stub:a', b: 'stub:b', c: 'stub:c' }

describe('opening a storage', () => {
  it('connects once to each distinct database', async () => {
    const stub = new StubBackend()
    const databases = { a: 'stub:x', b: 'stub:./x', c: 'stub:y' }
    const storage = await openStorageOn(hostOf(stub), { databases, routes: routesTo('a', 'b', 'a', 'c') })
    await storage.close()
    expect(stub.connects.map(({ domains }) => domains)).toEqual([['traces', 'sessions', 'approvals'], ['audit']])
  })

  it('checks the schema unless told', async () => {
    const stub = new StubBackend()
    await (await openStorageOn(hostOf(stub), 'stub:a')).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['check'])
  })

  it('migrates when told', async () => {
    const stub = new StubBackend()
    await (await openStorageOn(hostOf(stub), { databases: { main: 'stub:a' }, migrate: true })).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['migrate'])
  })

  it('migrates a URL when told beside it', async () => {
    const stub = new StubBackend()
    await (await openStorageOn(hostOf(stub), 'stub:a', { migrate: true })).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['migrate'])
  })

  it('takes what it is told beside the configuration over what that says', async () => {
    const stub = new StubBackend()
    const config = { databases: { main: 'stub:a' }, migrate: true }
    await (await openStorageOn(hostOf(stub), config, { migrate: false })).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['check'])
  })

  it('takes what it is told over the environment', async () => {
    const stub = new StubBackend()
    const variables = { FREEHOLD_URL: 'stub:a', FREEHOLD_MIGRATE: 'false' }
    await (await openStorageOn(hostOf(stub, { variables }), undefined, { migrate: true })).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['migrate'])
  })

  it('refuses options that it does not know, along with the configuration', async () => {
    const options = { migrat: true } as OpenOptions
    expect(await problemsOf(openStorageOn(hostOf(new StubBackend()), 'stub:', options))).toEqual([
      'options.migrat: is not a field of options; the fields are migrate, tenants',
      'url: names no file; write stub:path',
    ])
  })

  it('connects to nothing when the configuration is refused', async () => {
    const stub = new StubBackend()
    await errorOf(openStorageOn(hostOf(stub), { databases: { a: 'stub:a', b: 'gone:b' }, routes: routesTo('a', 'b') }))
    expect(stub.connects).toEqual([])
  })

  it('closes the first two when the third cannot be reached', async () => {
    const stub = new StubBackend()
    const databases = { ...THREE, c: 'stub:down' }
    await errorOf(openStorageOn(hostOf(stub), { databases, routes: routesTo('a', 'b', 'b', 'c') }))
    expect(stub.closed).toHaveLength(2)
  })

  it('names the database that cannot be reached', async () => {
    const databases = { ...THREE, c: 'stub:down' }
    const config = { databases, routes: routesTo('a', 'b', 'b', 'c') }
    const error = await errorOf(openStorageOn(hostOf(new StubBackend()), config))
    expect(error.message).toBe('databases.c.url: the database cannot be reached')
  })

  it('keeps the code of the database that cannot be reached', async () => {
    const error = await errorOf(openStorageOn(hostOf(new StubBackend()), 'stub:down'))
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code: 'unavailable', retryable: true })
  })
})

describe('a database that does not open', () => {
  const opening = (stub: StubBackend) => openStorageOn(hostOf(stub), { databases: { main: 'stub:a' } })

  for (const retryable of [true, false])
    it(`is told with whether a retry can help: ${retryable}`, async () => {
      const stub = new StubBackend()
      stub.refuses = new StoreError('unavailable', 'wrong password', { retryable })
      const error = await errorOf(opening(stub))
      expect([error.code, error.retryable]).toEqual(['unavailable', retryable])
    })

  it('is told with its problems', async () => {
    const stub = new StubBackend()
    stub.refuses = StoreError.invalid('url', [{ field: 'ssl', message: 'is not known' }])
    expect((await errorOf(opening(stub))).problems).toEqual([{ field: 'ssl', message: 'is not known' }])
  })

  it("is told with the driver's own error as its cause", async () => {
    const stub = new StubBackend()
    const driver = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    stub.refuses = new StoreError('unavailable', 'nothing listens there', { cause: driver })
    expect((await errorOf(opening(stub))).cause).toBe(driver)
  })

  it('is told with the error of the backend as its cause where there is no other', async () => {
    const stub = new StubBackend()
    stub.refuses = new StoreError('internal', 'it failed')
    expect((await errorOf(opening(stub))).cause).toBe(stub.refuses)
  })

  it('for a reason that is no error of a store is told as that', async () => {
    const stub = new StubBackend()
    stub.refuses = new TypeError('a bug')
    await expect(opening(stub)).rejects.toBe(stub.refuses)
  })

  it('is what is told when those before it fail to close too', async () => {
    const stub = new StubBackend()
    stub.failsToClose = true
    const databases = { ...THREE, c: 'stub:down' }
    const error = await errorOf(openStorageOn(hostOf(stub), { databases, routes: routesTo('a', 'b', 'b', 'c') }))
    expect(error.message).toBe('databases.c.url: the database cannot be reached')
  })

  it('opens when it is tried again later', async () => {
    const stub = new StubBackend()
    stub.refuses = new StoreError('unavailable', 'away')
    await errorOf(opening(stub))
    stub.refuses = undefined
    const storage = await opening(stub)
    expect(await storage.sessions.list()).toEqual({ items: [] })
    await storage.close()
  })
})

describe('closing a storage', () => {
  const openThree = (stub: StubBackend) =>
    openStorageOn(hostOf(stub), { databases: THREE, routes: routesTo('a', 'b', 'b', 'c') })

  it('closes every database once', async () => {
    const stub = new StubBackend()
    await (await openThree(stub)).close()
    expect(stub.closed.length).toBe(new Set(stub.opened).size)
  })

  it('twice closes every database once', async () => {
    const stub = new StubBackend()
    const storage = await openThree(stub)
    await Promise.all([storage.close(), storage.close()])
    expect(stub.closed).toHaveLength(3)
  })

  it('fails with the error of the one database that fails to close', async () => {
    const stub = new StubBackend()
    const storage = await openStorageOn(hostOf(stub), 'stub:a')
    stub.failsToClose = true
    const error = await errorOf(storage.close())
    expect([error.code, error.message]).toEqual(['timeout', 'the database did not close in time'])
  })

  it('a second time fails as the first did', async () => {
    const stub = new StubBackend()
    const storage = await openStorageOn(hostOf(stub), 'stub:a')
    stub.failsToClose = true
    const [first, second] = [await errorOf(storage.close()), await errorOf(storage.close())]
    expect([second === first, stub.closed.length]).toEqual([true, 1])
  })

  it('closes the others when one fails to close, and says so', async () => {
    const stub = new StubBackend()
    const storage = await openThree(stub)
    stub.failsToClose = true
    const error = await errorOf(storage.close())
    const { code, message, cause } = error
    expect({ closed: stub.closed.length, code, message }).toEqual({
      closed: 3,
      code: 'internal',
      message: '3 of 3 databases did not close cleanly; see the cause',
    })
    expect((cause as AggregateError).errors.map(String)).toEqual(
      Array(3).fill('StoreError: the database did not close in time'),
    )
  })
})

describe('opening migrations', () => {
  it('ignores the schema, whatever migrate says', async () => {
    const stub = new StubBackend()
    await (await openMigrationsOn(hostOf(stub), { databases: { main: 'stub:a' }, migrate: true })).close()
    expect(stub.connects.map(({ schema }) => schema)).toEqual(['ignore'])
  })

  it('closes what it opened', async () => {
    const stub = new StubBackend()
    await (await openMigrationsOn(hostOf(stub), 'stub:a')).close()
    expect(stub.closed).toHaveLength(1)
  })
})
