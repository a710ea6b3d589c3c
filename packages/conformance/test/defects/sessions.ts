import type { Run, Session } from '@freehold/contract'
import type { TenantSessions } from '../../src/reference/sessions.js'
import { type Defect, override, racy } from './defect.js'
import { sessionLabelDefects } from './sessions-labels.js'
import { runDefects } from './sessions-runs.js'
import { togetherDefects } from './sessions-runs-together.js'
import { refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'sessions'>) => spoiling('sessions', law, name, methods)

const saving: Defect[] = [
  spoil('saving a session that is new creates it at version 1', 'versions start at 2', (store, edit) => ({
    async save(session, options) {
      const saved = await store.save(session, options)
      if (saved.version !== 1) return saved
      return (await edit((own) => Object.assign(own.sessions.get(saved.id)!, { version: 2 })))!
    },
  })),

  spoil(
    'saving changes the fields that are given and leaves the others',
    'a new name and state clear the summary',
    (store) => ({
      save: (session, options) =>
        store.save(session.name && session.state ? { summary: null, ...session } : session, options),
    }),
  ),

  spoil('null clears a field of a session', 'null leaves the metadata', (store) => ({
    save: ({ metadata, ...session }, options) =>
      store.save(metadata === null ? session : { ...session, metadata }, options),
  })),

  spoil(
    'saving what is already stored changes nothing, not even the version',
    'every save is a change',
    (store, edit) => ({
      async save(session, options) {
        const before = await store.get(session.id)
        const saved = await store.save(session, options)
        if (before?.version !== saved.version || saved.repairs !== undefined) return saved
        return (await edit((own) => Object.assign(own.sessions.get(saved.id)!, { version: saved.version + 1 })))!
      },
    }),
  ),

  spoil(
    'a session with repaired values can be saved as it was read and keeps its marks',
    'a clean state drops every mark',
    (store, edit) => ({
      async save(session, options) {
        const saved = await store.save(session, options)
        if (session.repairs === undefined) return saved
        return (await edit((own) => Object.assign(own.sessions.get(saved.id)!, { repairs: undefined })))!
      },
    }),
  ),

  spoil(
    'a change based on a version that moved is a conflict and changes nothing',
    'a version that moved twice looks unmoved',
    (store) => ({
      async save(session, options = {}) {
        const version = (await store.get(session.id))?.version
        const moved = options.ifVersion === undefined || version === undefined ? 0 : version - options.ifVersion
        return store.save(session, moved === 2 ? { ifVersion: version } : options)
      },
    }),
  ),

  spoil(
    'a session that was read can be saved and carries the version it is based on',
    'the version within a session is ignored',
    (store) => ({
      save: ({ version, ...session }, options) =>
        store.save(session.createdAt === undefined ? { ...session, version } : session, options),
    }),
  ),

  spoil('saving with version 0 creates and never overwrites', 'version 0 is taken for no version', (store) => ({
    save: (session, options) => store.save(session, options?.ifVersion === 0 ? {} : options),
  })),

  spoil(
    'a session of another type or owner is a conflict and is never overwritten',
    'a session changes its user',
    (store, edit) => ({
      async save(session, options) {
        await edit(({ sessions }) => {
          const stored = sessions.get(session.id)
          const takes = session.userId !== undefined && options === undefined
          if (stored !== undefined && takes) stored.userId = session.userId
        })
        return store.save(session, options)
      },
    }),
  ),

  spoil(
    'saving what is already stored changes nothing, not even the version',
    'another order of keys is a change',
    (store, edit) => ({
      async save(session, options) {
        const before = await store.get(session.id)
        const saved = await store.save(session, options)
        const same = before?.version === saved.version && session.state !== undefined
        if (!same || JSON.stringify(session.state) === JSON.stringify(before.state)) return saved
        return (await edit((own) => Object.assign(own.sessions.get(saved.id)!, { version: saved.version + 1 })))!
      },
    }),
  ),

  spoil(
    'a change based on a version that moved is a conflict and changes nothing',
    'metadata has no version',
    (store) => ({
      save(session, options) {
        const { id: _, type: __, ...fields } = session
        return store.save(session, Object.keys(fields).join() === 'metadata' ? {} : options)
      },
    }),
  ),

  spoil(
    'a change based on a version that moved is a conflict and changes nothing',
    'what the session carries wins over the option',
    (store) => ({ save: (session, options) => store.save(session, session.version === undefined ? options : {}) }),
  ),

  spoil('an owner that was unknown can be added later', 'a stranger takes no session', (store) => ({
    async save(session, options) {
      const stored = await store.get(session.id)
      return stored !== null && session.teamId !== stored.teamId && session.teamId !== undefined
        ? refuse('conflict')
        : store.save(session, options)
    },
  })),

  spoil(
    'updatedAt moves with every change and every appended run and createdAt never',
    'a run is no news of its session',
    (store, edit) => ({
      async appendRun(input) {
        const before = await edit(({ sessions }) => sessions.get(input.sessionId)?.updatedAt)
        const run = await store.appendRun(input)
        await edit(({ sessions }) => Object.assign(sessions.get(run.sessionId)!, { updatedAt: before }))
        return run
      },
    }),
  ),

  spoil(
    'updatedAt moves with every change and every appended run and createdAt never',
    'a change creates anew',
    (store, edit) => ({
      async save(session, options) {
        const saved = await store.save(session, options)
        if (session.name !== null) return saved
        return (await edit(({ sessions }) => Object.assign(sessions.get(saved.id)!, { createdAt: saved.updatedAt })))!
      },
    }),
  ),

  {
    law: 'simultaneous changes of different fields all count',
    name: 'a change without a version reads, then writes',
    plant(storage, ground) {
      const other = ground.on(racy(ground.medium))
      return override(storage, 'sessions', (store, tenant) => ({
        async save(session, options) {
          const based = options?.ifVersion !== undefined
          const there = await ground.medium.transact((state) => state.sessions.get(tenant)?.sessions.has(session.id))
          return (there && !based ? other.tenant(tenant).sessions : store).save(session, options)
        },
      }))
    },
  },

  {
    law: 'of simultaneous changes based on one version exactly one succeeds',
    name: 'a change based on a version reads, then writes',
    plant(storage, ground) {
      const other = ground.on(racy(ground.medium))
      return override(storage, 'sessions', (store, tenant) => ({
        save: (session, options) =>
          (options?.ifVersion === undefined ? store : other.tenant(tenant).sessions).save(session, options),
      }))
    },
  },
]

