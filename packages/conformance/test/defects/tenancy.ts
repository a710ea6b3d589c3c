import { DEFAULT_TENANT } from '@freehold/contract'
import { type Defect, override } from './defect.js'
import { refuse } from './spoil.js'

export const tenancyDefects: readonly Defect[] = [
  {
    law: 'no method of one tenant reads, counts, hides or changes a row of another',
    name: 'tool statistics are those of the default tenant',
    plant: (storage) => override(storage, 'traces', () => ({ toolStats: (query) => storage.traces.toolStats(query) })),
  },
  {
    law: 'no method of one tenant reads, counts, hides or changes a row of another',
    name: 'a run is updated wherever it is',
    plant: (storage) =>
      override(storage, 'sessions', (store, tenant) => ({
        async updateRun(id, patch, options) {
          const own = tenant === DEFAULT_TENANT || (await store.run(id)) !== null
          return (own ? store : storage.sessions).updateRun(id, patch, options)
        },
      })),
  },
  {
    law: 'two tenants may use the same ids',
    name: 'a session id is unique over all tenants',
    plant: (storage, { medium }) =>
      override(storage, 'sessions', (store, tenant) => ({
        async save(session, options) {
          const others = await medium.transact(({ sessions }) =>
            [...sessions]
              .filter(([other, own]) => other !== tenant && own.sessions.has(session.id))
              .map(([other]) => other),
          )
          return others.length > 0 ? refuse('already_exists') : store.save(session, options)
        },
      })),
  },
  {
    law: 'a tenant id that is empty, too long or not text is refused as invalid',
    name: 'no id is the default tenant',
    plant: (storage) => ({ ...storage, tenant: (id) => storage.tenant(id || DEFAULT_TENANT) }),
  },
]
