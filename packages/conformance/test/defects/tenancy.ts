import { DEFAULT_TENANT } from '@freehold/contract'
import { type Defect, override } from './defect.js'
import { refuse } from './spoil.js'

const named = (tenant: string) => tenant !== DEFAULT_TENANT

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
    law: 'no method of one tenant reads, counts, hides or changes a row of another',
    name: 'removing a session removes the runs of every tenant with its id',
    plant: (storage, { medium }) =>
      override(storage, 'sessions', (store) => ({
        async remove(id) {
          const removed = await store.remove(id)
          if (removed)
            await medium.transact(({ sessions }) => {
              for (const { runs } of sessions.values())
                for (const run of runs.values()) if (run.sessionId === id) runs.delete(run.id)
            })
          return removed
        },
      })),
  },
  {
    law: 'no method of one tenant reads, counts, hides or changes a row of another',
    name: 'a trace is found by a model that another tenant used in it',
    plant: (storage, { medium }) =>
      override(storage, 'traces', (store) => ({
        async find({ model, ...query } = {}, page) {
          const found = await store.find(query, page)
          if (model === undefined) return found
          const ids = await medium.transact(({ traces }) =>
            [...traces.values()].flatMap((own) =>
              [...own].filter(([, { summary }]) => summary.summary.models.includes(model)).map(([id]) => id),
            ),
          )
          return { ...found, items: found.items.filter(({ traceId }) => ids.includes(traceId)) }
        },
      })),
  },
  {
    law: 'two tenants may use the same ids',
    name: 'a session id is unique over all tenants but the default, which is kept as NULL',
    plant: (storage, { medium }) =>
      override(storage, 'sessions', (store, tenant) => ({
        async save(session, options) {
          const others = await medium.transact(({ sessions }) =>
            [...sessions]
              .filter(([other, own]) => other !== tenant && named(other) && own.sessions.has(session.id))
              .map(([other]) => other),
          )
          return named(tenant) && others.length > 0 ? refuse('already_exists') : store.save(session, options)
        },
      })),
  },
  {
    law: 'a tenant id that is empty, too long or not text is refused as invalid',
    name: 'no id is the default tenant',
    plant: (storage) => ({ ...storage, tenant: (id) => storage.tenant(id || DEFAULT_TENANT) }),
  },
]
