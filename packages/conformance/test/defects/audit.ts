import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Shape } from '@freehold/contract'
import { auditReadingDefects } from './audit-reading.js'
import { verifyingDefects } from './audit-verifying.js'
import { type Defect, onMedium, override, racy, unlocked } from './defect.js'
import { onRefusal, refuse, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'audit'>) => spoiling('audit', law, name, methods)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const ANYTHING: Shape['schema'] = {
  '~standard': { version: 1, vendor: 'defect', validate: (value) => ({ value }) },
}

const appending: Defect[] = [
  spoil(
    'appended entries are chained from 64 zeros and numbered 1, 2, 3',
    'a chain starts from the hash of nothing',
    (store) => ({
      append: async (entries) =>
        (await store.append(entries)).map((entry) =>
          entry.seq === 1 ? { ...entry, previousHash: sha256('') } : entry,
        ),
    }),
  ),

  spoil(
    "the hash is SHA-256 over the predecessor's hash and the canonical text",
    'the text is not canonical',
    (store) => ({
      append: async (entries) =>
        (await store.append(entries)).map(({ hash, ...entry }) => {
          if (entry.data === undefined) return { ...entry, hash }
          return { ...entry, hash: sha256(`${entry.previousHash}\n${JSON.stringify(entry)}`) }
        }),
    }),
  ),

  spoil('appending the same entry twice is one entry', 'in a batch a repeated entry gets a new id', (store) => ({
    async append(entries) {
      if (entries.length === 1) return store.append(entries)
      const stored = await Promise.all(entries.map((entry) => store.get(entry.id ?? 'none')))
      return store.append(
        entries.map((entry, i) => {
          const repeated =
            entry.id === stored[i]?.id &&
            Object.entries(entry).every(([field, value]) => isDeepStrictEqual(value, stored[i]?.[field as 'id']))
          return repeated ? { ...entry, id: undefined } : entry
        }),
      )
    },
  })),

  spoil(
    'an entry that cannot be kept as it is given is refused by the path of the field',
    'a reason is made storable before it is hashed',
    (store) => ({
      append: (entries) =>
        store.append(
          entries.map((entry) =>
            typeof entry?.reason === 'string' ? { ...entry, reason: entry.reason.replaceAll('\0', '\ufffd') } : entry,
          ),
        ),
    }),
  ),

  spoil(
    'an id that is taken by a different entry is a conflict and nothing is appended',
    'the others are appended',
    (store) => ({
      append: (entries) =>
        onRefusal('conflict', store.append(entries), async (error) => {
          const stored = await Promise.all(entries.map((entry) => store.get(entry.id ?? 'none')))
          await store.append(entries.filter((_, i) => stored[i] === null))
          throw error
        }),
    }),
  ),

  spoil(
    'an id that is taken by a different entry is a conflict and nothing is appended',
    'in a batch the first of an id wins',
    (store) => ({
      async append(entries) {
        const first = entries.map(({ id }, i) => (id === undefined ? i : entries.findIndex((one) => one.id === id)))
        const stored = await store.append(entries.filter((_, i) => first[i] === i))
        const byId = new Map(stored.map((entry) => [entry.id, entry]))
        const fresh = stored.filter(({ id }) => !entries.some((entry) => entry.id === id))
        return entries.map(({ id }) => (id === undefined ? fresh.shift()! : byId.get(id)!))
      },
    }),
  ),

  spoil(
    'an id that is taken by a different entry is a conflict and nothing is appended',
    'the ids of what is refused stay with its streams',
    (store) => {
      const streams = new Map<string | undefined, string | undefined>()
      return {
        append(entries) {
          if (entries.some(({ id, stream }) => streams.has(id) && streams.get(id) !== stream)) return refuse('conflict')
          return onRefusal('conflict', store.append(entries), (error) => {
            for (const { id, stream } of entries) streams.set(id, stream)
            throw error
          })
        },
      }
    },
  ),

  spoil(
    'an id that is taken by a different entry is a conflict and nothing is appended',
    'reasons are not compared',
    (store) => ({
      append: (entries) =>
        onRefusal('conflict', store.append(entries), async (error) => {
          const stored = await Promise.all(entries.map(({ id }) => store.get(id ?? 'none')))
          const told = entries.map((entry, i) => ({ ...entry, reason: stored[i]?.reason ?? entry.reason }))
          return told.some(({ reason }, i) => reason !== entries[i]!.reason)
            ? store.append(told)
            : Promise.reject(error)
        }),
    }),
  ),

  spoil(
    "the hash is SHA-256 over the predecessor's hash and the canonical text",
    'the shape is not hashed',
    (store) => ({
      append: async (entries) =>
        (await store.append(entries)).map(({ hash, ...entry }) =>
          entry.shape === undefined ? { ...entry, hash } : { ...entry, hash: sha256(`${entry.previousHash}\n{}`) },
        ),
    }),
  ),

  spoil('streams have chains of their own', 'all streams share one count', (store, edit) => ({
    async append(entries) {
      const appended = await store.append(entries)
      const chains = (await edit((own) => [...own.values()])) ?? []
      return appended.map((entry) => {
        const others = chains.filter((chain) => chain.head.stream !== entry.stream)
        return { ...entry, seq: entry.seq + others.reduce((sum, chain) => sum + chain.head.seq, 0) }
      })
    },
  })),

  spoil('a batch with one bad entry appends nothing and names it', 'what came before the bad entry stays', (store) => ({
    append: (entries) =>
      onRefusal('invalid', store.append(entries), async (error) => {
        if (entries.length > 1) await store.append(entries.slice(0, 1))
        throw error
      }),
  })),

  {
    law: 'simultaneous appends never fork the chain',
    name: 'append of a batch reads, then writes',
    plant(storage, ground) {
      const other = ground.on(racy(ground.medium))
      return override(storage, 'audit', (store, tenant) => {
        const racing = other.tenant(tenant).audit
        return {
          append: (entries) => (entries.length === 1 ? store : racing).append(entries),
          define: async (shape) => {
            await store.define(shape)
            await racing.define(shape)
          },
        }
      })
    },
  },

  {
    law: 'processes that append to one stream never fork the chain',
    name: 'append is alone in its own process only',
    // Shapes are known to the store that appends.
    plant: (storage, ground) => onMedium(storage, ground, unlocked(ground.place), 'audit', ['append', 'define']),
  },

  spoil('a checkpoint names the head at its time', 'a checkpoint names the entry before', (store) => ({
    async checkpoint(stream) {
      const head = await store.checkpoint(stream)
      return { ...head, seq: head.seq - 1 }
    },
  })),

  spoil('a checkpoint of one stream leaves the others as they were', 'all streams get it', (store, edit) => ({
    async checkpoint(stream) {
      const checkpoint = await store.checkpoint(stream)
      await edit((chains) => {
        for (const chain of chains.values()) if (chain.links.length > 0) chain.checkpoint = checkpoint
      })
      return checkpoint
    },
  })),

  spoil('a validator that changes what it is given changes nothing that is stored', 'it is given the data', (store) => {
    const shapes = new Map<string | undefined, Shape>()
    return {
      async define(shape) {
        await store.define(shape)
        shapes.set(shape.name, shape)
      },
      async append(entries) {
        if (!Array.isArray(entries) || !entries.some((entry) => shapes.has(entry?.shape))) return store.append(entries)
        const given = structuredClone(entries)
        for (const { shape, data } of given) await shapes.get(shape)?.schema['~standard'].validate(data)
        return store.append(given)
      },
    }
  }),

  spoil(
    'an entry of a shape is validated and one that does not fit is refused by the path of the field',
    'the validator is not asked',
    (store) => ({ define: (shape) => store.define({ ...shape, schema: ANYTHING }) }),
  ),

  spoil('an entry of a shape that nobody defined is refused as invalid', 'an unknown shape is made up', (store) => ({
    append: (entries) =>
      onRefusal('invalid', store.append(entries), async (error) => {
        const bare = entries.every(({ data }) => data === undefined)
        if (!bare || !error.problems.every((problem) => problem.field.endsWith('.shape'))) throw error
        for (const { shape } of entries)
          if (shape !== undefined) await store.define({ name: shape, schema: ANYTHING, columns: { any: 'text' } })
        return store.append(entries)
      }),
  })),
]

export const auditDefects: readonly Defect[] = [...appending, ...auditReadingDefects, ...verifyingDefects]
