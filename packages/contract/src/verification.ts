import type { Timestamp } from './time.js'

/** The end of a chain. */
export interface AuditHead {
  stream: string
  /** 0 when the stream is empty. */
  seq: number
  hash: string
}

/** A head worth keeping elsewhere: whoever holds it can prove that nothing up to it was changed or cut off. */
export interface Checkpoint extends AuditHead {
  at: Timestamp
}

/**
 * What is wrong with a chain, at the first place where something is: `modified` an entry is not what was hashed, or the one after
 * it does not follow it; `missing` none stands there and later ones do; `reordered` another one stands there; `forked` two stand
 * there, or two follow the same one; `truncated` the chain ends before the place up to which somebody vouched for it, or goes on
 * behind its head; `checkpoint` the entry is not the one that a checkpoint vouches for.
 */
export type Tampering = 'modified' | 'missing' | 'reordered' | 'forked' | 'truncated' | 'checkpoint'

/**
 * The chain was read to its end: it is whole from the place behind `from` to `head`, or it is not and `seq` is the first place
 * where that shows. `entries` is how many were looked at. Nothing is said of what is before `from`: that is seq 0 unless the
 * verification began at a head that somebody vouched for.
 */
export type Verification =
  | { status: 'ok'; stream: string; entries: number; from: AuditHead; head: AuditHead }
  | {
      status: 'tampered'
      stream: string
      entries: number
      from: AuditHead
      seq: number
      found: Tampering
      detail: string
    }

export interface VerificationProgress {
  stream: string
  /** How many entries were looked at. */
  entries: number
  /** The last place that was looked at. */
  seq: number
  /** The head as it was when the verification began; the chain may grow meanwhile. */
  head: AuditHead
}

export interface VerifyOptions {
  /**
   * Heads of this stream that were kept elsewhere, such as checkpoints: the chain must have each of them. At most 100,000, none
   * before `from`.
   */
  checkpoints?: readonly AuditHead[]
  /** A head that somebody vouched for, such as that of the last verification: only what follows it is read. */
  from?: AuditHead
  /** Told after each page, of at most 1,000 entries. What it throws ends the verification, which rejects. */
  onProgress?: (progress: VerificationProgress) => void
  /** Ends the verification after the page that is looked at: it rejects with the signal's reason. */
  signal?: AbortSignal
}

/** An entry as it was hashed. */
export interface AuditRecord {
  seq: number
  previousHash: string
  hash: string
  /** The very text: RFC 8785 JSON of the entry, with its tenant and without its hashes. */
  text: string
}
