import { DOMAINS } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { openStorageOn } from '../src/open.js'
import { resolveConfig } from '../src/resolve.js'
import { problemsOf } from './support/problems.js'
import { hostOf, StubBackend } from './support/stub.js'

describe('beside a URL in code, a variable', () => {
  const withVariable = (name: string) =>
    resolveConfig('stub:a', hostOf(new StubBackend(), { variables: { [name]: 'required' } }))

  it.each([
    'FREEHOLD_TENAN',
    'FREEHOLD_TENANT',
    'FREEHOLD_TENANCY',
    'FREEHOLD_TENANT_ID',
    'FREEHOLD__TENANTS',
    'FREEHOLD_ALL_TENANTS',
  ])('%s is refused, for it is nearly FREEHOLD_TENANTS', async (name) => {
    expect(await problemsOf(withVariable(name))).toEqual([
      expect.stringMatching(new RegExp(`^${name}: is not a variable of freehold; .*FREEHOLD_TENANTS$`)),
    ])
  })

  it.each(['FREEHOLD_TEN', 'FREEHOLD_LIEUTENANTS', 'MY_FREEHOLD_TENANTS', 'FREEHOLD_TRACES_URI'])(
    '%s is left to the code',
    async (name) => {
      expect((await withVariable(name)).tenants).toBe(undefined)
    },
  )
})

it.each(DOMAINS)('the %s that require a tenant have no method that their store has not', async (domain) => {
  const storage = await openStorageOn(hostOf(new StubBackend()), 'stub:a', { tenants: 'required' })
  expect(Reflect.get(storage[domain], 'noSuchMethod')).toBe(undefined)
  await storage.close()
})
