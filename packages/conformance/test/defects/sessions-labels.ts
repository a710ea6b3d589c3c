import type { Labels } from '@freehold/contract'
import type { Defect } from './defect.js'
import { type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'sessions'>) => spoiling('sessions', law, name, methods)

const first = (labels: Labels) => Object.fromEntries(Object.entries(labels).slice(0, 1))

/** Wrong labels of sessions and runs. */
export const sessionLabelDefects: readonly Defect[] = [
  spoil(
    'sessions are found by the labels they have now and all of them must match',
    'one label is asked for',
    (store) => ({
      list: (query, page) =>
        store.list(query?.labels === undefined ? query : { ...query, labels: first(query.labels) }, page),
    }),
  ),
  spoil(
    'sessions are found by the labels they have now and all of them must match',
    'what is given of labels is added',
    (store) => ({
      async save(session, options) {
        const { labels } = session
        const before = labels && Object.keys(labels).length > 0 ? await store.get(session.id).catch(() => null) : null
        return store.save(before?.labels ? { ...session, labels: { ...before.labels, ...labels } } : session, options)
      },
    }),
  ),
  spoil('runs are found by the labels they have now and all of them must match', 'one label is asked for', (store) => ({
    runs: (query, page) =>
      store.runs(query?.labels === undefined ? query : { ...query, labels: first(query.labels) }, page),
  })),
  spoil(
    'runs are found by the labels they have now and all of them must match',
    'labels of runs that are appended together are lost',
    (store) => ({
      appendRuns: (runs) =>
        store.appendRuns(Array.isArray(runs) && runs.length > 1 ? runs.map(({ labels: _, ...run }) => run) : runs),
    }),
  ),
  spoil(
    'a session that is made anew after it was removed is found by no label that it or its runs had',
    'what a run was found by before its session was removed finds it',
    (store) => {
      const removed = new Map<string, Labels>()
      return {
        async remove(sessionId) {
          const { items } = await store.runs({ sessionId }).catch(() => ({ items: [] }))
          for (const { id, labels } of items) if (labels !== undefined) removed.set(id, labels)
          return store.remove(sessionId)
        },
        async runs(query, page) {
          const found = await store.runs(query, page)
          const wanted = Object.entries(query?.labels ?? {})
          if (wanted.length === 0 || found.items.length > 0) return found
          const all = await store.runs()
          const items = all.items.filter(({ id }) => wanted.every(([name, value]) => removed.get(id)?.[name] === value))
          return { ...found, items }
        },
      }
    },
  ),
]
