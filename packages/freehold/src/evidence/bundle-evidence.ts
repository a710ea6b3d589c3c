import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptAll, acceptAuditQuery, Fields, StoreError } from '@freehold/contract'
import { onFiles, signalIn } from '../on-files.js'
import { ChainBroken } from './chain-broken.js'
import { checkBundle } from './check-bundle.js'
import { writeExport } from './export-audit.js'
import { type Audited, type Part, partsOfStreams } from './export-lines.js'
import type { BundleVerification, KeptCheckpoint, Manifest, Seal, Selection } from './format.js'
import { keptIn } from './kept-in.js'
import { checkpointText, fingerprintOf, hashOfFile, sha256, signerOf } from './signatures.js'
import { type PublicKeys, publicKeysIn, Signer, type SigningKey } from './signing.js'
import { verifierFile } from './verifier-file.js'

export interface BundleOptions {
  /** Which entries, as of `exportAudit`; everything unless told. */
  query?: Selection
  /** What was kept elsewhere of these streams: those that lie within the bundle go into it. */
  checkpoints?: readonly KeptCheckpoint[]
  /** Signs the manifest, and a checkpoint of each head that no other vouches for. */
  sign?: SigningKey
  /** Of those who signed the checkpoints, where that is not `sign`. */
  publicKeys?: PublicKeys
  signal?: AbortSignal
}

export interface Bundle {
  /** SHA-256 of the manifest, which names that of every file: who keeps it knows this bundle from any other. */
  manifest: string
  /** SHA-256 of `verify.mjs`: who runs it compares that first. */
  verifier: string
  /** SHA-256 of the public key; absent where nothing is signed. */
  signedBy?: string
  /** What verifying it said when it was made. */
  verification: BundleVerification
}

const README = `Evidence of an audit trail.

  node verify.mjs --key their-key.pem

verifies it, with nothing but Node.js. Before: compare the SHA-256 of verify.mjs with the one that you were told. their-key.pem is
a public key that you have from somebody you trust, and not the public-keys.pem beside this file. Exit codes: 0 whole, 1 tampered with, 2 could not
be verified.
`

/**
 * Makes a directory that proves to somebody else what the audit has of a window of time, of an approval, of a stream: entries,
 * checkpoints, keys, a manifest with the SHA-256 of every file, and a verifier of one file.
 *
 * @param directory one that is empty, or is not there; what is left of a bundle that failed has no `seal.json`, and so is none
 * @throws StoreError `invalid`, `already_exists` where the directory holds something, `not_found` where nothing is meant, and what
 * reading the audit throws; ChainBroken where a stream of it was tampered with, which is no evidence; the signal's reason
 */
export async function bundleEvidence(
  storage: Audited,
  directory: string,
  options: BundleOptions = {},
): Promise<Bundle> {
  const { selection, signer, keys, kept, signal } = acceptOptions(options)
  return onFiles(signal, async () => {
    await mkdir(directory, { recursive: true })
    if ((await readdir(directory)).length > 0)
      throw new StoreError('already_exists', 'the directory of the bundle holds something; give one that is empty')
    const write = (name: string, text: string) =>
      writeFile(join(directory, name), text, { flag: 'wx', flush: true } as { flag: string })

    const own = kept.filter(({ tenant }) => tenant === storage.tenantId)
    const parts: Part[] = []
    const checkpoints: KeptCheckpoint[] = []
    const meant = await partsOfStreams(storage, selection, signal)
    // The bundle has the texts that were hashed: that the database shows something else by now, or nothing at all of a stream that was
    // vouched for, would be seen nowhere in it.
    const { stream: asked } = selection
    const vouched = own.map(({ checkpoint }) => checkpoint.stream).filter((one) => asked === undefined || one === asked)
    for (const stream of new Set([...meant.map((part) => part.end.stream), ...vouched]))
      await requireWhole(storage, stream, own, signal)
    if (meant.length === 0) throw new StoreError('not_found', 'there is no entry that the query means; correct it')
    for (const part of meant) {
      const vouched = await vouchedPart(storage, part, own, signer)
      parts.push(vouched.part)
      checkpoints.push(...vouched.checkpoints)
    }
    await writeExport(storage, join(directory, 'entries.jsonl'), { selection, parts, signal })
    await write('checkpoints.jsonl', checkpoints.map((one) => `${JSON.stringify(one)}\n`).join(''))
    await write('verify.mjs', await verifierFile())
    await write('README.txt', README)
    if (keys.length > 0)
      await write('public-keys.pem', keys.map((key) => key.export({ type: 'spki', format: 'pem' })).join(''))

    const files: Record<string, { bytes: number; sha256: string }> = {}
    for (const name of (await readdir(directory)).sort()) {
      const path = join(directory, name)
      files[name] = { bytes: (await stat(path)).size, sha256: await hashOfFile(path) }
    }
    const at = Date.now()
    const manifest: Manifest = { freehold: 'evidence bundle 1', at, tenant: storage.tenantId, selection, files }
    const text = `${JSON.stringify(manifest, null, 2)}\n`
    const seal: Seal = signer?.seal(sha256(text)) ?? { manifest: sha256(text) }
    await write('manifest.json', text)
    await write('seal.json', `${JSON.stringify(seal)}\n`)
    return {
      manifest: seal.manifest,
      verifier: files['verify.mjs']!.sha256,
      ...(signer === undefined ? {} : { signedBy: fingerprintOf(signer.publicKey) }),
      verification: await checkBundle(directory, { keys, signal }),
    }
  })
}

