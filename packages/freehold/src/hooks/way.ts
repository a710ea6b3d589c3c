import type { RecorderCounts } from '@freehold/recorder'
import type { Refused } from './apart.js'
import type { RejectedRecord } from './hook.js'

/** A kind of record, and how it is written. */
export interface Kind<R> {
  /** The word for one of them. */
  noun: string
  idOf(record: R): string
  /** Resolves to those that the store refused. The same record may be written again. @throws what a later try may mend */
  write(records: readonly R[]): Promise<readonly Refused<R>[]>
}

/** How records get to the store, at once or later. */
export interface Way<R> {
  readonly counts: RecorderCounts
  /** Resolves to why one of them was refused, where somebody waits to know. @throws Error where they were not written */
  take(records: readonly R[]): Promise<Error | undefined>
  flush(): Promise<void>
  kept(): Promise<void>
  close(): Promise<void>
}

export function rejectionOf<R>({ record, cause }: Refused<R>, idOf: (record: R) => string): RejectedRecord {
  return { id: idOf(record), reason: cause.message }
}
