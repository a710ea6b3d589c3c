import type { Labels, TraceQuery } from '@freehold/contract'
import type { Defect } from './defect.js'
import { spoiling } from './spoil.js'
import { summarising } from './traces-summary.js'

const spoil = (law: string, name: string, methods: Parameters<typeof spoiling<'traces'>>[3]) =>
  spoiling('traces', law, name, methods)

/** The labels that are asked for, but for one. */
function butOne(labels: Labels | undefined): Labels | undefined {
  return labels && Object.fromEntries(Object.entries(labels).slice(1))
}

/** Wrong labels of spans and traces. */
export const traceLabelDefects: readonly Defect[] = [
  summarising(
    'a trace shows of each label what the first span in time says',
    'the last span in time counts',
    ({ spans }) => {
      const told = [...spans.values()]
        .map(({ span }) => span)
        .filter(({ labels }) => labels !== undefined)
        .sort((a, b) => a.startedAt - b.startedAt)
      return told.length < 2 ? {} : { labels: Object.assign({}, ...told.map(({ labels }) => labels)) }
    },
  ),
  spoil(
    'labels of a span merge by name and the greater record counts',
    'the labels of the record that came last are those of the span',
    (store, edit) => ({
      async write(spans) {
        const result = await store.write(spans)
        const [only] = spans
        // Of one record that changed a span which had other labels.
        if (spans.length === 1 && result.updated === 1 && only?.labels !== undefined)
          await edit((traces) => {
            const trace = traces.get(only.traceId)
            const span = trace?.spans.get(only.spanId)?.span
            if (span?.labels !== undefined && trace?.spans.size === 1) span.labels = only.labels!
          })
        return result
      },
    }),
  ),
  spoil(
    'a label of a span that cannot be kept is left out and the span says so',
    'a label that is too long is cut',
    (store) => ({
      write: (spans) =>
        store.write(
          spans.map((span) => {
            const long = (span.labels as Labels | undefined)?.long
            return typeof long === 'string' ? { ...span, labels: { ...span.labels, long: long.slice(0, 100) } } : span
          }),
        ),
    }),
  ),
  spoil('traces are found by labels and all of them must match', 'one of several is not asked for', (store) => ({
    find: (query, page) =>
      Object.keys(query?.labels ?? {}).length < 2
        ? store.find(query, page)
        : store.find({ ...query, labels: butOne(query!.labels) } as TraceQuery, page),
  })),
  spoil('traces are found by labels and all of them must match', 'a text is not a number', (store) => ({
    async find(query, page) {
      const found = await store.find(query, page)
      const same = (labels: Labels | undefined) =>
        Object.entries(query?.labels ?? {}).every(([name, value]) => labels?.[name] === value)
      return { ...found, items: found.items.filter(({ labels }) => same(labels)) }
    },
  })),
  spoil(
    'a trace whose label changes is found by the new value and not by the old',
    'what a trace was first found by finds it ever after',
    (store) => {
      const first = new Map<string, Labels>()
      return {
        async write(spans) {
          const result = await store.write(spans)
          for (const { traceId, labels } of spans) if (labels && !first.has(traceId)) first.set(traceId, labels)
          return result
        },
        async remove(traceId) {
          first.delete(traceId)
          return store.remove(traceId)
        },
        async find(query, page) {
          const found = await store.find(query, page)
          const value = query?.labels?.environment
          if (value !== 'old' || query?.from !== undefined) return found
          const others = (await store.find()).items.filter(
            (one) =>
              first.get(one.traceId)?.environment === value &&
              !found.items.some(({ traceId }) => traceId === one.traceId),
          )
          return { ...found, items: [...found.items, ...others] }
        },
      }
    },
  ),
  spoil(
    'a trace that is written again after it was removed is found by no label that it had',
    'what a trace was found by before it was removed finds it',
    (store) => {
      const removed = new Map<string, Labels>()
      return {
        async remove(traceId) {
          const trace = await store.get(traceId).catch(() => null)
          if (trace?.summary.labels !== undefined) removed.set(trace.summary.traceId, trace.summary.labels)
          return store.remove(traceId)
        },
        async find(query, page) {
          const found = await store.find(query, page)
          const wanted = Object.entries(query?.labels ?? {})
          if (wanted.length === 0 || found.items.length > 0) return found
          const all = await store.find()
          const items = all.items.filter(({ traceId }) =>
            wanted.every(([name, value]) => removed.get(traceId)?.[name] === value),
          )
          return { ...found, items }
        },
      }
    },
  ),
]
