import type { KeyObject } from 'node:crypto'
import type { KeptCheckpoint } from './format.js'
import { fieldsOf, linesOf, objectOf } from './lines.js'
import { checkpointText, signerOf } from './signatures.js'

export interface ReadCheckpoints {
  checkpoints: KeptCheckpoint[]
  /** Numbers of lines that vouch for nothing: what a crash cut off, what was changed, what no key signed that was given. */
  broken: number[]
}

/** The checkpoints of a file of JSON lines, as the anchor of a file writes them. @throws what reading the file throws */
export async function readCheckpoints(path: string, keys: readonly KeyObject[]): Promise<ReadCheckpoints> {
  const read: ReadCheckpoints = { checkpoints: [], broken: [] }
  let line = 0
  for await (const bytes of linesOf(path)) {
    line += 1
    const kept = objectOf(bytes)
    if (isCheckpoint(kept) && isSigned(kept, keys)) read.checkpoints.push(kept)
    else if (bytes.length > 1) read.broken.push(line)
  }
  return read
}

function isCheckpoint(kept: object | undefined): kept is KeptCheckpoint {
  const { checkpoint, tenant } = fieldsOf(kept)
  const { stream, seq, hash, at } = fieldsOf(checkpoint)
  const texts = [tenant, stream, hash].every((one) => typeof one === 'string')
  return texts && Number.isSafeInteger(seq) && typeof at === 'number'
}

function isSigned(kept: KeptCheckpoint, keys: readonly KeyObject[]): boolean {
  return keys.length === 0 || signerOf(checkpointText(kept), kept.signature, keys) !== undefined
}
