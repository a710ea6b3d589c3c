import { Fields, newId, type TenantStorage } from '@freehold/contract'
import type { KeyStore } from '../sealing/key-store.js'
import { type SealedAudit, withSealing } from '../sealing/with-sealing.js'

export interface EraseUserOptions {
  /** Who has it done: the actor of the entries in the audit. At most 128 bytes. */
  by: string
  /** At most 10,000 characters. */
  reason?: string
  /** Names the erasure, such as the number of a request, in at most 128 bytes; a UUIDv7 unless told. */
  id?: string
  /** Of the entries in the audit; `main` unless told. */
  stream?: string
  /** Where the keys of sealed values are: the user's is destroyed. Holds are asked of it, and of the audit. */
  keys?: KeyStore
  /** As what the user's values are sealed; the user's id unless told. A hold on either of the two is a `conflict`. */
  subject?: string
  /** Traces and sessions of others in which the user takes part: `keep` unless told. */
  shared?: 'keep' | 'remove'
  /** Ends the work after the row that is being removed: the call rejects with the signal's reason. */
  signal?: AbortSignal
  /** Told how many rows were removed so far, after each trace, session and approval. */
  onProgress?: (removed: number) => void
}

const NAMES = ['by', 'reason', 'id', 'stream', 'keys', 'subject', 'shared', 'signal', 'onProgress'] as const

/** What is asked for, with what was left out. */
export interface UserToErase {
  id: string
  userId: string
  by: string
  reason: string | undefined
  stream: string | undefined
  subject: string
  audit: SealedAudit | undefined
  shared: 'keep' | 'remove'
  signal: AbortSignal | undefined
  onProgress: (removed: number) => void
}

/** @throws StoreError `invalid`, naming every wrong option */
export function acceptUserErasure(storage: TenantStorage, userId: string, options: EraseUserOptions): UserToErase {
  const { signal, onProgress, keys } = Object(options) as EraseUserOptions
  const fields = new Fields('user erasure', { ...options, userId }, ['userId', ...NAMES], 'exact')
  const user = fields.required('userId', fields.id('userId'), 'name the user to erase')
  const accepted = {
    id: fields.id('id') ?? newId(),
    userId: user,
    by: fields.required('by', fields.id('by'), 'say who has it erased'),
    reason: fields.text('reason'),
    stream: fields.id('stream'),
    subject: fields.id('subject') ?? user,
    shared: fields.choice('shared', ['keep', 'remove'] as const) ?? ('keep' as const),
  }
  if (signal !== undefined && !(signal instanceof AbortSignal))
    fields.problem('signal', 'is no AbortSignal; give one, or leave it out')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    fields.problem('onProgress', 'is no function; give one, or leave it out')
  if (fields.has('subject') && keys === undefined)
    fields.problem('subject', 'is for sealed values; give the keys too, or leave it out')
  if (storage.tenantId === '')
    fields.problem('tenant', 'is missing, and tenants are required here; give storage.tenant(id)')
  fields.done()
  const audit = keys === undefined ? undefined : withSealing(storage, { keys })
  return { ...accepted, audit, signal, onProgress: onProgress ?? (() => {}) }
}
