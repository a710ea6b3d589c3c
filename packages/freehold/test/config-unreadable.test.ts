import { describe, expect, it } from 'vitest'
import type { OpenOptions, StorageConfig } from '../src/config.js'
import { openMigrations, openStorage } from '../src/open.js'
import { errorOf } from './support/problems.js'

const secret = () => {
  throw new Error('secret')
}
const odd = <F extends string>(field: F, others: object = {}): StorageConfig & OpenOptions =>
  Object.defineProperty({ ...others }, field, { enumerable: true, get: secret }) as never
const oddProxy = (): never => new Proxy({}, { get: secret, ownKeys: secret, getPrototypeOf: secret }) as never
const revoked = (): never => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy as never
}
const URLS = { databases: { main: 'sqlite::memory:' } }

describe('a configuration that throws is refused by the field, and what it threw is not told', () => {
  it.each<[string, () => Promise<unknown>, string[]]>([
    ['databases', () => openStorage(odd('databases')), ['databases']],
    ['databases, for migrations', () => openMigrations(odd('databases')), ['databases']],
    ['a database', () => openStorage({ databases: odd('main') as never }), ['databases.main']],
    ['a URL', () => openStorage({ databases: { main: odd('url') as never } }), ['databases.main.url']],
    ['routes', () => openStorage(odd('routes', URLS)), ['routes']],
    ['a route', () => openStorage({ ...URLS, routes: odd('audit') as never }), ['routes.audit']],
    ['migrate', () => openStorage(odd('migrate', URLS)), ['migrate']],
    ['tenants', () => openStorage(odd('tenants', URLS)), ['tenants']],
    ['an unknown key', () => openStorage(odd('retention', URLS)), ['retention']],
    ['an option', () => openStorage('sqlite::memory:', odd('migrate')), ['options.migrate']],
    ['a proxy', () => openStorage(oddProxy()), ['configuration']],
    ['a revoked proxy', () => openStorage(revoked()), ['configuration']],
    ['databases that are a proxy', () => openStorage({ databases: oddProxy() }), ['databases']],
    ['a database that is a proxy', () => openStorage({ databases: { main: oddProxy() } }), ['databases.main']],
    ['routes that are a proxy', () => openStorage({ ...URLS, routes: oddProxy() }), ['routes']],
  ])('%s', async (_, open, fields) => {
    const { code, message, cause, problems } = await errorOf(open())
    expect([code, problems.map(({ field }) => field), cause]).toEqual(['invalid', fields, undefined])
    expect(message).not.toContain('secret')
  })
})

describe('what is no plain object is told as what it is', () => {
  it.each<[string, unknown, string]>([
    ['a promise that nobody awaited', Promise.resolve(URLS), 'configuration: is a Promise; give an object'],
    ['routes in a map', { ...URLS, routes: new Map([['audit', 'main']]) }, 'routes: is a Map; give an object'],
  ])('%s', async (_, configuration, problem) => {
    const { problems } = await errorOf(openStorage(configuration as never))
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([problem])
  })
})

it('an object of a class is read with its getters', async () => {
  class Configuration {
    databases = { main: 'sqlite::memory:' }
    migrate = true
    get tenants() {
      return 'required' as const
    }
  }
  const storage = await openStorage(new Configuration())
  expect(storage.tenantId).toBe('')
  await storage.close()
})

it('a configuration with very many problems is told a hundred', async () => {
  const databases = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`d${i}`, { url: 7, 'a b': 1, c: 1 }]))
  const { code, problems } = await errorOf(openStorage({ databases } as never))
  expect([code, problems.length]).toEqual(['invalid', 100])
})
