import { createHash } from 'node:crypto'
import type { AuditHead, AuditStore, Link, Tampering, VerifyOptions } from '@freehold/contract'
import type { Defect } from './defect.js'
import { type Edit, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'audit'>) => spoiling('audit', law, name, methods)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What is there where `verify` found something. */
interface Place {
  link: Link | undefined
  /** The head minus the last entry that is there. */
  ahead: number
  checkpoint: AuditHead | undefined
}

/** Wrong proofs. */
export const verifyingDefects: readonly Defect[] = [
  spoil(
    'verify of an untouched chain is ok and counts its entries',
    'only the first thousand are counted',
    (store) => ({
      async verify(stream, options) {
        const verification = await store.verify(stream, options)
        return { ...verification, entries: Math.min(verification.entries, 1000) }
      },
    }),
  ),

  blind('a modified entry is found and named', 'columns are not compared', 'modified', (at) => !textFits(at)),
  blind('a modified entry is found and named', 'hashes are not computed', 'modified', (at) => !hashFits(at)),
  blind(
    'an entry that was rewritten together with its hash is found and named',
    'what follows is not asked',
    'modified',
    (at) => at.checkpoint === undefined && textFits(at) && hashFits(at) && at.link?.entry.seq !== 4,
  ),
  blind(
    'an entry that was rewritten together with its hash is found and named',
    'the head is not asked',
    'modified',
    (at) => at.checkpoint === undefined && textFits(at) && hashFits(at) && at.link?.entry.seq === 4,
  ),
  blind('a missing entry is found and named', 'a gap is skipped', 'missing'),
  blind('reordered entries are found and named', 'a place is not compared', 'reordered'),
  blind('a truncated chain is found and named', 'a head may be ahead', 'truncated', ({ ahead }) => ahead > 0),
  blind('a head that was set back is found and named', 'a head may be behind', 'truncated', ({ ahead }) => ahead < 0),
  blind(
    'a chain cut off with its head is found by the checkpoint the store remembers',
    'nothing is remembered',
    'truncated',
    ({ ahead, checkpoint }) => ahead === 0 && checkpoint === undefined,
  ),
  blind(
    'a chain cut off with its head is found by a checkpoint kept elsewhere',
    'a checkpoint may be ahead',
    'truncated',
    ({ checkpoint }) => checkpoint !== undefined,
  ),
  blind(
    'a checkpoint that the chain never had is found as a checkpoint mismatch',
    'a checkpoint is a number',
    'checkpoint',
    ({ checkpoint }) => checkpoint !== undefined,
  ),
  blind('a forked chain is found and named', 'who follows whom is not compared', 'forked'),

  told('a verification from a vouched head reads what follows and claims nothing of what is before', {
    name: 'it begins at the beginning',
    options: (options) => ({ ...options, from: undefined }),
    when: (options) => options.from !== undefined && options.checkpoints === undefined,
  }),
  spoil(
    'a verification from a vouched head reads what follows and claims nothing of what is before',
    'all of the chain is claimed',
    (store) => ({
      async verify(stream, options) {
        const verification = await store.verify(stream, options)
        const { status, from } = verification
        return status === 'ok' ? { ...verification, from: { ...from, seq: 0, hash: '0'.repeat(64) } } : verification
      },
    }),
  ),
  spoil(
    'a verification from a head that the chain never had finds a checkpoint mismatch',
    'the head it begins at is a number',
    (store) => ({
      async verify(stream = 'main', options = {}) {
        const { from } = options
        if (from === undefined || !(from.seq > 0)) return store.verify(stream, options)
        const [record] = await store.records(stream, from.seq - 1)
        return store.verify(stream, { ...options, from: { ...from, hash: record?.hash ?? from.hash } })
      },
    }),
  ),
  told('a verification tells its progress up to the last entry', {
    name: 'nothing is told',
    options: (options) => ({ ...options, onProgress: undefined }),
    when: ({ signal, onProgress }) => signal === undefined && typeof onProgress === 'function',
  }),
  told('an aborted verification rejects with the reason of its signal', {
    name: 'a signal is not looked at',
    options: (options) => ({ ...options, signal: undefined }),
    when: ({ signal }) => signal instanceof AbortSignal,
  }),

  spoil('records of a stream come in the order of seq with the text that was hashed', 'newest first', (store) => ({
    records: async (stream, after) => (await store.records(stream, after)).sort((a, b) => b.seq - a.seq),
  })),
  spoil(
    'records of a stream come in the order of seq with the text that was hashed',
    'the text is made anew, with its keys as they come',
    (store) => ({
      async records(stream, after) {
        const records = await store.records(stream, after)
        return records.map((record) => {
          const { seq, ...entry } = JSON.parse(record.text) as { seq: number }
          return { ...record, text: JSON.stringify({ seq, ...entry }) }
        })
      },
    }),
  ),
  spoil(
    'records after a place begin behind it and there are none behind the last',
    'they begin with the place',
    (store) => ({
      records: (stream, after) => store.records(stream, after !== undefined && after > 1 ? after - 1 : after),
    }),
  ),
]

/** What `verify` is told, changed. */
function told(
  law: string,
  how: { name: string; options(given: VerifyOptions): VerifyOptions; when(given: VerifyOptions): boolean },
): Defect {
  return spoil(law, how.name, (store) => ({
    verify: (stream, options) =>
      store.verify(stream, options !== undefined && how.when(options) ? how.options(options) : options),
  }))
}

function textFits({ link }: Place): boolean {
  return link !== undefined && JSON.parse(link.text).actor === link.entry.actor
}

function hashFits({ link }: Place): boolean {
  return link !== undefined && sha256(`${link.entry.previousHash}\n${link.text}`) === link.entry.hash
}

/** A `verify` that sees nothing wrong in one kind of tampering. */
function blind(law: string, name: string, found: Tampering, where: (at: Place) => boolean = () => true): Defect {
  const verifyWith =
    (store: AuditStore, edit: Edit<'audit'>): AuditStore['verify'] =>
    async (stream = 'main', options) => {
      const verification = await store.verify(stream, options)
      if (verification.status === 'ok' || verification.found !== found) return verification
      const checkpoint = options?.checkpoints?.[0]
      const at = await edit((own) => {
        const { links, head } = own.get(stream)!
        const last = Math.max(...links.map(({ entry }) => entry.seq))
        return { link: links.find(({ entry }) => entry.seq === verification.seq), ahead: head.seq - last, checkpoint }
      })
      if (!where(at!)) return verification
      const { entries, from } = verification
      return { status: 'ok', stream, entries, from, head: await store.head(stream) }
    }
  return spoil(law, name, (store, edit) => ({ verify: verifyWith(store, edit) }))
}
