import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { newId, StoreError, sha256 } from '@freehold/contract'
import { makeDirectory } from '@freehold/recorder'
import type { Erasure, ErasureRequest, Hold, KeyStore, Release, Subject, SubjectKey } from '../key-store.js'
import { contentOf, createFile, destroyFile } from './durable-files.js'
import { Ledger } from './ledger.js'
import type { ErasureRecord, Records } from './records.js'

/**
 * Keys in a directory of a local disk, for the processes of one machine:
 *
 * - `keys/<hash>`: the key of a subject, under the SHA-256 of its tenant and id
 * - `streams/<hash>.<hash>`: that something of a subject is sealed in a stream
 * - `ledger/<number>.json`: what was erased and held, in its order
 *
 * All of it is on the disk before a call resolves. A key that is destroyed is overwritten and then removed; what a disk or a file
 * system keeps of earlier writes, and every copy, is beyond that: keep no backups of this directory for longer than a subject may
 * wait to be forgotten.
 */
export function fileKeys(directory: string): KeyStore {
  return new FileKeys(directory)
}

class FileKeys implements KeyStore {
  readonly #keys: string
  readonly #streams: string
  readonly #ledger: Ledger
  readonly #places: readonly string[]
  #ready: Promise<unknown> | undefined

  constructor(directory: string) {
    this.#keys = join(directory, 'keys')
    this.#streams = join(directory, 'streams')
    const ledger = join(directory, 'ledger')
    this.#places = [this.#keys, this.#streams, ledger]
    this.#ledger = new Ledger(ledger)
  }

  async create(subject: Subject, stream: string): Promise<SubjectKey> {
    await this.#open()
    refuseErased(await this.#ledger.read(), subject)
    const use = join(this.#streams, useOf(subject, stream))
    if ((await contentOf(use)) === undefined) await createFile(use, '')
    const path = this.#pathOf(subject)
    if ((await contentOf(path)) === undefined) {
      const made = { keyId: newId(), key: randomBytes(32).toString('base64') }
      await createFile(path, JSON.stringify(made))
    }
    const content = await contentOf(path)
    // Whoever erases looks at the streams after it said so, and we look at what it said after we wrote the stream: one sees the other.
    const records = await this.#ledger.read()
    // It may be a key that was made after the one of this subject was destroyed.
    if (records.erasureOf(subject)?.allowed) await destroyFile(path)
    refuseErased(records, subject)
    return keyIn(content)
  }

  async get(subject: Subject): Promise<SubjectKey | Erasure | null> {
    await this.#open()
    const content = await contentOf(this.#pathOf(subject))
    const erased = (await this.#ledger.read()).erasureOf(subject)
    if (erased !== undefined) return erased.erasure
    return content === undefined ? null : keyIn(content)
  }

  async destroy(erasure: ErasureRequest): Promise<Erasure> {
    await this.#open()
    await this.#ledger.add(async (records) => {
      if (records.erasureOf(erasure) !== undefined) return undefined
      const content = await contentOf(this.#pathOf(erasure))
      if (content === undefined)
        throw new StoreError('not_found', 'the subject has no key here: nothing of it was sealed')
      const holding = await this.#heldBy(records, erasure)
      if (holding !== undefined) throw held(holding)
      return { kind: 'erase', erasure: { ...erasure, keyId: keyIn(content).keyId } }
    })
    return this.#finish(erasure)
  }

  async unconfirmed(tenant: string): Promise<Erasure[]> {
    await this.#open()
    const begun = (await this.#ledger.read()).erasures(tenant).filter(({ confirmed }) => !confirmed)
    return begun.map(({ erasure }) => erasure)
  }

  async confirm(erasure: Erasure): Promise<void> {
    await this.#open()
    const { tenant, id } = erasure
    await this.#ledger.add((records) =>
      records.erasureOf(erasure)?.confirmed === false ? { kind: 'confirm', tenant, id } : undefined,
    )
  }

  async hold(hold: Hold): Promise<Hold> {
    await this.#open()
    await this.#ledger.add((records) => {
      const { hold: known, release } = records.holdOf(hold.tenant, hold.id) ?? {}
      if (release !== undefined || (known !== undefined && (known.on !== hold.on || known.of !== hold.of)))
        throw new StoreError('conflict', `the hold ${hold.id} is another, or was released; give this one its own id`)
      if (hold.on === 'subject') refuseErased(records, { tenant: hold.tenant, subject: hold.of })
      return known === undefined ? { kind: 'hold', hold } : undefined
    })
    return (await this.#ledger.read()).holdOf(hold.tenant, hold.id)!.hold
  }

  async release(release: Release): Promise<Release> {
    await this.#open()
    await this.#ledger.add((records) => {
      const known = records.holdOf(release.tenant, release.id)
      if (known === undefined) throw new StoreError('not_found', `there is no hold ${release.id}`)
      return known.release === undefined ? { kind: 'release', release } : undefined
    })
    return (await this.#ledger.read()).holdOf(release.tenant, release.id)!.release!
  }

  async holds(tenant: string): Promise<Hold[]> {
    await this.#open()
    return (await this.#ledger.read()).holds(tenant).map(({ hold }) => hold)
  }

  /** Destroys the key of what is to be erased, unless a hold came before it on a stream where something was sealed meanwhile. */
  async #finish(subject: Subject): Promise<Erasure> {
    let holding: Hold | undefined
    await this.#ledger.add(async (records) => {
      const { erasure, allowed, place } = erasureIn(records, subject)
      if (allowed) return undefined
      const { tenant, id } = erasure
      holding = await this.#heldBy(records, subject, place)
      return { kind: holding === undefined ? 'allow' : 'withdraw', tenant, id }
    })
    const records = await this.#ledger.read()
    if (holding !== undefined && records.erasureOf(subject) === undefined) throw held(holding)
    await destroyFile(this.#pathOf(subject))
    return erasureIn(records, subject).erasure
  }

