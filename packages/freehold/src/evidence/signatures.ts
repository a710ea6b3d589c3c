import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { KeptCheckpoint, Seal } from './format.js'

export function sha256(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** The same of a file, whatever its size. */
export async function hashOfFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** What tells one public key from another: SHA-256 of its DER. */
export function fingerprintOf(key: KeyObject): string {
  return sha256(key.export({ type: 'spki', format: 'der' }))
}

/** The text of a checkpoint that is signed. */
export function checkpointText({ checkpoint, tenant, keyId }: KeptCheckpoint): string {
  const { at, hash, seq, stream } = checkpoint
  return `freehold checkpoint 1\n${JSON.stringify({ at, hash, keyId, seq, stream, tenant })}`
}

/** The text of the seal of a bundle that is signed. */
export function sealText({ manifest, keyId }: Seal): string {
  return `freehold bundle 1\n${JSON.stringify({ keyId, manifest })}`
}

/** The public keys of a PEM text, one after another. @throws Error where there is none, or what is none */
export function keysIn(pem: string): KeyObject[] {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  if (blocks.length === 0) throw new Error('holds no public key; give one in PEM')
  return blocks.map((block) => createPublicKey(block))
}

/** The key that made a signature, in hex. */
export function signerOf(text: string, signature: unknown, keys: readonly KeyObject[]): KeyObject | undefined {
  if (typeof signature !== 'string' || !/^[0-9a-f]{128}$/.test(signature)) return undefined
  return keys.find((key) => verify(null, Buffer.from(text), key, Buffer.from(signature, 'hex')))
}
