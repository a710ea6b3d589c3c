import type { RecorderCounts } from '@freehold/recorder'

/** What became of what a hook was told. */
export interface HookCounts extends RecorderCounts {
  /** How often it was called. */
  calls: number
  /** Calls that failed: what was told could not be read, or in the foreground could not be written. */
  failed: number
}

/** Something of a record that was not kept, and why. */
export interface RejectedRecord {
  id: string
  /** Holds nothing of the record. */
  reason: string
}

/**
 * Writes down what an agent did, after it did it.
 *
 * - in the background a call returns at once; with a `spool` what it told is written though the process is killed right after
 * - in the foreground a call resolves when it is written, or was given up
 * - a call never rejects, unless `required`: what failed is counted, and told to `onError`
 * - ids and times are those of the call, so that what is written again is the same record
 * - a record that the store refuses costs none of the others
 */
export interface Hook<E> {
  (event: E): Promise<void>
  readonly counts: HookCounts
  /** Resolves when all that was told before is written. @throws Error where something was refused, or not written by the deadline */
  flush(): Promise<void>
  /** Resolves when all that was told before is written, or on the disk of the spool, fsynced. @throws Error like `flush` */
  kept(): Promise<void>
  /**
   * Takes nothing more, and flushes; to be called before the storage is closed. With a spool what the database does not take is
   * left on the disk.
   *
   * @throws Error like `flush`
   */
  close(): Promise<void>
}
