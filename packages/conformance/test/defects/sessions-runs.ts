import type { Run, Storage } from '@freehold/contract'
import { type Defect, type Ground, onMedium, override, racy, unlocked } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'sessions'>) => spoiling('sessions', law, name, methods)

const FINAL = ['completed', 'error', 'cancelled']

const appending: Defect[] = [
  spoil('runs of a session are numbered 1, 2, 3 without a gap', 'sessions share one sequence', (store, edit) => ({
    async appendRun(input) {
      const run = await store.appendRun(input)
      return (await edit(({ runs }) =>
        Object.assign(runs.get(run.id)!, { seq: [...runs.keys()].indexOf(run.id) + 1 }),
      ))!
    },
  })),

  spoil('appending the same run twice is one run and gives the first back', 'the repeat is given back', (store) => ({
    async appendRun(input) {
      const before = input.id === undefined ? null : await store.run(input.id)
      const run = await store.appendRun(input)
      return before === null ? run : { ...run, startedAt: Date.now() }
    },
  })),

  spoil('appending the same run twice is one run and gives the first back', 'a repeat is counted', (store, edit) => ({
    async appendRun(input) {
      const before = input.id === undefined ? null : await store.run(input.id)
      const run = await store.appendRun(input)
      if (before !== null)
        await edit(({ sessions }) => {
          sessions.get(run.sessionId)!.runs += 1
        })
      return run
    },
  })),

  spoil(
    'a run id that another session uses is refused as already_exists',
    'the run of another session is given back',
    (store) => ({
      appendRun: (input) =>
        onRefusal('already_exists', store.appendRun(input), async () => (await store.run(input.id!))!),
    }),
  ),

  spoil('appending to a session that does not exist is not_found', 'a missing session is a conflict', (store) => ({
    appendRun: (input) => onRefusal('not_found', store.appendRun(input), () => refuse('conflict')),
  })),

  spoil(
    'a run takes type and owners from its session unless told',
    'a run without a user stays without',
    (store, edit) => ({
      async appendRun(input) {
        const run = await store.appendRun(input)
        if (input.userId !== undefined) return run
        return (await edit(({ runs }) => without(runs.get(run.id)!, 'userId')))!
      },
    }),
  ),

  spoil('appending a run does not change the version of its session', 'a run counts as a change', (store, edit) => ({
    async appendRun(input) {
      const known = input.id !== undefined && (await store.run(input.id)) !== null
      const run = await store.appendRun(input)
      await edit(({ sessions }) => {
        if (!known) sessions.get(run.sessionId)!.version += 1
      })
      return run
    },
  })),

  {
    law: 'simultaneous appends leave no gap and no repeat in seq',
    name: 'appendRun reads, then writes',
    plant: (storage, ground) => onMedium(storage, ground, racy(ground.medium), 'sessions', ['appendRun']),
  },

  {
    law: 'processes that append to one session leave no gap and no repeat in seq',
    name: 'appendRun is alone in its own process only',
    plant: (storage, ground) => onMedium(storage, ground, unlocked(ground.place), 'sessions', ['appendRun']),
  },
]

const updating: Defect[] = [
  spoil('a run that waited is given its start when it begins', 'a start is never moved', (store) => ({
    updateRun: (id, { startedAt, ...patch }, options) =>
      store.updateRun(id, startedAt === null ? { ...patch, startedAt } : patch, options),
  })),

  spoil(
    'a run with repaired values can be given them back as read and keeps its marks',
    'whatever is given again is unmarked',
    (store, edit) => ({
      async updateRun(id, patch, options) {
        const run = await store.updateRun(id, patch, options)
        if (typeof patch.input !== 'string' || patch.input.includes('\0')) return run
        return (await edit(({ runs }) => {
          const own = runs.get(run.id)!
          return Object.assign(own, { repairs: own.repairs?.filter(({ field }) => field !== 'input') })
        }))!
      },
    }),
  ),

  spoil(
    'updating a run changes the fields that are given and leaves the others',
    'an update clears the input',
    (store, edit) => ({
      async updateRun(id, patch, options) {
        await store.updateRun(id, patch, options)
        return (await edit(({ runs }) => without(runs.get(id)!, 'input')))!
      },
    }),
  ),

  spoil('null clears a field of a run', 'null leaves the usage', (store) => ({
    updateRun: (id, { usage, ...patch }, options) =>
      store.updateRun(id, usage === null ? patch : { ...patch, usage }, options),
  })),

  spoil('updating a run that does not exist is not_found', 'a missing run is a conflict', (store) => ({
    updateRun: (id, patch, options) =>
      onRefusal('not_found', store.updateRun(id, patch, options), () => refuse('conflict')),
  })),

  spoil(
    'updating a run that is not in the expected status is a conflict and changes nothing',
    'only a run that has ended keeps its status',
    (store) => ({
      updateRun: (id, patch, options) =>
        onRefusal('conflict', store.updateRun(id, patch, options), async (error) => {
          if (FINAL.includes((await store.run(id))!.status)) throw error
          return store.updateRun(id, patch)
        }),
    }),
  ),

  {
    law: 'of simultaneous updates from one status exactly one succeeds',
    name: 'updateRun reads, then writes',
    plant: (storage, ground) => racyUpdates(storage, ground, true),
  },

  {
    law: 'simultaneous updates of different fields of a run all count',
    name: 'updateRun without a status reads, then writes',
    plant: (storage, ground) => racyUpdates(storage, ground, false),
  },
]

const reading: Defect[] = [
  spoil('a run that does not exist is null', 'a missing run is an error', (store) => ({
    run: async (id) => (await store.run(id)) ?? ((await store.runs()).items.length === 0 ? null : refuse('not_found')),
  })),

  spoil(
    'runs are listed newest first without input, output, messages and metadata',
    'the list ships whole runs',
    (store) => ({
      async runs(query, page) {
        const { items, ...rest } = await store.runs(query, page)
        return { ...rest, items: (await Promise.all(items.map(({ id }) => store.run(id)))) as Run[] }
      },
    }),
  ),

  spoil('runs of one session are listed by seq downwards', 'the runs of a session are listed by start', (store) => ({
    async runs(query, page) {
      const { items, ...rest } = await store.runs(query, page)
      return { ...rest, items: items.sort((a, b) => b.startedAt - a.startedAt || (a.id < b.id ? 1 : -1)) }
    },
  })),

  spoil('every filter of runs narrows the list and filters combine', 'the model is not asked for', (store) => ({
    runs: ({ model, ...query } = {}, page) => store.runs(query, page),
  })),
]

export const runDefects: readonly Defect[] = [...appending, ...updating, ...reading]

/** Updates that expect, or do not expect, a status read, then write. */
function racyUpdates(storage: Storage, ground: Ground, expecting: boolean): Storage {
  const other = ground.on(racy(ground.medium))
  return override(storage, 'sessions', (store, tenant) => ({
    updateRun: (id, patch, options) =>
      ((options?.ifStatus !== undefined) === expecting ? other.tenant(tenant).sessions : store).updateRun(
        id,
        patch,
        options,
      ),
  }))
}

function without(run: Run, field: 'input' | 'userId'): Run {
  delete run[field]
  return run
}
