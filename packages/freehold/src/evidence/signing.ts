import { createPrivateKey, createPublicKey, KeyObject, sign } from 'node:crypto'
import { type Checkpoint, Fields } from '@freehold/contract'
import type { KeptCheckpoint, Seal } from './format.js'
import { checkpointText, keysIn, sealText } from './signatures.js'

/** Who vouches. */
export interface SigningKey {
  /** An Ed25519 key, in PEM or as Node.js has it. */
  privateKey: KeyObject | string
  /** Names the key to whoever holds the public ones; at most 128 bytes. */
  keyId: string
}

/** Public Ed25519 keys: each in PEM, of which a text may have several, or as Node.js has it. */
export type PublicKeys = KeyObject | string | readonly (KeyObject | string)[]

export class Signer {
  private constructor(
    private readonly key: KeyObject,
    private readonly keyId: string,
  ) {}

  /** Of options whose field `sign` may have a {@link SigningKey}. */
  static in(options: Fields): Signer | undefined {
    if (!options.has('sign')) return undefined
    const fields = new Fields('signing key', options.raw('sign'), ['privateKey', 'keyId'], 'strict', 'sign')
    const keyId = fields.required('keyId', fields.id('keyId'), 'name the key')
    const key = privateKeyIn(fields)
    options.take(fields)
    return key === undefined ? undefined : new Signer(key, keyId)
  }

  get publicKey(): KeyObject {
    return createPublicKey(this.key)
  }

  checkpoint(tenant: string, checkpoint: Checkpoint): KeptCheckpoint {
    const unsigned = { checkpoint, tenant, keyId: this.keyId }
    return { ...unsigned, signature: this.sign(checkpointText(unsigned)) }
  }

  seal(manifest: string): Seal {
    const unsigned = { manifest, keyId: this.keyId }
    return { ...unsigned, signature: this.sign(sealText(unsigned)) }
  }

  private sign(text: string): string {
    return sign(null, Buffer.from(text), this.key).toString('hex')
  }
}

function privateKeyIn(fields: Fields): KeyObject | undefined {
  const given = fields.required('privateKey', fields.raw('privateKey'), 'give an Ed25519 key') as KeyObject | string
  if (given === undefined) return undefined
  try {
    const key = given instanceof KeyObject ? given : createPrivateKey(given)
    if (key.type === 'private' && key.asymmetricKeyType === 'ed25519') return key
  } catch {
    // What OpenSSL says of a key may quote it.
  }
  return fields.problem('privateKey', 'is no private Ed25519 key; give one in PEM, or as a KeyObject')
}

/** The keys of options under a field. */
export function publicKeysIn(options: Fields, field: string): KeyObject[] {
  const given = options.raw(field)
  if (given === undefined) return []
  return [given].flat().flatMap((one) => {
    try {
      const keys = one instanceof KeyObject ? [one.type === 'public' ? one : createPublicKey(one)] : keysIn(String(one))
      if (keys.every((key) => key.asymmetricKeyType === 'ed25519')) return keys
    } catch {
      // Told below.
    }
    options.problem(field, 'holds what is no public Ed25519 key; give it in PEM, or as a KeyObject')
    return []
  })
}
