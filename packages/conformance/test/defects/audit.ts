import { createHash } from 'node:crypto'
import type { AuditStore, Checkpoint, Shape, Tampering } from '@freehold/contract'
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
          const { action, stream, data } = stored[i] ?? {}
          const repeated = action === entry.action && stream === (entry.stream ?? 'main') && data === entry.data
          return repeated ? { ...entry, id: undefined } : entry
        }),
      )
    },
  })),

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

  spoil(
    'an entry of a shape is validated and one that does not fit is refused by the path of the field',
    'the validator is not asked',
    (store) => ({ define: (shape) => store.define({ ...shape, schema: ANYTHING }) }),
  ),

  spoil('an entry of a shape that nobody defined is refused as invalid', 'an unknown shape is made up', (store) => ({
    append: (entries) =>
      onRefusal('invalid', store.append(entries), async (error) => {
        if (!error.problems.every((problem) => problem.field.endsWith('.shape'))) throw error
        for (const { shape } of entries)
          if (shape !== undefined) await store.define({ name: shape, schema: ANYTHING, columns: { any: 'text' } })
        return store.append(entries)
      }),
  })),
]

const reading: Defect[] = [
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

  spoil('the head of an empty stream is seq 0', 'an empty stream is an error', (store) => ({
    async head(stream) {
      const head = await store.head(stream)
      return head.seq === 0 && (await store.read()).items.length > 0 ? refuse('not_found') : head
    },
  })),
]

const verifying: Defect[] = [
  spoil(
    'verify of an untouched chain is ok and counts its entries',
    'only the first thousand are counted',
    (store) => ({
      async verify(stream, checkpoint) {
        const verification = await store.verify(stream, checkpoint)
        return { ...verification, entries: Math.min(verification.entries, 1000) }
      },
    }),
  ),

  blind('a changed entry is found and named', 'changed', (checkpoint) => checkpoint === undefined),
  blind('a missing entry is found and named', 'missing'),
  blind('reordered entries are found and named', 'reordered'),
  blind('a truncated chain is found and named', 'truncated', (checkpoint) => checkpoint === undefined),
  blind(
    'a chain cut off with its head is found by a checkpoint kept elsewhere',
    'truncated',
    (checkpoint) => checkpoint !== undefined,
  ),
  blind(
    'a checkpoint that the chain never had is found as changed',
    'changed',
    (checkpoint) => checkpoint !== undefined,
  ),
]

export const auditDefects: readonly Defect[] = [...appending, ...reading, ...verifying]

/** A `verify` that sees nothing wrong in one kind of tampering. */
function blind(law: string, found: Tampering, where: (checkpoint?: Checkpoint) => boolean = () => true): Defect {
  const verifyWith =
    (store: AuditStore): AuditStore['verify'] =>
    async (stream, checkpoint) => {
      const verification = await store.verify(stream, checkpoint)
      if (verification.status === 'ok' || verification.found !== found || !where(checkpoint)) return verification
      return {
        status: 'ok',
        stream: verification.stream,
        entries: verification.entries,
        head: await store.head(stream),
      }
    }
  return spoil(law, `verify is blind to ${found}`, (store) => ({ verify: verifyWith(store) }))
}
