import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeStore, type Harness } from '@freehold/conformance'
import type { Storage, TenantStorage } from '@freehold/contract'
import { afterAll } from 'vitest'
import { inMemory } from '../../conformance/test/reference.harness.js'
import { fileKeys, withSealing } from '../src/index.js'

const directory = mkdtempSync(join(tmpdir(), 'freehold-'))
const keys = fileKeys(directory)
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const sealed = <Each extends TenantStorage>(storage: Each): Each => ({
  ...storage,
  audit: withSealing(storage, { keys }),
})

/** An audit that seals is an audit in all that the contract says. */
const harness: Harness = {
  ...inMemory,
  name: 'an audit that seals, over the reference store in memory',
  async open(place, options) {
    const storage = await inMemory.open(place, options)
    return { ...sealed<Storage>(storage), tenant: (id) => sealed(storage.tenant(id)) }
  },
}

describeStore(harness)
