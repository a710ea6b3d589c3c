import type { KeyObject } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type CheckOptions, checkExport } from './check-export.js'
import type { BundleVerification, FileFinding, Seal } from './format.js'
import { fieldsIn, fieldsOf } from './lines.js'
import { readCheckpoints } from './read-checkpoints.js'
import { fingerprintOf, hashOfFile, keysIn, sealText, sha256, signerOf } from './signatures.js'

const SEAL = 'seal.json'
const MANIFEST = 'manifest.json'
const KEYS = 'public-keys.pem'
const CHECKPOINTS = 'checkpoints.jsonl'
const ENTRIES = 'entries.jsonl'
/** What every bundle has, beside its manifest and its seal. */
const NEEDED = [ENTRIES, CHECKPOINTS, 'verify.mjs']

type Found = FileFinding['found']

function wrong(file: string, detail: string, found: Found = 'modified', line?: number): FileFinding {
  return { status: 'tampered', found, file, ...(line === undefined ? {} : { line }), detail }
}

function isFinding(value: object): value is FileFinding {
  return 'found' in value
}

/**
 * Verifies a bundle: its files are those of the manifest, byte for byte; the manifest is the one that was sealed and signed; its
 * entries follow one another up to checkpoints.
 *
 * @param options.keys by one of which everything must be signed; without any, the key in the bundle is taken at its word
 * @throws what reading the directory throws, and the signal's reason
 */
export async function checkBundle(
  directory: string,
  options: Omit<CheckOptions, 'checkpoints'>,
): Promise<BundleVerification> {
  const there = await readdir(directory, { withFileTypes: true })
  const names = there.filter((entry) => entry.isFile()).map(({ name }) => name)
  const gone = [SEAL, MANIFEST].find((name) => !names.includes(name))
  if (gone !== undefined) return wrong(gone, 'the file is not there', 'missing')

  const sealed = await readSealed(directory, names, options.keys)
  if (isFinding(sealed)) return sealed
  const { manifest, keys, signer } = sealed
  const files = fieldsOf(manifest.files)
  const other = there.find(({ name }) => name !== SEAL && name !== MANIFEST && !Object.hasOwn(files, name))
  if (other !== undefined) return wrong(other.name, 'the manifest names no such file', 'added')
  const missing = [...NEEDED, ...Object.keys(files)].find((name) => !names.includes(name))
  if (missing !== undefined) return wrong(missing, 'the file is not there', 'missing')
  const altered: string[] = []
  for (const name of Object.keys(files))
    if ((await hashOfFile(join(directory, name))) !== fieldsOf(files[name]).sha256) altered.push(name)
  const first = altered.find((name) => name !== ENTRIES)
  if (first !== undefined) return wrong(first, 'the file is not the one that the manifest names')

  const { checkpoints, broken } = await readCheckpoints(join(directory, CHECKPOINTS), keys)
  if (broken[0] !== undefined)
    return wrong(CHECKPOINTS, 'the line is no checkpoint, or not signed by the key', 'checkpoint', broken[0])
  const checked = await checkExport(join(directory, ENTRIES), ENTRIES, { ...options, keys, checkpoints })
  if (checked.status === 'tampered') return checked
  if (altered.length > 0) return wrong(ENTRIES, 'the file is not the one that the manifest names')
  const open = checked.segments.find(({ head, vouched }) => vouched?.seq !== head.seq)
  if (open !== undefined) return wrong(CHECKPOINTS, `none vouches for the end of ${open.stream}`, 'checkpoint')
  if (checked.tenant !== manifest.tenant || JSON.stringify(checked.selection) !== JSON.stringify(manifest.selection))
    return wrong(ENTRIES, 'the entries are not those that the manifest tells of')
  return { ...checked, manifest: sealed.hash, ...(signer === undefined ? {} : { signedBy: fingerprintOf(signer) }) }
}

interface Sealed {
  manifest: Record<string, unknown>
  /** Of the manifest. */
  hash: string
  keys: readonly KeyObject[]
  signer?: KeyObject
}

async function readSealed(
  directory: string,
  names: readonly string[],
  given: readonly KeyObject[],
): Promise<Sealed | FileFinding> {
  const bytes = await readFile(join(directory, SEAL))
  const { manifest: told, keyId, signature } = fieldsIn(bytes.toString()) as unknown as Seal
  const seal = JSON.stringify({ manifest: told, keyId, signature })
  if (!Buffer.from(`${seal}\n`).equals(bytes)) return wrong(SEAL, 'the file is not as it was written')
  const text = await readFile(join(directory, MANIFEST))
  const hash = sha256(text)
  if (hash !== told) return wrong(MANIFEST, 'the manifest is not the one that was sealed')
  const manifest = fieldsIn(text.toString())
  const keys = given.length === 0 && signature !== undefined ? await ownKeys(directory, names) : given
  if (!Array.isArray(keys)) return wrong(KEYS, 'holds no public key, and the bundle is signed')
  if (keys.length === 0) return { manifest, hash, keys }
  const signer = signerOf(sealText({ manifest: hash, keyId }), signature, keys)
  return signer === undefined ? wrong(SEAL, 'the manifest is not signed by the key') : { manifest, hash, keys, signer }
}

async function ownKeys(directory: string, names: readonly string[]): Promise<KeyObject[] | undefined> {
  if (!names.includes(KEYS)) return undefined
  const text = await readFile(join(directory, KEYS), 'utf8')
  try {
    return keysIn(text)
  } catch {
    return undefined
  }
}