  /** A hold on a subject, or on a stream with something of it; of those before a place among the facts, where one is told. */
  async #heldBy(records: Records, subject: Subject, before = records.count): Promise<Hold | undefined> {
    const holds = records.holds(subject.tenant).filter(({ place }) => place < before)
    if (holds.length === 0) return undefined
    const uses = new Set(await readdir(this.#streams))
    const isOn = ({ on, of }: Hold) => (on === 'subject' ? of === subject.subject : uses.has(useOf(subject, of)))
    return holds.find(({ hold }) => isOn(hold))?.hold
  }

  #pathOf(subject: Subject): string {
    return join(this.#keys, nameOf(subject))
  }

  /** Makes the directories, once; where that fails, the next call tries it again. */
  #open(): Promise<unknown> {
    this.#ready ??= Promise.all(this.#places.map(makeDirectory)).catch((error) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }
}

function erasureIn(records: Records, subject: Subject): ErasureRecord {
  const record = records.erasureOf(subject)
  if (record === undefined)
    throw new StoreError('conflict', 'the erasure was withdrawn meanwhile; erase the subject again')
  return record
}

function refuseErased(records: Records, subject: Subject): void {
  const { erasure } = records.erasureOf(subject) ?? {}
  if (erasure === undefined) return
  const when = new Date(erasure.at).toISOString()
  throw new StoreError(
    'conflict',
    `the subject was erased on ${when} (${erasure.id}), and that is for ever; use another id`,
  )
}

function held({ id, on }: Hold): StoreError {
  const what = on === 'subject' ? 'the subject' : 'a stream with something of the subject'
  return new StoreError('conflict', `the hold ${id} is on ${what}: nothing was erased; release it first`)
}

function keyIn(content: Buffer | undefined): SubjectKey {
  if (content === undefined)
    throw new StoreError('internal', 'a key was removed by something else; nothing was sealed with it')
  const { keyId, key } = JSON.parse(content.toString('utf8')) as { keyId: string; key: string }
  return { keyId, key: Buffer.from(key, 'base64') }
}

function nameOf({ tenant, subject }: Subject): string {
  return sha256(JSON.stringify([tenant, subject]))
}

function useOf(subject: Subject, stream: string): string {
  return `${nameOf(subject)}.${sha256(stream)}`
}
