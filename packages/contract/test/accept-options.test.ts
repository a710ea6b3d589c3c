import { describe, expect, test } from 'vitest'
import type { AuditStore } from '../src/audit.js'
import type { BackendOptions } from '../src/backend.js'
import type { Domain } from '../src/domain.js'
import { acceptOptions, refusing } from '../src/rules/accept-options.js'
import { fieldsOf } from './refused-fields.js'

const URL = 'sqlite:a.db'
const accept = (options: object) => acceptOptions({ url: URL, ...options } as BackendOptions)
const refusedOf = (options: object) => fieldsOf(() => accept(options))

describe('what a database is opened with', () => {
  test('is filled in where it was left out', () => {
    expect(accept({})).toMatchObject({
      url: URL,
      prefix: 'freehold_',
      domains: ['traces', 'sessions', 'approvals', 'audit'],
      schema: 'check',
    })
  })

  test('has no pool of its own unless told', () => {
    expect(accept({}).pool).toBeUndefined()
  })

  test('is as it was told', () => {
    const options = { pool: 7, prefix: 'app_', domains: ['audit'], schema: 'ignore' }
    expect(accept(options)).toMatchObject(options)
  })

  test.each([
    [{ pool: 1 }, []],
    [{ pool: 1000 }, []],
    [{ pool: 0 }, ['pool']],
    [{ pool: 1001 }, ['pool']],
    [{ pool: 1.5 }, ['pool']],
    [{ pool: null }, ['pool']],
    [{ prefix: 'a' }, []],
    [{ prefix: '_' }, []],
    [{ prefix: 'a'.repeat(20) }, []],
    [{ prefix: 'a'.repeat(21) }, ['prefix']],
    [{ prefix: '' }, ['prefix']],
    [{ prefix: '1a' }, ['prefix']],
    [{ prefix: 'A' }, ['prefix']],
    [{ prefix: 'a-b' }, ['prefix']],
    [{ prefix: 'a\n' }, ['prefix']],
    [{ schema: 'check' }, []],
    [{ schema: 'migrate' }, []],
    [{ schema: 'drop' }, ['schema']],
    [{ domains: ['traces', 'audit'] }, []],
    [{ domains: ['traces', 'trace'] }, ['domains']],
    [{ domains: 'traces' }, ['domains']],
    [{ domains: [] }, ['domains']],
    [{ url: undefined }, ['url']],
    [{ url: 'sqlite:\0' }, ['url']],
    [{ url: 'sqlite:\ud800' }, ['url']],
    [{ ulr: 'x' }, ['ulr']],
    [{ pool: 0, prefix: '', schema: '', domains: [''] }, ['pool', 'prefix', 'schema', 'domains']],
  ])('%j is refused by %j', (options, fields) => {
    expect(refusedOf(options)).toEqual(fields)
  })

  test('is one of the domains there are, which a refusal tells', () => {
    expect(() => accept({ domains: ['trace'] })).toThrow(/; the domains are traces, sessions, approvals, audit$/)
  })

  test('is a list of its own, of each once', () => {
    const domains: Domain[] = ['audit', 'traces', 'audit']
    const accepted = accept({ domains })
    domains.push('sessions')
    expect(accepted.domains).toEqual(['audit', 'traces'])
  })

  test('is no part of a refusal', () => {
    expect(() => accept({ url: 'postgres://u:secret@h', pool: 0 })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    )
  })
})

describe('what stands for a domain that was not opened', () => {
  const audit = refusing<AuditStore>('audit')

  test('refuses every call', async () => {
    await expect(audit.head()).rejects.toMatchObject({ code: 'unsupported' })
  })

  test('names the domain and the remedy', async () => {
    await expect(audit.append([])).rejects.toThrow(/^audit was not opened on this database; name it in `domains`$/)
  })

  test('can be awaited', async () => {
    expect(await Promise.resolve(audit)).toBe(audit)
  })

  test('can be printed', () => {
    expect([JSON.stringify(audit), String(audit)]).toEqual(['{}', '[object Object]'])
  })
})
