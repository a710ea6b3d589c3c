import { describe, expect, test, vi } from 'vitest'
import type { Domain } from '../src/domain.js'
import { StoreError } from '../src/errors.js'
import { assemble, type TenantStores } from '../src/rules/assemble.js'
import { fieldsOf } from './refused-fields.js'

const translated = new StoreError('internal', 'translated')
const capabilities = {
  sharedBetweenProcesses: true,
  auditImmutable: false,
  auditViews: true,
  dropsDays: false,
  notifies: false,
}

/** A backend whose stores tell whose they are, and of what. */
function assembled(domains: readonly Domain[] = ['traces', 'sessions', 'approvals', 'audit']) {
  const release = vi.fn(async () => undefined)
  const storeOf = (domain: Domain, tenantId: string) => ({
    get: async (id: string) => {
      if (id === 'broken') throw new Error('driver')
      return `${domain} of ${tenantId}: ${id}`
    },
  })
  const storesOf = vi.fn(
    (tenantId: string) =>
      ({
        traces: storeOf('traces', tenantId),
        sessions: storeOf('sessions', tenantId),
        approvals: storeOf('approvals', tenantId),
        audit: storeOf('audit', tenantId),
      }) as unknown as TenantStores,
  )
  const migrations = { status: async () => [], up: async () => [], down: async () => [], plan: async () => ['CREATE'] }
  const relay = { state: async () => 'of all' } as never
  const retention = { purge: async () => null }
  const parts = { domains, capabilities, storesOf, relay, retention, migrations, release }
  const storage = assemble({ ...parts, translate: () => translated })
  return { storage, storesOf, release }
}

type Stores = ReturnType<typeof assembled>['storage'] | ReturnType<ReturnType<typeof assembled>['storage']['tenant']>
/** What the store of a domain answers. */
const ask = (of: Stores, domain: Domain, id = 'x') =>
  (of[domain] as unknown as { get(id: string): Promise<unknown> }).get(id)

describe('a storage', () => {
  test('is that of the tenant that is meant where none is named', async () => {
    const { storage, storesOf } = assembled()
    expect([storage.tenantId, storesOf.mock.calls]).toEqual(['default', [['default']]])
    expect(await ask(storage, 'audit')).toBe('audit of default: x')
  })

  test.each<Domain>(['traces', 'sessions', 'approvals', 'audit'])('has the %s of each tenant', async (domain) => {
    const { storage } = assembled()
    const acme = storage.tenant('acme')
    expect(acme.tenantId).toBe('acme')
    expect(await ask(acme, domain)).toBe(`${domain} of acme: x`)
    expect(await ask(storage, domain)).toBe(`${domain} of default: x`)
  })

  test.each(['', 'x'.repeat(129), undefined, 7])('has no tenant %j', (id) => {
    const { storage, storesOf } = assembled()
    expect(fieldsOf(() => storage.tenant(id as string))).toEqual(['tenant'])
    expect(storesOf).toHaveBeenCalledTimes(1)
  })

  test('can in each domain what its backend can, whoever asks', () => {
    const { storage } = assembled(['traces'])
    const each = { traces: capabilities, sessions: capabilities, approvals: capabilities, audit: capabilities }
    expect([storage.capabilities, storage.tenant('acme').capabilities]).toEqual([each, each])
  })

  test('has the relay where the approvals are', async () => {
    expect(await assembled(['approvals']).storage.relay.state('mail')).toBe('of all')
    await expect(assembled(['audit']).storage.relay.state('mail')).rejects.toMatchObject({ code: 'unsupported' })
  })

  test('refuses what was not opened, and nothing else', async () => {
    const { storage } = assembled(['sessions'])
    expect(await ask(storage, 'sessions')).toBe('sessions of default: x')
    for (const domain of ['traces', 'approvals', 'audit'] as const) {
      await expect(ask(storage, domain)).rejects.toMatchObject({
        code: 'unsupported',
        message: expect.stringMatching(new RegExp(`^${domain} was not opened`)),
      })
      await expect(ask(storage.tenant('acme'), domain)).rejects.toMatchObject({ code: 'unsupported' })
    }
  })

  test('says what an error of its driver means', async () => {
    const { storage } = assembled()
    await expect(ask(storage, 'traces', 'broken')).rejects.toBe(translated)
    await expect(ask(storage.tenant('acme'), 'traces', 'broken')).rejects.toBe(translated)
  })

  test('has the migrations that it was given', async () => {
    expect(await assembled().storage.migrations.plan()).toEqual(['CREATE'])
  })
})

test('a storage that is closed lets go of its database once, and refuses every call', async () => {
  const { storage, release } = assembled()
  const acme = storage.tenant('acme')
  await Promise.all([storage.close(), storage.close()])
  expect(release).toHaveBeenCalledTimes(1)
  for (const call of [
    () => ask(storage, 'traces'),
    () => ask(acme, 'audit'),
    () => ask(storage.tenant('later'), 'sessions'),
    () => storage.migrations.plan(),
  ])
    await expect(call()).rejects.toMatchObject({ code: 'unavailable', retryable: false })
})
