import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import type { Domain, Storage, TenantStorage } from '@freehold/contract'
import type { Harness, Place } from '../../src/harness.js'
import type { Medium } from '../../src/reference/medium.js'
import { emptyState, type State } from '../../src/reference/state.js'

/** Milliseconds between reading and writing without a lock: long enough that two processes meet. */
const STALE_FOR = 3

/** What a defect is planted in. */
export interface Ground {
  place: Place
  medium: Medium<State>
  /** A second reference store on another medium; it closes with the first. */
  on(medium: Medium<State>): Storage
}

/** The reference store with one thing wrong, which exactly one case must notice. */
export interface Defect {
  name: string
  /** The law that it breaks, word for word. */
  law: string
  /** Spoils every connection that is opened. */
  plant?(storage: Storage, ground: Ground): Storage
  /** Spoils the opening itself. `mediumOf` is what the harness keeps for a place. */
  harness?(harness: Harness, mediumOf: (place: Place) => Medium<State>): Harness
}

/** `storage` with some methods of a domain replaced, for every tenant. */
export function override<D extends Domain>(
  storage: Storage,
  domain: D,
  spoil: (store: TenantStorage[D], tenant: string) => Partial<TenantStorage[D]>,
): Storage {
  const spoiled = <T extends TenantStorage>(view: T): T => ({
    ...view,
    [domain]: { ...view[domain], ...spoil(view[domain], view.tenantId) },
  })
  const views = new Map<string, TenantStorage>()
  const tenant = (id: string) => {
    const view = views.get(id) ?? spoiled(storage.tenant(id))
    views.set(id, view)
    return view
  }
  return { ...spoiled(storage), tenant }
}

/** The named methods of a domain run on another medium; all others as before. */
export function onMedium<D extends Domain>(
  storage: Storage,
  ground: Ground,
  medium: Medium<State>,
  domain: D,
  methods: readonly (keyof TenantStorage[D])[],
): Storage {
  const other = ground.on(medium)
  return override(storage, domain, (_, tenant) => {
    const store = other.tenant(tenant)[domain]
    return Object.fromEntries(methods.map((method) => [method, store[method]])) as Partial<TenantStorage[D]>
  })
}

/** A medium without isolation: what it read is stale when it writes. */
export function racy(medium: Medium<State>): Medium<State> {
  return {
    async transact(work) {
      const stale = await medium.transact((state) => state)
      const before = structuredClone(stale)
      await new Promise((resolve) => setImmediate(resolve))
      const result = work(stale)
      const changed = Object.entries(stale).filter(([domain, own]) => !isDeepStrictEqual(own, before[domain as Domain]))
      await medium.transact((state) => Object.assign(state, Object.fromEntries(changed)))
      return result
    },
  }
}

/** A medium without a lock between processes: within one process its transactions are still alone. */
export function unlocked(place: Place): Medium<State> {
  const file = join(place.dir, 'state')
  const own = `${file}.${process.pid}`
  return {
    async transact(work) {
      const state: State = existsSync(file) ? deserialize(readFileSync(file)) : emptyState()
      const result = work(state)
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALE_FOR)
      writeFileSync(own, serialize(state))
      renameSync(own, file)
      return structuredClone(result)
    },
  }
}
