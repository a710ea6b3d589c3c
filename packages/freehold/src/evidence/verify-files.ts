import { basename } from 'node:path'
import { Fields } from '@freehold/contract'
import { onFiles, signalIn } from '../on-files.js'
import { checkBundle } from './check-bundle.js'
import { type CheckOptions, checkExport } from './check-export.js'
import type { BundleVerification, FileProgress, FileVerification, KeptCheckpoint, Vouched } from './format.js'
import { vouchedIn } from './kept-in.js'
import { type ReadCheckpoints, readCheckpoints as readKept } from './read-checkpoints.js'
import { type PublicKeys, publicKeysIn } from './signing.js'

export interface VerifyBundleOptions {
  /** Who must have signed the bundle and its checkpoints. Without it, the key in the bundle is taken at its word. */
  publicKey?: PublicKeys
  /** Told after every 1,000 lines, and at the end. */
  onProgress?: (progress: FileProgress) => void
  /** Ends the verification: it rejects with the signal's reason. */
  signal?: AbortSignal
}

export interface VerifyFileOptions extends VerifyBundleOptions {
  /**
   * What was kept of the streams of the file. Of a segment, those that lie within it must be in it, and those behind its end are
   * passed over; but where the file has the whole of a stream, one that is ahead of its end finds it truncated.
   */
  checkpoints?: readonly Vouched[]
}

/**
 * Verifies an export, without any database. Like `verify` of a store it *resolves* to `ok` or `tampered`, and *rejects* when it could
 * not run: the file cannot be read, an option is wrong.
 */
export async function verifyFile(path: string, options: VerifyFileOptions = {}): Promise<FileVerification> {
  const checked = acceptOptions(options, ['checkpoints', 'publicKey', 'onProgress', 'signal'])
  return onFiles(checked.signal, () => checkExport(path, basename(path), checked))
}

/** Verifies a bundle with the code of this package: that of the bundle may have been tampered with as well. */
export async function verifyBundle(directory: string, options: VerifyBundleOptions = {}): Promise<BundleVerification> {
  const checked = acceptOptions(options, ['publicKey', 'onProgress', 'signal'])
  return onFiles(checked.signal, () => checkBundle(directory, checked))
}

export interface ReadOptions extends Pick<VerifyBundleOptions, 'publicKey'> {
  /** Of which tenant, and of which stream; of all unless told. */
  tenant?: string
  stream?: string
}

/**
 * The checkpoints of a file that an anchor wrote, to be handed to {@link verifyFile} and `bundleEvidence`, or, those of one tenant and
 * stream, to `verify` of its store. With a key, only those that it signed.
 */
export async function readCheckpoints(path: string, options: ReadOptions = {}): Promise<ReadCheckpoints> {
  const { tenant, stream, ...rest } = options
  const { keys } = acceptOptions(rest, ['publicKey'])
  const { checkpoints, broken } = await onFiles(undefined, () => readKept(path, keys))
  const isMeant = (one: KeptCheckpoint) =>
    (tenant === undefined || one.tenant === tenant) && (stream === undefined || one.checkpoint.stream === stream)
  return { checkpoints: checkpoints.filter(isMeant), broken }
}

function acceptOptions(options: VerifyFileOptions, known: readonly string[]): CheckOptions {
  const fields = new Fields('verify', options, known)
  const keys = publicKeysIn(fields, 'publicKey')
  const signal = signalIn(fields)
  const onProgress = fields.raw('onProgress')
  if (onProgress !== undefined && typeof onProgress !== 'function')
    fields.wrong('onProgress', onProgress, 'give a function')
  const checkpoints = vouchedIn(fields)
  fields.done()
  return { keys, checkpoints, onProgress: onProgress as CheckOptions['onProgress'], signal }
}
