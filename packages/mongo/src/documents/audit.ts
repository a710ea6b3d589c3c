import { isDeepStrictEqual } from 'node:util'
import {
  type AcceptedEntry,
  AUDIT_ENTRY_FIELDS,
  type AuditEntry,
  type AuditHead,
  type Checkpoint,
  changedByOthers,
  emptyHead,
  isPlainJson,
  type Link,
  StoreError,
  storedJson,
} from '@freehold/contract'
import type { Document } from 'mongodb'
import type { Row } from '../database.js'
import { Codec, encodeTime } from './codec.js'
import { decodeProperties, encodeProperties } from './json.js'

/** The data of an entry are encoded by themselves, so that views can show their properties. */
const entries = new Codec<AuditEntry>({ ...AUDIT_ENTRY_FIELDS, data: 'plain' })

export const ENTRY_FIELDS = entries.projection

/** `hashedText` is the very text that was hashed. */
export function linkRow(tenant: string, { entry, text }: Link): Row {
  const { data } = entry
  const encoded = data === undefined ? entry : { ...entry, data: encodeProperties(data) }
  return { ...entries.toRow(tenant, encoded), hashedText: text }
}

export function entryOf(row: Row): AuditEntry {
  const entry = entries.fromRow(row)
  return entry.data === undefined ? entry : { ...entry, data: decodeProperties(entry.data) }
}

/**
 * Where a document is not what a store makes of the entry that it holds, the entry is told as altered: views, filters and
 * other readers of the database see in it what decoding passes over.
 */
export function linkOf(tenant: string, row: Row): Link {
  const text = typeof row.hashedText === 'string' ? row.hashedText : ''
  try {
    const entry = entryOf(row)
    if (isAsWritten(row, linkRow(tenant, { entry, text }))) return { entry, text }
  } catch {
    // Decoding is of this document alone: it holds what cannot be read.
  }
  const { seq, previousHash, hash } = row as Row & Pick<AuditEntry, 'seq' | 'previousHash' | 'hash'>
  return { entry: { seq, previousHash, hash } as AuditEntry, text, altered: true }
}

function isAsWritten(row: Row, written: Row): boolean {
  const sameKey = Object.keys(row._id as object).join() === Object.keys(written._id as object).join()
  return sameKey && isDeepStrictEqual(row, written) && isPlainJson(row.data ?? null)
}

/**
 * The head of a stream. `pending` holds the entries that moved it here until they have documents of their own: writing the
 * head is what appends them.
 */
export function headUpdate(head: AuditHead, links: readonly Link[]): Document {
  const { seq, hash } = head
  const pending = links.map(({ entry, text }) => ({ text, previousHash: entry.previousHash, hash: entry.hash }))
  return { $set: { seq, hash, pending }, $unset: { turn: '', turnUntil: '', fenced: '' } }
}

/** How long others let somebody be who asked for a turn, by their own clocks, in milliseconds. */
const TURN = 1000

/** Keeps batches whose ids go to other streams from moving a head, which they may be about to. */
export function fenceUpdate(batches: readonly string[], stream: string): Document {
  const { seq, hash } = emptyHead(stream)
  return { $addToSet: { fenced: { $each: batches } }, $setOnInsert: { seq, hash } }
}

/** True of a head that a batch of this writer may move. */
export function whereOpen(writer: string, batch: string): Document {
  return { ...whereTurn(writer), fenced: { $ne: batch } }
}

/** Lets a writer that keeps losing a head be the next to move it. */
export function turnUpdate(writer: string): Document {
  return { $set: { turn: writer, turnUntil: new Date(Date.now() + TURN) } }
}

/** True of a head whose turn is nobody else's. One that ends later than any may was asked for by a clock that is ahead. */
export function whereTurn(writer: string): Document {
  const now = Date.now()
  const isOver = [{ turnUntil: { $lt: new Date(now) } }, { turnUntil: { $gt: new Date(now + TURN) } }]
  return { $or: [{ turn: { $in: [null, writer] } }, ...isOver] }
}

/** The head that an entry makes. */
export function headAt({ stream, seq, hash }: AuditEntry): AuditHead {
  return { stream, seq, hash }
}

export function headOf(row: Row | null, stream: string): AuditHead {
  return row === null ? emptyHead(stream) : { stream, seq: row.seq as number, hash: row.hash as string }
}

/** The entries of a head that may have no documents yet. Their text is all of them. */
export function pendingOf(row: Row | null): Link[] {
  const pending = (row?.pending ?? []) as { text: string; previousHash: string; hash: string }[]
  if (!Array.isArray(pending)) throw changedByOthers('a list of entries')
  return pending.map(({ text, previousHash, hash }) => {
    const { tenant: _, ...entry } = Object(storedJson(text)) as AuditEntry & { tenant: string }
    return { entry: { ...entry, previousHash, hash }, text }
  })
}

export function checkpointPatch({ seq, hash, at }: Checkpoint): Document {
  return { checkpoint: { seq, hash, ...encodeTime('at', at) } }
}

/** The head that the last checkpoint vouched for. When that was tells nothing of the chain, so it is not read. */
export function vouchedOf(row: Row | null): Pick<Checkpoint, 'seq' | 'hash'> | undefined {
  const stored = row?.checkpoint as Document | undefined | null
  if (stored === undefined || stored === null) return undefined
  // One that names no place vouches for one that is never reached.
  return { seq: Number.isSafeInteger(stored.seq) ? (stored.seq as number) : Infinity, hash: stored.hash as string }
}

/** Entries of one call that go into one stream. */
export interface Wanted {
  entries: readonly AcceptedEntry[]
  /** Where they go as stored, by id. */
  stored: Map<string, AuditEntry>
  /** What the call gets in place of them. */
  error?: unknown
}

/** The turn of a writer at a stream. */
export interface Turn {
  /** Names the claims of its ids. */
  batch: string
  /** Whether nobody waits who will move the head next. */
  idle(): boolean
  /** @throws StoreError `timeout` when it took so long that its ids may have been given to others */
  hold(): void
}

/** What becomes of an append whose head names a place that is taken. */
export function setBack(): StoreError {
  return new StoreError('internal', 'the head of the stream is behind its entries; run verify to see what happened')
}
