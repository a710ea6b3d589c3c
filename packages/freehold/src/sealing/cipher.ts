import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { canonicalJson, type Json } from '@freehold/contract'
import type { SubjectKey } from './key-store.js'
import type { SealedValue } from './personal.js'

/** Where a sealed value belongs. Elsewhere it does not open. */
export interface SealedPlace {
  tenant: string
  /** The id of the entry. */
  entry: string
  subject: string
  /** Within the data of the entry: an RFC 6901 pointer. */
  path: string
}

const CIPHER = 'aes-256-gcm'
/** In bytes: NIST SP 800-38D. */
const IV = 12
const TAG = 16

/**
 * AES-256-GCM, bound to its place. The IV is a MAC of the place and the text under a key of its own, both from the key of the
 * subject (HKDF, RFC 5869): the same value at the same place is the same bytes, so that an append which is repeated is one entry,
 * and any other has an IV of its own, as likely as a random one would.
 */
export function sealValue({ keyId, key }: SubjectKey, place: SealedPlace, value: Json): SealedValue {
  const text = canonicalJson(value)
  const bound = boundTo(place, keyId)
  const mac = createHmac('sha256', derived(key, 'iv')).update(bound).update('\n').update(text)
  const iv = mac.digest().subarray(0, IV)
  const cipher = createCipheriv(CIPHER, derived(key, 'text'), iv, { authTagLength: TAG }).setAAD(bound)
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const { subject } = place
  return { $sealed: { v: 1, subject, keyId, iv: shown(iv), tag: shown(cipher.getAuthTag()), ct: shown(bytes) } }
}

/** The value; nothing where these are not the bytes that were sealed with this key for this place. */
export function openValue({ key }: SubjectKey, place: SealedPlace, sealed: SealedValue): { value: Json } | undefined {
  const { keyId, iv, tag, ct } = sealed.$sealed
  try {
    const [start, mark, bytes] = [iv, tag, ct].map((text) => Buffer.from(text, 'base64url'))
    if (start!.length !== IV || mark!.length !== TAG) return undefined
    const decipher = createDecipheriv(CIPHER, derived(key, 'text'), start!, { authTagLength: TAG })
    decipher.setAAD(boundTo(place, keyId)).setAuthTag(mark!)
    const text = Buffer.concat([decipher.update(bytes!), decipher.final()]).toString('utf8')
    return { value: JSON.parse(text) as Json }
  } catch {
    return undefined
  }
}

function derived(key: Uint8Array, use: 'iv' | 'text'): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `freehold sealing 1: ${use}`, 32))
}

function boundTo({ tenant, entry, subject, path }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(canonicalJson({ v: 1, tenant, entry, subject, keyId, path }))
}

function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
