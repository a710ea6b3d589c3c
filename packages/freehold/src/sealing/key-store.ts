import type { Timestamp } from '@freehold/contract'

/** Whom data is about: an id of a tenant's own, of up to 128 bytes. It stays readable, so it should say nothing by itself. */
export interface Subject {
  tenant: string
  subject: string
}

export interface SubjectKey {
  /** Names the key wherever something was sealed with it. */
  keyId: string
  /** 32 bytes. */
  key: Uint8Array
}

/** That a subject is to be erased: who has it done and why, and the entry of the audit that is to say so. */
export interface ErasureRequest extends Subject {
  /** Of the entry that tells of it, too. */
  id: string
  /** Of that entry. */
  stream: string
  at: Timestamp
  by: string
  reason?: string
}

/** That a subject was erased, as it was recorded. */
export interface Erasure extends ErasureRequest {
  /** Of the key that is destroyed. */
  keyId: string
}

/** That nothing of a subject, or nothing in a stream, may be erased until it is released. */
export interface Hold {
  /** At most 128 bytes, such as the number of a case. One id is one hold. */
  id: string
  tenant: string
  on: 'subject' | 'stream'
  /** The id of the subject, or the name of the stream. */
  of: string
  at: Timestamp
  by: string
  reason: string
}

export interface Release {
  id: string
  tenant: string
  at: Timestamp
  by: string
  reason: string
}

/**
 * Where the keys are: one for each subject. A table, a service for keys, or `fileKeys`. What is refused is a `StoreError`; any
 * other that is thrown is told as `unavailable`. Several processes may use one at once, and may die at any point.
 */
export interface KeyStore {
  /**
   * The key of a subject, made when there is none, of many who ask at once one. That something of the subject is sealed in the
   * stream is remembered before this resolves: a hold on the stream counts for it.
   * @throws StoreError `conflict` when the subject was erased: that is for ever
   */
  create(subject: Subject, stream: string): Promise<SubjectKey>
  /** The key; or that the subject was erased; or null when it never had one here. */
  get(subject: Subject): Promise<SubjectKey | Erasure | null>
  /**
   * Records the erasure, and destroys the key then. Of a subject that was erased before, it finishes what is left to do and
   * resolves to what was recorded: the first counts. From the record on, no call gives the key to anybody.
   * @throws StoreError `conflict` when a hold is on the subject, or on a stream in which something of it is sealed: it names it
   * @throws StoreError `not_found` when the subject has no key
   */
  destroy(erasure: ErasureRequest): Promise<Erasure>
  /** What was erased, and not yet confirmed. */
  unconfirmed(tenant: string): Promise<Erasure[]>
  /** That the audit tells of the erasure. Repeating it changes nothing. */
  confirm(erasure: Erasure): Promise<void>
  /**
   * Resolves to the hold as it was recorded: of two with one id and one aim, the first.
   * @throws StoreError `conflict` when the subject was erased, or the id is that of another hold, or of one that was released
   */
  hold(hold: Hold): Promise<Hold>
  /**
   * Resolves to what was recorded, the first of several.
   * @throws StoreError `not_found`
   */
  release(release: Release): Promise<Release>
  /** Those that are not released, in the order they came. */
  holds(tenant: string): Promise<Hold[]>
}

export function isErasure(found: SubjectKey | Erasure): found is Erasure {
  return 'at' in found
}
