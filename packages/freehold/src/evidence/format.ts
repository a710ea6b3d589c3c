import type { AuditHead, AuditQuery, Checkpoint, Tampering, Timestamp } from '@freehold/contract'

/*
 * An export is JSON lines, in this order: one `ExportHeader`; of each stream a `SegmentLine`, an `EntryLine` for every entry from
 * the first to the last of the segment, and a `HeadLine`; one `EndLine`. Each line is exactly what `JSON.stringify` makes of it,
 * and ends with a line feed.
 */

/** What an export is about: that of one stream is all of it; every other has from each stream what lies between its first and last entry that is meant. */
export type Selection = AuditQuery

export interface ExportHeader {
  freehold: 'audit export 1'
  tenant: string
  at: Timestamp
  selection: Selection
}

export interface SegmentLine {
  /** The head before the first entry; `whole` when the segment was the whole stream up to its head. */
  segment: AuditHead & { whole: boolean }
}

/** An entry: its place and all its fields are in `text`, which is what was hashed behind `previousHash` and a line feed. */
export interface EntryLine {
  previousHash: string
  hash: string
  text: string
}

export interface HeadLine {
  head: AuditHead
}

export interface EndLine {
  /** `sha256` is that of all lines before. */
  end: { segments: number; entries: number; sha256: string }
}

/**
 * A checkpoint as it is kept elsewhere: the tenant it is of and, where it is signed, an Ed25519 signature in hex over the line
 * `freehold checkpoint 1`, a line feed, and `{"at":…,"hash":…,"keyId":…,"seq":…,"stream":…,"tenant":…}`.
 */
export interface KeptCheckpoint {
  checkpoint: Checkpoint
  tenant: string
  keyId?: string
  signature?: string
}

/** The `manifest.json` of a bundle. */
export interface Manifest {
  freehold: 'evidence bundle 1'
  at: Timestamp
  tenant: string
  selection: Selection
  /** Of every file but `manifest.json` and `seal.json`. */
  files: Readonly<Record<string, { bytes: number; sha256: string }>>
}

/** The `seal.json` of a bundle: the SHA-256 of its manifest and, where it is signed, a signature over it. */
export interface Seal {
  manifest: string
  keyId?: string
  signature?: string
}

/** Entries of one stream that follow one another. */
export interface Segment {
  stream: string
  entries: number
  /** How many of them are meant by the selection. */
  selected: number
  /** The head before the first. */
  from: AuditHead
  head: AuditHead
  whole: boolean
  /** The last place that a checkpoint vouches for, if there is one. */
  vouched?: { seq: number; at: Timestamp; signed: boolean }
}

/** `added`: a file that the manifest does not name. */
export interface FileFinding {
  status: 'tampered'
  found: Tampering | 'added'
  file: string
  /** Of the first line that is wrong. */
  line?: number
  stream?: string
  seq?: number
  detail: string
}

export interface FileWhole {
  status: 'ok'
  tenant: string
  selection: Selection
  entries: number
  segments: Segment[]
  /** How many checkpoints vouch for an entry of the file. */
  checkpoints: number
}

export type FileVerification = FileWhole | FileFinding

export type BundleVerification =
  | (FileWhole & {
      /** SHA-256 of the manifest, as it was told when the bundle was made. */
      manifest: string
      /** SHA-256 of the public key by which the bundle is signed; absent where it is not signed. */
      signedBy?: string
    })
  | FileFinding

/** What to hold a file against: what was kept, or a head of the tenant whose file it is. */
export type Vouched = KeptCheckpoint | AuditHead

export interface FileProgress {
  line: number
  entries: number
}
