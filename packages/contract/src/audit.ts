import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { JsonObject } from './json.js'
import type { Page, PageRequest } from './page.js'
import type { Timestamp } from './time.js'
import type { AuditHead, AuditRecord, Checkpoint, Verification, VerifyOptions } from './verification.js'

export type * from './verification.js'

/** The stream of an entry that names none. */
export const DEFAULT_STREAM = 'main'

export interface AuditReferences {
  traceId?: string
  runId?: string
  sessionId?: string
  approvalId?: string
}

export interface AuditInput extends AuditReferences {
  /** A UUIDv7 unless told. Appending the same id twice is one entry. */
  id?: string
  /** A chain of its own; `main` unless told. */
  stream?: string
  /** Now unless told. */
  time?: Timestamp
  /** Who did it; like `action`, `target` and `outcome` at most 255 characters. */
  actor: string
  /** What was done, such as `refund.approved`. */
  action: string
  target?: string
  outcome?: string
  /** At most 10,000 characters. */
  reason?: string
  /** Name of a shape that was defined; `data` must fit it. */
  shape?: string
  /** At most 4 MiB of JSON. */
  data?: JsonObject
}

export interface AuditEntry extends AuditReferences {
  id: string
  stream: string
  /** Place in the stream: 1, 2, 3 … without a gap. */
  seq: number
  time: Timestamp
  actor: string
  action: string
  target?: string
  outcome?: string
  reason?: string
  shape?: string
  data?: JsonObject
  /** Hash of the entry before; 64 zeros for the first. */
  previousHash: string
  /** SHA-256, in hex, of `previousHash`, a line feed and the RFC 8785 text of the entry. */
  hash: string
}

/**
 * The type of a column, and what fits in it: `text` a string; `integer` a whole number up to 2^53 - 1 either way; `number`
 * any number, as a double; `boolean` true and false; `timestamp` a {@link Timestamp}, as the engine's own time; `json` any
 * value. What does not fit is NULL, and so is null.
 */
export type ShapeColumn = 'text' | 'integer' | 'number' | 'boolean' | 'timestamp' | 'json'

/** A named, typed record of your own. */
export interface Shape {
  /**
   * Lower-case letters, digits and underscores, starting with a letter, at most 36. The view is `<prefix>audit_<name>`, so
   * names of what the audit has of its own (`heads`, `shapes`, `migrations`, what begins with `by_` …) are kept free.
   */
  name: string
  /** Any Standard Schema validator (https://standardschema.dev): zod, valibot, arktype, … */
  schema: StandardSchemaV1
  /**
   * Top-level properties of `data` that become plain columns of the view, at most 500. A column is named after its property
   * in snake_case, where a run of capitals is one word: `orderID` is `order_id`. One that would bear the name of a common
   * column (`tenant`, `stream`, `seq`, `id`, `time`, `actor`, `action`, `target`, `outcome`, `reason`, and `time_us`)
   * stands under `<name>_of_data`. Beside a timestamp, `<name>_us` is kept free: MongoDB shows there the microseconds that
   * its times do not have. A name has letters, digits and underscores, a letter first, and at most 63 bytes.
   */
  columns: Readonly<Record<string, ShapeColumn>>
}

export interface AuditQuery extends AuditReferences {
  stream?: string
  actor?: string
  action?: string
  target?: string
  outcome?: string
  shape?: string
  /** At or after. */
  from?: Timestamp
  /** Before. */
  to?: Timestamp
}

