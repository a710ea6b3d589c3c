import type { Storage } from '@freehold/contract'
import type { Harness } from './harness.js'

/**
 * The harness as one tenant sees it: proves that `tenant(id)` is a whole store. Cases over several processes and cases
 * that tamper speak of the default tenant: they run on the store itself, and are reported as not run here.
 */
export function confined(harness: Harness, tenantId: string): Harness {
  return {
    ...harness,
    name: `${harness.name}, confined to ${tenantId}`,
    module: undefined,
    tamper: undefined,
    lacking: 'it speaks of the default tenant, and runs on the store itself',
    async open(place, options) {
      return confinedStorage(await harness.open(place, options), tenantId)
    },
  }
}

function confinedStorage(storage: Storage, id: string): Storage {
  const { tenantId, traces, sessions, approvals, audit, capabilities } = storage.tenant(id)
  return {
    tenantId,
    traces,
    sessions,
    approvals,
    audit,
    capabilities,
    tenant: (other) => storage.tenant(other),
    relay: storage.relay,
    retention: storage.retention,
    migrations: storage.migrations,
    close: () => storage.close(),
  }
}
