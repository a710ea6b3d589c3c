import { inspect } from 'node:util'
import { DOMAINS, type Storage } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { EVERY_CALL } from '../../conformance/src/cases/methods.js'
import type { StorageConfig } from '../src/config.js'
import { openMigrationsOn, openStorageOn } from '../src/open.js'
import { resolveConfig } from '../src/resolve.js'
import type { Tenants } from '../src/tenants.js'
import { withConfigFile } from './support/config-file.js'
import { errorOf, problemsOf } from './support/problems.js'
import { hostOf, StubBackend } from './support/stub.js'

function withTenants<T>(tenants: Tenants | undefined, act: (storage: Storage, stub: StubBackend) => Promise<T>) {
  const stub = new StubBackend()
  return opened(openStorageOn(hostOf(stub), { databases: { main: 'stub:a' }, tenants }), (storage) =>
    act(storage, stub),
  )
}

async function opened<T>(opening: Promise<Storage>, act: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await opening
  try {
    return await act(storage)
  } finally {
    await storage.close().catch(() => undefined)
  }
}

describe('a storage that requires tenants', () => {
  for (const call of EVERY_CALL)
    it(`refuses ${call.name} without one, and says where to call it`, () =>
      withTenants('required', async (storage) => {
        const error = await errorOf(call.on(storage))
        expect([error.code, error.retryable, error.message]).toEqual([
          'invalid',
          false,
          `${call.name}: tenant: is missing, and tenants are required here; call storage.tenant(id).${call.name}`,
        ])
      }))

  it('writes nothing by what it refuses', () =>
    withTenants('required', async (storage, stub) => {
      for (const call of EVERY_CALL) await call.on(storage).catch(() => undefined)
      expect(await stub.opened[0]!.sessions.list()).toEqual({ items: [] })
    }))

  it('has no name that a tenant could have', () =>
    withTenants('required', async (storage) => expect(storage.tenantId).toBe('')))

  it('still refuses after it refused', () =>
    withTenants('required', async (storage) => {
      await errorOf(storage.sessions.list())
      expect((await errorOf(storage.sessions.list())).code).toBe('invalid')
    }))

  it('serves a customer called default like any other', () =>
    withTenants('required', async (storage) => {
      await storage.tenant('default').sessions.save({ id: 'chat', type: 'agent' })
      const seen = await Promise.all(['default', 'acme'].map((id) => storage.tenant(id).sessions.get('chat')))
      expect(seen.map((session) => session?.id)).toEqual(['chat', undefined])
    }))

  it('keeps its migrations', () =>
    withTenants('required', async (storage) => expect(await storage.migrations.plan()).toEqual([])))

  it('tells what its backends can do', () =>
    withTenants('required', async (storage, stub) =>
      expect(Object.entries(storage.capabilities)).toEqual(
        DOMAINS.map((domain) => [domain, stub.opened[0]!.capabilities[domain]]),
      ),
    ))

  it('closes, once', () =>
    withTenants('required', async (storage, stub) => {
      await Promise.all([storage.close(), storage.close()])
      expect(stub.closed).toHaveLength(1)
    }))

  it.each(DOMAINS)('lets its %s be printed, made a text or JSON, and awaited', (domain) =>
    withTenants('required', async (storage) => {
      const store = storage[domain]
      expect([String(store), `${store}`, JSON.stringify(store)]).toEqual(['[object Object]', '[object Object]', '{}'])
      expect(inspect(store)).not.toBe('')
      expect((await store) === store).toBe(true)
    }),
  )

  it('refuses every call after close as one that does not', () =>
    withTenants('required', async (storage) => {
      await storage.close()
      for (const call of EVERY_CALL) {
        const { code, retryable, message } = await errorOf(call.on(storage))
        expect([call.name, code, retryable, message]).toEqual([
          call.name,
          'unavailable',
          false,
          'the storage is closed; open it again',
        ])
      }
    }))
})

describe('a storage that names who stands for none', () => {
  const PLATFORM = { none: 'platform' }

  it('says so', () => withTenants(PLATFORM, async (storage) => expect(storage.tenantId).toBe('platform')))

  it('is that tenant', () =>
    withTenants(PLATFORM, async (storage) => {
      await storage.sessions.save({ id: 'chat', type: 'agent' })
      expect((await storage.tenant('platform').sessions.get('chat'))?.id).toBe('chat')
    }))

  for (const call of EVERY_CALL)
    it(`takes ${call.name}`, () =>
      withTenants(PLATFORM, async (storage) => {
        const told = (of: Promise<unknown>) =>
          of.then(
            () => 'done',
            (error) => error.code,
          )
        expect(await told(call.on(storage))).toBe(await told(call.on(storage.tenant('another'))))
      }))

  it('shows a customer called default nothing of what was written without a tenant', () =>
    withTenants(PLATFORM, async (storage) => {
      await storage.sessions.save({ id: 'chat', type: 'agent' })
      expect(await storage.tenant('default').sessions.get('chat')).toBeNull()
    }))

  it('keeps its migrations', () =>
    withTenants(PLATFORM, async (storage) => expect(await storage.migrations.plan()).toEqual([])))

  it('closes', () =>
    withTenants(PLATFORM, async (storage, stub) => {
      await storage.close()
      expect(stub.closed).toHaveLength(1)
    }))
})

it('a storage that was told nothing of tenants is that of the tenant default', () =>
  withTenants(undefined, async (storage) => expect(storage.tenantId).toBe('default')))