/** @throws ChainBroken */
async function requireWhole(
  { audit }: Audited,
  stream: string,
  kept: readonly KeptCheckpoint[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const checkpoints = kept.map(({ checkpoint }) => checkpoint).filter((one) => one.stream === stream)
  const verification = await audit.verify(stream, { checkpoints, ...(signal === undefined ? {} : { signal }) })
  if (verification.status === 'tampered') throw new ChainBroken(verification)
}

/** The part up to a checkpoint that covers it, one of now where there is none, and all checkpoints within it. */
async function vouchedPart(
  { tenantId, audit }: Audited,
  part: Part,
  kept: readonly KeptCheckpoint[],
  signer: Signer | undefined,
): Promise<{ part: Part; checkpoints: KeptCheckpoint[] }> {
  const { stream, seq } = part.end
  const own = kept.filter(({ checkpoint }) => checkpoint.stream === stream && checkpoint.seq >= part.after)
  const behind = own
    .filter(({ checkpoint }) => checkpoint.seq >= seq)
    .sort((a, b) => a.checkpoint.seq - b.checkpoint.seq)
  const covering = part.whole ? behind.find(({ checkpoint }) => checkpoint.seq === seq) : behind[0]
  if (covering !== undefined) {
    const { at: _, ...end } = covering.checkpoint
    const within = part.whole ? own : own.filter(({ checkpoint }) => checkpoint.seq <= end.seq)
    return { part: { ...part, end }, checkpoints: within }
  }
  const head = part.whole ? part.end : await audit.head(stream)
  const end = head.seq < seq ? part.end : head
  const checkpoint = { ...end, at: Date.now() }
  const made = signer?.checkpoint(tenantId, checkpoint) ?? { checkpoint, tenant: tenantId }
  return { part: { ...part, end }, checkpoints: [...own, made] }
}

function acceptOptions(options: BundleOptions) {
  const fields = new Fields('bundle', options, ['query', 'checkpoints', 'sign', 'publicKeys', 'signal'])
  const signer = Signer.in(fields)
  const others = publicKeysIn(fields, 'publicKeys')
  if (others.length > 0 && signer === undefined)
    fields.problem('publicKeys', 'are those of a bundle that is signed; give `sign` as well')
  const kept = keptIn(fields)
  const keys = signer === undefined ? [] : [signer.publicKey, ...others]
  for (const [i, one] of kept.entries())
    if (keys.length > 0 && signerOf(checkpointText(one), one.signature, keys) === undefined)
      fields.problem(`checkpoints[${i}]`, 'is not signed by the key of `sign` or one of `publicKeys`')
  const signal = signalIn(fields)
  const query = fields.raw('query') as Selection | undefined
  const [selection] = acceptAll(
    'bundle',
    () => acceptAuditQuery(query),
    () => fields.done(),
  )
  return { selection, signer, keys, kept, signal }
}
