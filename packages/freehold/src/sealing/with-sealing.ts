import { type AuditStore, acceptShape, Fields, type Shape, type TenantStorage } from '@freehold/contract'
import { over } from '../over.js'
import { checkedKeys } from './checked-keys.js'
import { type EraseOptions, Erasing, type HoldInput, type ReleaseOptions } from './erasing.js'
import type { Erasure, Hold, KeyStore, Release } from './key-store.js'
import { isSealed, openedEntries } from './opening.js'
import { rewrite } from './rewrite.js'
import { type Behind, bytesOf, sealedEntries, unmarkedEntries } from './sealing.js'

const KEY_METHODS: readonly (keyof KeyStore)[] = [
  'create',
  'get',
  'destroy',
  'unconfirmed',
  'confirm',
  'hold',
  'release',
  'holds',
]

export interface SealingOptions {
  keys: KeyStore
}

/**
 * An audit whose entries may have personal values. It is the audit of a tenant in all but this: `append` seals what is marked with
 * `personal`, and what `append`, `read` and `get` resolve to has each sealed value open, or `{ $erased }` where its subject was
 * erased, or `{ $unreadable }` where it cannot be opened. The chain is that of the sealed bytes: `verify` needs no key, and an
 * erasure changes nothing that it looks at.
 *
 * A value is bound to its tenant, the entry, its subject and its place in the data: moved elsewhere, it does not open.
 */
export interface SealedAudit extends AuditStore {
  /**
   * Destroys the key of a subject, for ever, and appends an entry that says so: `subject.erased`, with the subject as its target.
   * Whatever was sealed of it is read as `{ $erased }` from then on, and nothing more of it can be sealed. Of a subject that was
   * erased before, it resolves to that erasure, and finishes what was left to do. A crash leaves it undone or begun: begun, the
   * values are erased, and this or `finishErasures` does the rest.
   *
   * @throws StoreError `conflict` while a hold is on the subject, or on a stream with something of it; the message names the hold
   * @throws StoreError `not_found` when nothing of the subject was ever sealed
   */
  eraseSubject(subject: string, options: EraseOptions): Promise<Erasure>
  /** Finishes erasures of this tenant that a crash or an outage of the audit interrupted. To be called when a process starts. */
  finishErasures(): Promise<Erasure[]>
  /**
   * Keeps a subject, or all that is sealed in a stream, from being erased, and appends an entry that says so (`hold.placed`).
   * Repeated with its id, it is one hold, and one entry: so is one whose process died before that was appended.
   *
   * @throws StoreError `conflict` when the subject was erased, or the id is that of another hold
   */
  hold(hold: HoldInput): Promise<Hold>
  /**
   * Ends a hold, and appends an entry that says so (`hold.released`).
   * @throws StoreError `not_found`
   */
  release(id: string, options: ReleaseOptions): Promise<Release>
  /** Those that are in force. */
  holds(): Promise<Hold[]>
}

/**
 * The audit of a tenant, with personal values sealed by AES-256-GCM under one key for each subject.
 * @throws StoreError `invalid` when there is no key store, or no tenant where they are required
 */
export function withSealing(storage: Pick<TenantStorage, 'tenantId' | 'audit'>, options: SealingOptions): SealedAudit {
  const fields = new Fields('sealing', options, ['keys'])
  const given = fields.raw('keys') as KeyStore | undefined
  const isStore = KEY_METHODS.every((name) => typeof given?.[name] === 'function')
  if (!isStore) fields.problem('keys', 'is no key store; give one, such as fileKeys(directory)')
  if (storage.tenantId === '')
    fields.problem('tenant', 'is missing, and tenants are required here; give storage.tenant(id)')
  fields.done()
  const { tenantId, audit } = storage
  const keys = checkedKeys(given!)
  const shapes = new Map<string, Shape>()
  const sealing = new Set<Behind>()
  const open = (entries: Awaited<ReturnType<AuditStore['append']>>) => openedEntries(keys, tenantId, entries)
  const erasing = new Erasing(keys, tenantId, audit)

  return over<SealedAudit>(audit, {
    async append(inputs) {
      const unmarked = unmarkedEntries(inputs)
      if (unmarked === undefined) return open(await audit.append(inputs))
      const behind: Behind = new Map()
      sealing.add(behind)
      try {
        return await open(await audit.append(await sealedEntries(keys, tenantId, unmarked, shapes, behind)))
      } finally {
        sealing.delete(behind)
      }
    },

    async define(shape) {
      const accepted = acceptShape(shape)
      await audit.define({ ...accepted, schema: ofPlainValues(accepted.schema, sealing) })
      shapes.set(accepted.name, accepted)
    },

    async read(query, page) {
      const { items, ...rest } = await audit.read(query, page)
      return { ...rest, items: await open(items) }
    },

    async get(id) {
      const entry = await audit.get(id)
      return entry === null ? null : (await open([entry]))[0]!
    },

    eraseSubject: (subject, how) => erasing.eraseSubject(subject, how),
    finishErasures: () => erasing.finishErasures(),
    hold: (hold) => erasing.hold(hold),
    release: (id, how) => erasing.release(id, how),
    holds: () => erasing.holds(),
  })
}

/** A schema that is asked for what was just sealed, in the place of the sealed bytes. Of others' bytes it sees the bytes. */
function ofPlainValues(schema: Shape['schema'], sealing: ReadonlySet<Behind>): Shape['schema'] {
  const own = schema['~standard']
  const plainOf = (bytes: string) => {
    for (const behind of sealing) if (behind.has(bytes)) return { value: structuredClone(behind.get(bytes)) }
    return undefined
  }
  const opened = (data: unknown) => rewrite(data, (value) => (isSealed(value) ? plainOf(bytesOf(value)) : undefined))
  return { '~standard': { version: own.version, vendor: own.vendor, validate: (data) => own.validate(opened(data)) } }
}
