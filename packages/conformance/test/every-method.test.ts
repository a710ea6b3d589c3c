import { DEFAULT_TENANT, type Domain, type Storage, type TenantStorage } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { lifecycleCases } from '../src/cases/lifecycle.js'
import { EVERY_CALL, RELAY_CALLS } from '../src/cases/methods.js'
import { tenancyCases } from '../src/cases/tenancy.js'
import { referenceStorage } from '../src/reference/index.js'
import { runCase } from '../src/suite.js'
import { type Ground, override } from './defects/defect.js'
import { planted } from './defects/plant.js'

const [CONFINED] = tenancyCases.cases
const CLOSED = lifecycleCases.cases.find(({ law }) => law.startsWith('after close'))

/** Shapes are known to a store, not kept in it; of whom a watcher hears is the matter of a law of its own. */
const REACHES_NO_ROW = ['audit.define', 'approvals.watch']

/** The reference store with one method taken from elsewhere. */
function replacing(name: string, from: (tenant: string, storage: Storage, ground: Ground) => TenantStorage) {
  const [domain, method] = name.split('.') as [Domain, never]
  return planted({
    name,
    law: '',
    plant: (storage, ground) =>
      override(storage, domain, (_, tenant) => ({ [method]: from(tenant, storage, ground)[domain][method] })),
  })
}

describe('tenant confinement', () => {
  for (const { name } of EVERY_CALL.filter((call) => !REACHES_NO_ROW.includes(call.name)))
    it(`is missed when ${name} works on the default tenant`, async () => {
      const harness = replacing(name, (_, storage) => storage.tenant(DEFAULT_TENANT))
      await expect(runCase(harness, CONFINED!)).rejects.toThrow()
    })
})

describe('closing', () => {
  for (const { name } of EVERY_CALL)
    it(`is missed when ${name} goes on`, async () => {
      const harness = replacing(name, (tenant, _, { medium }) => referenceStorage(medium).tenant(tenant))
      await expect(runCase(harness, CLOSED!)).rejects.toThrow(name)
    })

  for (const { name } of RELAY_CALLS)
    it(`is missed when ${name} goes on`, async () => {
      const method = name.split('.')[1] as keyof Storage['relay']
      const plant = (storage: Storage, { medium }: Ground): Storage => {
        const going = referenceStorage(medium).relay
        return { ...storage, relay: { ...storage.relay, [method]: going[method] } }
      }
      await expect(runCase(planted({ name, law: '', plant }), CLOSED!)).rejects.toThrow(name)
    })
})