describe('who stands for none is said', () => {
  const host = (variables: Record<string, string>, directory = '/nowhere') =>
    hostOf(new StubBackend(), { variables: { FREEHOLD_URL: 'stub:a', ...variables }, directory })
  const REQUIRED: StorageConfig = { databases: { main: 'stub:a' }, tenants: 'required' }

  it.each([
    ['required', 'required'],
    ['none=@platform', { none: '@platform' }],
    ['none=a=b', { none: 'a=b' }],
  ])('by the environment as %s', async (value, tenants) => {
    expect((await resolveConfig(undefined, host({ FREEHOLD_TENANTS: value }))).tenants).toEqual(tenants)
  })

  it('by the file', () =>
    withConfigFile('freehold.config.json', JSON.stringify(REQUIRED), async (directory) => {
      expect((await resolveConfig(undefined, host({}, directory))).tenants).toBe('required')
    }))

  it('by the environment over the file', () =>
    withConfigFile('freehold.config.json', JSON.stringify(REQUIRED), async (directory) => {
      const resolved = await resolveConfig(undefined, host({ FREEHOLD_TENANTS: 'none=us' }, directory))
      expect(resolved.tenants).toEqual({ none: 'us' })
    }))

  it('by the options over the environment', async () => {
    const options = { tenants: { none: 'us' } }
    const resolved = await resolveConfig(undefined, host({ FREEHOLD_TENANTS: 'required' }), options)
    expect(resolved.tenants).toEqual({ none: 'us' })
  })

  it('by the options over the configuration', async () => {
    expect((await resolveConfig(REQUIRED, host({}), { tenants: { none: 'us' } })).tenants).toEqual({ none: 'us' })
  })

  it.each([
    ['a URL', 'stub:a'],
    ['databases', { databases: { main: 'stub:a' } }],
  ])('by the environment where code gives %s and nothing of tenants', async (_, config) => {
    expect((await resolveConfig(config, host({ FREEHOLD_TENANTS: 'required' }))).tenants).toBe('required')
  })

  it('by the configuration in code over the environment', async () => {
    expect((await resolveConfig(REQUIRED, host({ FREEHOLD_TENANTS: 'none=us' }))).tenants).toBe('required')
  })

  it('by the environment, whose refusal a URL in code does not get round', async () => {
    await opened(openStorageOn(host({ FREEHOLD_TENANTS: 'required' }), 'stub:a'), async (storage) => {
      expect((await errorOf(storage.audit.head())).code).toBe('invalid')
    })
  })

  it('by the options beside a URL', async () => {
    await opened(openStorageOn(host({}), 'stub:a', { tenants: 'required' }), async (storage) => {
      expect((await errorOf(storage.audit.head())).code).toBe('invalid')
    })
  })

  it('in vain to migrations, which are of all tenants', async () => {
    const migrations = await openMigrationsOn(host({}), REQUIRED)
    expect(await migrations.plan()).toEqual([])
    await migrations.close()
  })

  it.each([
    ['a word', 'requird', "tenants: is neither 'required' nor { none: '<id>' }; give one of them, or leave it out"],
    ['a list', [], "tenants: is neither 'required' nor { none: '<id>' }; give one of them, or leave it out"],
    ['null', null, 'tenants: is null; leave it out'],
    ['the id null', { none: null }, 'tenants.none: is null; give the id that stands for no tenant'],
    ['nothing', {}, 'tenants.none: is missing; give the id that stands for no tenant'],
    ['an empty id', { none: '' }, 'tenants.none: is an empty string; give a text'],
    ['another field', { none: 'a', any: 1 }, 'tenants.any: is not a field of tenants; the fields are none'],
  ])('and refused as %s', async (_, tenants, problem) => {
    const config = { databases: { main: 'stub:a' }, tenants } as unknown as StorageConfig
    expect(await problemsOf(resolveConfig(config, host({})))).toEqual([problem])
  })

  it('and refused in the options by their name', async () => {
    const options = { tenants: { none: '' } }
    expect(await problemsOf(resolveConfig('stub:a', host({}), options))).toEqual([
      'options.tenants.none: is an empty string; give a text',
    ])
  })

  it.each([
    ['', 'is neither required nor none=<id>; give one of them, or unset it'],
    ['true', 'is neither required nor none=<id>; give one of them, or unset it'],
    ['none', 'is neither required nor none=<id>; give one of them, or unset it'],
    ['none=', 'is an empty string; give a text'],
    [`none=${'x'.repeat(129)}`, 'has 129 bytes; an id has at most 128, use its hash if it is longer'],
  ])('and refused in the environment as %j', async (value, message) => {
    for (const config of [undefined, 'stub:a', REQUIRED])
      expect(await problemsOf(resolveConfig(config, host({ FREEHOLD_TENANTS: value })))).toEqual([
        `FREEHOLD_TENANTS: ${message}`,
      ])
  })

  it('and refused in the environment under a name that is nearly the right one, while others are left to code', async () => {
    for (const config of [undefined, 'stub:a', REQUIRED])
      expect(await problemsOf(resolveConfig(config, host({ FREEHOLD_TENANT: 'required' })))).toEqual([
        expect.stringMatching(/^FREEHOLD_TENANT: is not a variable of freehold; .*FREEHOLD_TENANTS$/),
      ])
    expect((await resolveConfig('stub:a', host({ FREEHOLD_PASSWORD: 'x' }))).tenants).toBe(undefined)
  })
})
