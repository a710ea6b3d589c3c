import { createHash } from 'node:crypto'
import type { Tampering } from '@freehold/conformance'
import type { Domain } from '@freehold/contract'
import type { Collection, Db } from 'mongodb'
import { withDatabase } from './server.js'

type Named = Collection<{ _id: string; checksum: string; appliedAt: Date }>

/** What an intruder does with a shell of the database that each domain lies in. */
export async function tamperMongo(urlOfDatabase: (domain: Domain) => string, tampering: Tampering): Promise<void> {
  if (tampering.kind === 'add-migration' || tampering.kind === 'change-checksum')
    return withDatabase(urlOfDatabase(tampering.domain), (db) => tamperHistory(db, tampering))
  return withDatabase(urlOfDatabase('audit'), (db) => tamperChain(db, tampering))
}

async function tamperChain(db: Db, tampering: Extract<Tampering, { stream: string }>): Promise<void> {
  const { stream, seq } = tampering
  const entries = db.collection('freehold_audit')
  const at = (place: number | object) => ({ '_id.tenant': 'default', stream, seq: place })
  switch (tampering.kind) {
    case 'change-entry':
      await entries.updateOne(at(seq), { $set: { actor: 'nobody' } })
      return
    case 'change-text':
    case 'rewrite-entry':
      return rewrite(db, tampering)
    case 'remove-entry':
      await entries.deleteOne(at(seq))
      return
    case 'swap-entries':
      for (const [from, to] of [
        [seq, -1],
        [seq + 1, seq],
        [-1, seq + 1],
      ])
        await entries.updateOne(at(from!), { $set: { seq: to } })
      return
    case 'fork-entry': {
      const [before, entry] = [await entries.findOne(at(seq - 1)), await entries.findOne(at(seq))]
      const previousHash = String(before!.previousHash)
      for (const { name, key } of await entries.indexes()) if ('previousHash' in key) await entries.dropIndex(name!)
      await entries.updateOne(at(seq), { $set: { previousHash, hash: hashOf(previousHash, entry!.hashedText) } })
      return
    }
    case 'truncate':
      await entries.deleteMany(at({ $gt: seq }))
      if (tampering.head) await setHead(db, stream, seq)
      if (tampering.checkpoint) await headOf(db, stream, { $unset: { checkpoint: '' } })
      return
    case 'set-head':
      return setHead(db, stream, seq)
  }
}

/** Changes the actor in its field and in the text that was hashed; `rewrite-entry` hashes that text anew. */
async function rewrite(
  db: Db,
  { kind, stream, seq }: Extract<Tampering, { kind: 'change-text' | 'rewrite-entry' }>,
): Promise<void> {
  const entries = db.collection('freehold_audit')
  const place = { '_id.tenant': 'default', stream, seq }
  const row = await entries.findOne(place)
  const hashedText = String(row!.hashedText).replace('"actor":"ann"', '"actor":"nobody"')
  const hash = kind === 'rewrite-entry' ? hashOf(row!.previousHash, hashedText) : row!.hash
  await entries.updateOne(place, { $set: { actor: 'nobody', hashedText, hash } })
}

function hashOf(previous: string, text: string): string {
  return createHash('sha256').update(`${previous}\n${text}`).digest('hex')
}

async function setHead(db: Db, stream: string, seq: number): Promise<void> {
  const row = await db.collection('freehold_audit').findOne({ '_id.tenant': 'default', stream, seq })
  await headOf(db, stream, { $set: { seq, hash: row!.hash } })
}

async function headOf(db: Db, stream: string, update: object): Promise<void> {
  await db.collection('freehold_audit_heads').updateOne({ '_id.tenant': 'default', '_id.stream': stream }, update)
}

async function tamperHistory(
  db: Db,
  tampering: Extract<Tampering, { kind: 'add-migration' | 'change-checksum' }>,
): Promise<void> {
  const history: Named = db.collection(`freehold_${tampering.domain}_migrations`)
  if (tampering.kind === 'change-checksum') await history.updateMany({}, { $set: { checksum: 'another' } })
  else await history.insertOne({ _id: tampering.name, checksum: 'x', appliedAt: new Date() })
}
