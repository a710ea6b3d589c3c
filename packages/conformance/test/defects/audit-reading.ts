import type { Defect } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'audit'>) => spoiling('audit', law, name, methods)

/** Names of shapes, for the defect that looks at nobody who comes meanwhile. */
const beingDefined = new Set<string>()

const defining: Defect[] = [
  spoil(
    'columns that would be one or cannot be named are refused as invalid',
    'the last of two columns of one name is shown',
    (store) => ({
      define: (shape) =>
        onRefusal('invalid', store.define(shape), (error) => {
          if (error.problems.some(({ message }) => !message.includes('rename one'))) throw error
        }),
    }),
  ),

  spoil(
    'columns that would be one or cannot be named are refused as invalid',
    'a long name is cut to the length that fits',
    (store) => ({
      define: (shape) => {
        const columns = Object.entries(shape.columns).map(([name, type]) => [name.slice(0, 60), type])
        return store.define({ ...shape, columns: Object.fromEntries(columns) })
      },
    }),
  ),

  spoil(
    'a shape that is called as something of the audit itself is refused as invalid',
    'its name is made another in silence',
    (store) => ({
      define: (shape) =>
        onRefusal('invalid', store.define(shape), (error) => {
          if (error.problems.some(({ message }) => !message.includes('of its own'))) throw error
        }),
    }),
  ),

  spoil('a shape whose columns differ from those of another tenant is a conflict', 'the last one wins', (store) => ({
    define: (shape) => onRefusal('conflict', store.define(shape), () => undefined),
  })),

  spoil(
    'of a tenant that changes a shape and one that joins it at once, one gets a conflict',
    'whoever comes while another defines is not looked at',
    (store) => ({
      async define(shape) {
        const busy = beingDefined.has(shape?.name)
        beingDefined.add(shape?.name)
        try {
          await (busy ? onRefusal('conflict', store.define(shape), () => undefined) : store.define(shape))
        } finally {
          if (!busy) beingDefined.delete(shape?.name)
        }
      },
    }),
  ),
]

const reading: Defect[] = [
  spoil('entries of all streams are read newest first', 'they are read stream by stream', (store) => ({
    async read(query, page) {
      const { items, ...rest } = await store.read(query, page)
      return { ...rest, items: items.sort((a, b) => Number(a.stream > b.stream) - Number(a.stream < b.stream)) }
    },
  })),

  spoil('entries of one stream are read by seq downwards', 'a stream is read by time', (store) => ({
    async read(query, page) {
      const { items, ...rest } = await store.read(query, page)
      return { ...rest, items: items.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)) }
    },
  })),

  spoil('every filter of the audit narrows the list and filters combine', 'the outcome is not asked for', (store) => ({
    read: ({ outcome, ...query } = {}, page) => store.read(query, page),
  })),

  spoil('an entry that does not exist is null', 'a missing entry is an error', (store) => ({
    get: async (id) => (await store.get(id)) ?? ((await store.read()).items.length === 0 ? null : refuse('not_found')),
  })),

  spoil('the head of an empty stream is seq 0', 'a new stream is an error', (store, edit) => ({
    async head(stream = 'main') {
      const others = (await edit((own) => !own.has(stream) && own.size > 0)) ?? false
      return others ? refuse('not_found') : store.head(stream)
    },
  })),
]

export const auditReadingDefects: readonly Defect[] = [...defining, ...reading]
