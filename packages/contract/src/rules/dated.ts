import type { SessionSummary } from '../session.js'
import { type Timestamp, toMicroseconds } from '../time.js'
import type { TraceSummary } from '../traces.js'

/** A trace or a session that may be past its date. */
export interface Dated {
  id: string
  /** What the rule is about. */
  at: Timestamp
  isError: boolean
  userId: string | undefined
  /** Its spans or runs. */
  rows: number
  /** Where it stands in the order in which they are read. */
  place: readonly [Timestamp, string]
  /** By which it is known whether it changed since it was read. */
  mark: unknown
}

/** What a backend gives to a purge. */
export interface DatedRows<D extends Dated> {
  /** The next tenant by bytes that has rows; undefined behind the last. */
  tenantAfter(tenant: string): Promise<string | undefined>
  /** Those that began before a time, oldest first, behind a place. A session that began then may have changed since. */
  oldest(tenant: string, before: Timestamp, after: Dated['place'] | undefined, limit: number): Promise<D[]>
  /** Which of these a user of these has part in, beside their own. */
  heldAmong(tenant: string, rows: readonly D[], users: ReadonlySet<string>): Promise<ReadonlySet<string>>
  /** Removes those that have not changed since they were read, and resolves to those that it removed. */
  remove(tenant: string, rows: readonly D[]): Promise<readonly D[]>
}

type Owned = { userId: string | null | undefined }

/** A trace by when it began. */
export function datedTrace<M>(
  {
    traceId,
    startedAt,
    status,
    userId,
    spans,
  }: Pick<TraceSummary, 'traceId' | 'startedAt' | 'status' | 'spans'> & Owned,
  mark: M,
): Dated & { mark: M } {
  const place = [toMicroseconds(startedAt), traceId] as const
  const isError = status === 'error'
  return { id: traceId, at: startedAt, isError, userId: userId ?? undefined, rows: spans, place, mark }
}

/** A session by when it changed last, in the place of when it was created. */
export function datedSession<M>(
  { id, createdAt, updatedAt, userId, runs }: Pick<SessionSummary, 'id' | 'createdAt' | 'updatedAt' | 'runs'> & Owned,
  mark: M,
): Dated & { mark: M } {
  const place = [toMicroseconds(createdAt), id] as const
  return { id, at: updatedAt, isError: false, userId: userId ?? undefined, rows: runs, place, mark }
}
