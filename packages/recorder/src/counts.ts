import { sizeOf } from './losses.js'
import type { Departure } from './queue.js'

/** What became of records so far, and what there is now. */
export interface RecorderCounts {
  /** Taken here. */
  recorded: number
  /** Taken over from the disk, where another process left them. */
  replayed: number
  /** Acknowledged by the writer, which had not kept them before. */
  written: number
  /** Acknowledged by the writer, which had kept them before. */
  duplicates: number
  /** Rejected by the writer one by one, in a batch that it took. */
  rejected: number
  /** Put on the disk. */
  spooled: number
  /** Lost, by the reason. */
  dropped: Dropped
  /** In memory: waiting, or being written. */
  queued: number
  /** Bytes on the disk, some of them acknowledged. */
  spoolBytes: number
  /** How often the disk refused. What was to be put there stayed in memory. */
  spoolFailures: number
  /** Age of the oldest that is not acknowledged, in milliseconds; 0 when all are. */
  lag: number
}

export interface Dropped {
  /** Not taken, because memory was full. */
  full: number
  /** Not taken, because the recorder was closed. */
  closed: number
  /** It was invalid, the store was closed, or it failed alone again and again while others were written. */
  refused: number
  /** Broken on the disk. */
  broken: number
}

/** The counts that only grow. */
export type Totals = Pick<
  RecorderCounts,
  'recorded' | 'replayed' | 'written' | 'duplicates' | 'rejected' | 'spooled' | 'spoolFailures' | 'dropped'
>

export function noTotals(): Totals {
  return {
    recorded: 0,
    replayed: 0,
    written: 0,
    duplicates: 0,
    rejected: 0,
    spooled: 0,
    spoolFailures: 0,
    dropped: { full: 0, closed: 0, refused: 0, broken: 0 },
  }
}

/** Counts what left the queue. */
export function countIn(
  totals: Totals,
  { entries, rejected, repeated, refusals, others }: Departure<unknown, unknown>,
): void {
  totals.written += entries.length - rejected.length - repeated - sizeOf(refusals)
  totals.duplicates += repeated
  totals.rejected += rejected.length
  totals.dropped.refused += sizeOf(refusals) + sizeOf(others)
}
