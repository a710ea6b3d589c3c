import { StoreError } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import type { StorageConfig } from '../src/config.js'
import { resolveConfig } from '../src/resolve.js'
import { errorOf, problemsOf } from './support/problems.js'
import { hostOf, routesTo, StubBackend } from './support/stub.js'

const openNothing = () => Promise.reject(new Error('nothing is opened here'))

const backendOf = (identityOf: () => string) => ({
  fixed: async () => ({ connect: openNothing, identityOf, auditRights: () => [] }),
})

describe('a configuration routes', () => {
  it('nothing where a route is missing, beside one that is spelled like it', async () => {
    const { audit: audits, ...routes } = routesTo('a', 'b')
    const config = {
      databases: { a: 'stub:a', b: 'stub:b' },
      routes: { ...routes, audits },
    } as unknown as StorageConfig
    const refused = await problemsOf(resolveConfig(config, hostOf(new StubBackend())))
    expect(refused.map((problem) => problem.split(':')[0])).toEqual(['routes.audits', 'routes.audit'])
  })

  it('three names of one database to one connection, and tells which of their sizes is another', async () => {
    const pools = [2, 4, 2].map((pool) => ({ url: 'stub:x', pool }))
    const config = { databases: { a: pools[0]!, b: pools[1]!, c: pools[2]! }, routes: routesTo('a', 'b', 'c', 'a') }
    expect(await problemsOf(resolveConfig(config, hostOf(new StubBackend())))).toEqual([
      'databases.b.pool: is not that of databases.a.pool, which is the same database; give both one size',
    ])
  })

  const connectionsOf = async (config: string | StorageConfig) => {
    const { connections } = await resolveConfig(config, hostOf(new StubBackend()))
    return connections.map(({ options }) => options)
  }

  it('all four domains to the database of a text', async () => {
    expect(await connectionsOf('stub:a')).toEqual([
      { url: 'stub:a', domains: ['traces', 'sessions', 'approvals', 'audit'] },
    ])
  })

  it('all four domains to the only database', async () => {
    expect(await connectionsOf({ databases: { main: { url: 'stub:a', pool: 4, prefix: 'agents_' } } })).toEqual([
      { url: 'stub:a', pool: 4, prefix: 'agents_', domains: ['traces', 'sessions', 'approvals', 'audit'] },
    ])
  })

  it('each domain to the database it names', async () => {
    const config = { databases: { a: 'stub:a', b: 'stub:b', c: 'stub:c' }, routes: routesTo('a', 'b', 'b', 'c') }
    expect((await connectionsOf(config)).map(({ url, domains }) => [url, domains])).toEqual([
      ['stub:a', ['traces']],
      ['stub:b', ['sessions', 'approvals']],
      ['stub:c', ['audit']],
    ])
  })

  it('by a scheme in capitals as by one in lower case', async () => {
    const config = { databases: { a: 'STUB:x', b: 'stub:x' }, routes: routesTo('a', 'b') }
    expect((await connectionsOf(config)).map(({ url }) => url)).toEqual(['stub:x'])
  })

  it('two names of one database to one connection', async () => {
    const config = { databases: { a: 'stub:x', b: 'stub:./x' }, routes: routesTo('a', 'b') }
    expect(await connectionsOf(config)).toHaveLength(1)
  })

  it('two users of one database to two connections, each by its own URL', async () => {
    const config = {
      databases: { a: { url: 'stub://app:one@x', pool: 2 }, b: { url: 'stub://audit:two@x', pool: 4 } },
      routes: routesTo('a', 'a', 'a', 'b'),
    }
    expect(await connectionsOf(config)).toEqual([
      { url: 'stub://app:one@x', pool: 2, domains: ['traces', 'sessions', 'approvals'] },
      { url: 'stub://audit:two@x', pool: 4, domains: ['audit'] },
    ])
  })

  it('two users that are named behind the host to two connections', async () => {
    const { connections } = await resolveConfig(
      { databases: { a: 'fixed:x?user=app', b: 'fixed:x?user=audit' }, routes: routesTo('a', 'a', 'a', 'b') },
      {
        ...hostOf(new StubBackend()),
        backends: { fixed: async () => ({ connect: openNothing, auditRights: () => [], identityOf: () => 'x' }) },
      },
    )
    expect(connections).toHaveLength(2)
  })

  it('two passwords that are given behind the host to two connections', async () => {
    const { connections } = await resolveConfig(
      { databases: { a: 'fixed:x?password=one', b: 'fixed:x?password=two' }, routes: routesTo('a', 'a', 'a', 'b') },
      { ...hostOf(new StubBackend()), backends: backendOf(() => 'x') },
    )
    expect(connections).toHaveLength(2)
  })

  it('with every problem that a backend has with a URL', async () => {
    const backends = backendOf(() => {
      throw StoreError.invalid('url', [
        { field: 'ssl', message: 'is not known; correct it' },
        { field: 'tls', message: 'is not known either; correct it' },
      ])
    })
    const refused = problemsOf(resolveConfig('fixed:x', { ...hostOf(new StubBackend()), backends }))
    expect(await refused).toEqual(['url: is not known; correct it', 'url: is not known either; correct it'])
  })

  it('and lets through what is no problem of the configuration', async () => {
    const bug = new TypeError('a bug')
    const backends = backendOf(() => {
      throw bug
    })
    await expect(resolveConfig('fixed:x', { ...hostOf(new StubBackend()), backends })).rejects.toBe(bug)
  })

  it('one that asks for another connection than the other to two connections', async () => {
    const { connections } = await resolveConfig(
      { databases: { a: 'fixed:x', b: 'fixed:x?sslmode=verify-full' }, routes: routesTo('a', 'a', 'a', 'b') },
      {
        ...hostOf(new StubBackend()),
        backends: { fixed: async () => ({ connect: openNothing, auditRights: () => [], identityOf: () => 'x' }) },
      },
    )
    expect(connections).toHaveLength(2)
  })

  it('the same options in another order to one connection', async () => {
    const { connections } = await resolveConfig(
      { databases: { a: 'fixed:x?a=1&b=2', b: 'fixed:x?b=2&a=1' }, routes: routesTo('a', 'a', 'a', 'b') },
      {
        ...hostOf(new StubBackend()),
        backends: { fixed: async () => ({ connect: openNothing, auditRights: () => [], identityOf: () => 'x' }) },
      },
    )
    expect(connections).toHaveLength(1)
  })

  it.each([
    ['no user and one without a name', 1, 'fixed://x', 'fixed://@x'],
    ['no options and none behind a question mark', 1, 'fixed:x', 'fixed:x?'],
    ['a user and none', 2, 'fixed://app@x', 'fixed://x'],
    ['options whose values are exchanged', 2, 'fixed:x?a=1&b=2', 'fixed:x?a=2&b=1'],
    ['options over two lines of which the second differs', 2, 'fixed:x?a=\u2028b', 'fixed:x?a=\u2028c'],
  ])('%s: to connections, %d of them', async (_, connections, a, b) => {
    const host = { ...hostOf(new StubBackend()), backends: backendOf(() => 'x') }
    const resolved = await resolveConfig({ databases: { a, b }, routes: routesTo('a', 'b') }, host)
    expect(resolved.connections).toHaveLength(connections)
  })

  it('one user of one database to one connection', async () => {
    const config = { databases: { a: 'stub://app:one@x', b: 'stub://app:one@./x' }, routes: routesTo('a', 'b') }
    expect(await connectionsOf(config)).toHaveLength(1)
  })

  it('two prefixes in one database to two connections', async () => {
    const config = {
      databases: { a: 'stub:x', b: { url: 'stub:x', prefix: 'vault_' } },
      routes: routesTo('a', 'a', 'a', 'b'),
    }
    expect(await connectionsOf(config)).toHaveLength(2)
  })

  it('a prefix that is named and one that is left out to one connection when they are the same', async () => {
    const config = {
      databases: { a: 'stub:x', b: { url: 'stub:x', prefix: 'freehold_' } },
      routes: routesTo('a', 'a', 'a', 'b'),
    }
    expect(await connectionsOf(config)).toHaveLength(1)
  })

  it('by the pool of the one name that gives it', async () => {
    const config = { databases: { a: 'stub:x', b: { url: 'stub:x', pool: 4 } }, routes: routesTo('a', 'b') }
    expect((await connectionsOf(config)).map(({ pool }) => pool)).toEqual([4])
  })

  it('by the one pool that two names of a database give', async () => {
    const databases = { a: { url: 'stub:x', pool: 4 }, b: { url: 'stub:./x', pool: 4 } }
    expect((await connectionsOf({ databases, routes: routesTo('a', 'b') })).map(({ pool }) => pool)).toEqual([4])
  })
})

it('two pools for one database are told by the names of the databases, even of those called url', async () => {
  const databases = { curl: { url: 'stub:x', pool: 2 }, urls: { url: 'stub:x', pool: 4 } }
  const refused = problemsOf(resolveConfig({ databases, routes: routesTo('curl', 'urls') }, hostOf(new StubBackend())))
  expect(await refused).toEqual([
    'databases.urls.pool: is not that of databases.curl.pool, which is the same database; give both one size',
  ])
})

it.each([
  ['of a configuration in code', 'stub:', {}, 'storage configuration: url: names no file; write stub:path'],
  [
    'of the environment',
    undefined,
    { FREEHOLD_URL: 'stub:' },
    'storage configuration: FREEHOLD_URL: names no file; write stub:path',
  ],
])('the error %s says of what it is', async (_, config, variables, message) => {
  expect((await errorOf(resolveConfig(config, hostOf(new StubBackend(), { variables })))).message).toBe(message)
})
