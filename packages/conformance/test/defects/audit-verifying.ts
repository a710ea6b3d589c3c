import { createHash } from 'node:crypto'
import type { AuditStore, Checkpoint, Link, Tampering } from '@freehold/contract'
import type { Defect } from './defect.js'
import { type Edit, type Spoil, spoiling } from './spoil.js'

const spoil = (law: string, name: string, methods: Spoil<'audit'>) => spoiling('audit', law, name, methods)

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** What is there where `verify` found something. */
interface Place {
  link: Link | undefined
  /** The head minus the last entry that is there. */
  ahead: number
  checkpoint: Checkpoint | undefined
}

/** Wrong proofs. */
export const verifyingDefects: readonly Defect[] = [
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

  blind('a changed entry is found and named', 'columns are not compared', 'changed', (at) => !textFits(at)),
  blind('a changed entry is found and named', 'hashes are not computed', 'changed', (at) => !hashFits(at)),
  blind(
    'an entry that was rewritten together with its hash is found and named',
    'what follows is not asked',
    'changed',
    (at) => at.checkpoint === undefined && textFits(at) && hashFits(at) && at.link?.entry.seq !== 4,
  ),
  blind(
    'an entry that was rewritten together with its hash is found and named',
    'the head is not asked',
    'changed',
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
    'a checkpoint that the chain never had is found as changed',
    'a checkpoint is a number',
    'changed',
    ({ checkpoint }) => checkpoint !== undefined,
  ),
]

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
    async (stream = 'main', checkpoint) => {
      const verification = await store.verify(stream, checkpoint)
      if (verification.status === 'ok' || verification.found !== found) return verification
      const at = await edit((own) => {
        const { links, head } = own.get(stream)!
        const last = Math.max(...links.map(({ entry }) => entry.seq))
        return { link: links.find(({ entry }) => entry.seq === verification.seq), ahead: head.seq - last, checkpoint }
      })
      if (!where(at!)) return verification
      return { status: 'ok', stream, entries: verification.entries, head: await store.head(stream) }
    }
  return spoil(law, name, (store, edit) => ({ verify: verifyWith(store, edit) }))
}