export interface AuditWriter {
  /**
   * Appends entries, up to 1,000, 8 MiB of data, and 12 MiB of JSON with all their texts, and resolves to them as stored, in
   * the order given. All or none; where they are of several streams, a crash, an outage, or another entry that somebody appends
   * under one of their ids at the same time may leave some streams with theirs: appending the same again completes the rest.
   *
   * - appended entries are chained from 64 zeros and numbered 1, 2, 3
   * - the hash is SHA-256 over the predecessor's hash and the canonical text
   * - appending the same entry twice is one entry
   * - an id that is taken by a different entry is a conflict and nothing is appended
   * - an entry that cannot be kept as it is given is refused by the path of the field
   * - streams have chains of their own
   * - a batch with one bad entry appends nothing and names it
   * - simultaneous appends never fork the chain
   * - processes that append to one stream never fork the chain
   */
  append(entries: readonly AuditInput[]): Promise<AuditEntry[]>
  /**
   * Remembers the head of a stream, beside the chain and in what it returns.
   *
   * - a checkpoint names the head at its time
   * - a checkpoint of one stream leaves the others as they were
   */
  checkpoint(stream?: string): Promise<Checkpoint>
  /**
   * Makes a shape known: entries of it are validated on the way in, and a database view of its name shows every one, of all
   * tenants, as typed columns. Validators are code, so every process that appends defines its shapes when it starts: where
   * the view is there, rights for rows are enough. Defining a shape again replaces it.
   *
   * - an entry of a shape is validated and one that does not fit is refused by the path of the field
   * - an entry of a shape that nobody defined is refused as invalid
   * - columns that would be one or cannot be named are refused as invalid
   * - a shape that is called as something of the audit itself is refused as invalid
   * - a shape whose columns differ from those of another tenant is a conflict
   * - of a tenant that changes a shape and one that joins it at once, one gets a conflict
   * - a validator that changes what it is given changes nothing that is stored
   */
  define(shape: Shape): Promise<void>
}

export interface AuditReader {
  /**
   * Newest first, by time, then id; of one stream (`stream`) by `seq` downwards.
   *
   * - entries of all streams are read newest first
   * - entries of one stream are read by seq downwards
   * - every filter of the audit narrows the list and filters combine
   */
  read(query?: AuditQuery, page?: PageRequest): Promise<Page<AuditEntry>>
  /**
   * - an entry that does not exist is null
   */
  get(id: string): Promise<AuditEntry | null>
  /**
   * - the head of an empty stream is seq 0
   */
  head(stream?: string): Promise<AuditHead>
  /**
   * What follows a place of a stream, as it was hashed and in the order of `seq`: at most 1,000 records, and no more than some
   * 8 MB of text; none where the stream ends. It tells what is there: whether that is whole is for `verify`, and for whoever
   * checks the records elsewhere.
   *
   * - records of a stream come in the order of seq with the text that was hashed
   * - records after a place begin behind it and there are none behind the last
   */
  records(stream?: string, after?: number): Promise<AuditRecord[]>
  /**
   * Walks a chain from its first entry, or from a head that was vouched for, to its head. It *resolves* to `ok` or `tampered`;
   * when it could not run (the database is away, the store is closed, it was aborted) it *rejects*, so the three cannot be
   * confused. A stream that nobody wrote, such as one whose name is misspelt, is `ok` as well: its `head.seq` is 0, and it had
   * no `entries`. That one was there before, and was removed with its head, only a checkpoint kept elsewhere tells.
   *
   * - verify of an untouched chain is ok and counts its entries
   * - a modified entry is found and named
   * - an entry that was rewritten together with its hash is found and named
   * - a missing entry is found and named
   * - reordered entries are found and named
   * - a forked chain is found and named
   * - a truncated chain is found and named
   * - a head that was set back is found and named
   * - a chain cut off with its head is found by the checkpoint the store remembers
   * - a chain cut off with its head is found by a checkpoint kept elsewhere
   * - a checkpoint that the chain never had is found as a checkpoint mismatch
   * - a verification from a vouched head reads what follows and claims nothing of what is before
   * - a verification from a head that the chain never had finds a checkpoint mismatch
   * - a verification tells its progress up to the last entry
   * - an aborted verification rejects with the reason of its signal
   */
  verify(stream?: string, options?: VerifyOptions): Promise<Verification>
}

/** What was done, and who allowed it. There is no update and no delete. */
export interface AuditStore extends AuditWriter, AuditReader {}
