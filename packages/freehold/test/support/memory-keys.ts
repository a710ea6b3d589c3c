import { randomBytes } from 'node:crypto'
import { newId } from '@freehold/contract'
import {
  type Erasure,
  type Hold,
  type KeyStore,
  type Release,
  StoreError,
  type Subject,
  type SubjectKey,
} from '../../src/index.js'

interface Known {
  subject: Subject
  key?: SubjectKey
  streams: Set<string>
  erasure?: Erasure
  confirmed?: true
}

const conflict = (message: string) => new StoreError('conflict', message)

/** A key store of somebody's own, with all that the interface asks for and nothing else. */
export function memoryKeys(): KeyStore {
  const known = new Map<string, Known>()
  const holds: { hold: Hold; release?: Release }[] = []
  const of = ({ tenant, subject }: Subject): Known => {
    const name = JSON.stringify([tenant, subject])
    const found = known.get(name) ?? { subject: { tenant, subject }, streams: new Set() }
    known.set(name, found)
    return found
  }
  const heldBy = (subject: Subject) =>
    holds.find(({ hold, release }) => {
      if (release !== undefined || hold.tenant !== subject.tenant) return false
      return hold.on === 'subject' ? hold.of === subject.subject : of(subject).streams.has(hold.of)
    })?.hold

  return {
    async create(subject, stream) {
      const own = of(subject)
      if (own.erasure !== undefined)
        throw conflict(`the subject was erased on ${new Date(own.erasure.at).toISOString()}`)
      own.streams.add(stream)
      own.key ??= { keyId: newId(), key: randomBytes(32) }
      return own.key
    },
    async get(subject) {
      const { erasure, key } = of(subject)
      return erasure ?? key ?? null
    },
    async destroy(erasure) {
      const own = of(erasure)
      if (own.erasure !== undefined) return own.erasure
      if (own.key === undefined) throw new StoreError('not_found', 'no key')
      const hold = heldBy(erasure)
      const what = hold?.on === 'stream' ? 'a stream with something of the subject' : 'the subject'
      if (hold !== undefined) throw conflict(`the hold ${hold.id} is on ${what}: nothing was erased; release it first`)
      own.erasure = { ...erasure, keyId: own.key.keyId }
      delete own.key
      return own.erasure
    },
    async unconfirmed(tenant) {
      const all = [...known.values()].filter(({ subject, confirmed }) => subject.tenant === tenant && !confirmed)
      return all.flatMap(({ erasure }) => erasure ?? [])
    },
    async confirm(erasure) {
      of(erasure).confirmed = true
    },
    async hold(hold) {
      const same = holds.find((each) => each.hold.tenant === hold.tenant && each.hold.id === hold.id)
      if (same !== undefined && (same.release !== undefined || same.hold.on !== hold.on || same.hold.of !== hold.of))
        throw conflict('another hold')
      if (hold.on === 'subject' && of({ tenant: hold.tenant, subject: hold.of }).erasure) throw conflict('erased')
      if (same === undefined) holds.push({ hold })
      return same?.hold ?? hold
    },
    async release(release) {
      const held = holds.find(({ hold }) => hold.tenant === release.tenant && hold.id === release.id)
      if (held === undefined) throw new StoreError('not_found', 'no hold')
      held.release ??= release
      return held.release
    },
    async holds(tenant) {
      return holds
        .filter(({ hold, release }) => hold.tenant === tenant && release === undefined)
        .map(({ hold }) => hold)
    },
  }
}