const removing: Defect[] = [
  spoil('removing a session removes its runs', 'the runs stay', (store, edit) => ({
    async remove(id) {
      const orphans = (await edit((own) => runsOf(own, id))) ?? []
      const removed = await store.remove(id)
      await edit(({ runs }) => {
        for (const run of orphans) runs.set(run.id, run)
      })
      return removed
    },
  })),

  spoil('removing a session that does not exist is false', 'removing is always true', (store) => ({
    remove: async (id) => (await store.remove(id)) || true,
  })),
]

const reading: Defect[] = [
  spoil('a session that does not exist is null', 'a missing session is an error', (store) => ({
    get: async (id) => (await store.get(id)) ?? ((await store.list()).items.length === 0 ? null : refuse('not_found')),
  })),

  spoil('sessions are listed newest first without state and metadata', 'the list ships whole sessions', (store) => ({
    async list(query, page) {
      const { items, ...rest } = await store.list(query, page)
      return { ...rest, items: (await Promise.all(items.map(({ id }) => store.get(id)))) as Session[] }
    },
  })),

  spoil('sessions are listed newest first without state and metadata', 'the list is ordered by id', (store) => ({
    async list(query, page) {
      const { items, ...rest } = await store.list(query, page)
      return { ...rest, items: items.sort((a, b) => (a.id < b.id ? 1 : -1)) }
    },
  })),

  spoil('every filter of sessions narrows the list and filters combine', 'the team is not asked for', (store) => ({
    list: ({ teamId, ...query } = {}, page) => store.list(query, page),
  })),
  spoil('every filter of sessions narrows the list and filters combine', 'a time is that of a change', (store) => ({
    async list(query, page) {
      const found = await store.list(query, page)
      const { from, ...others } = query ?? {}
      if (from === undefined) return found
      const { items, next } = await store.list(others, page)
      return { items: items.filter(({ updatedAt }) => updatedAt >= from), ...(next === undefined ? {} : { next }) }
    },
  })),
]

export const sessionDefects: readonly Defect[] = [
  ...saving,
  ...removing,
  ...reading,
  ...runDefects,
  ...togetherDefects,
  ...sessionLabelDefects,
]

function runsOf(own: TenantSessions, sessionId: string): Run[] {
  return [...own.runs.values()].filter((run) => run.sessionId === sessionId)
}
