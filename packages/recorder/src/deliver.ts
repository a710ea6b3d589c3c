import { isClosed } from '@freehold/contract'

/** What a write did. What is neither rejected nor repeated was written now. */
export interface Written<R> {
  /** What the store rejected one by one, which is not to be tried again: one `R` for each. */
  rejected: readonly R[]
  /** How many were kept already, by an earlier write of which nobody was told; none unless told. */
  repeated?: number
}

export type Write<T, R = unknown> = (items: readonly T[]) => Promise<Written<R>>

/** An item in the queue. */
export interface Entry<T> {
  /** Counted since the queue began: entries leave in any order. */
  readonly number: number
  readonly item: T
}

/** Entries that were refused for good. */
export interface Refusal<T> {
  entries: readonly Entry<T>[]
  cause: Error
}

/** How entries left the queue. */
export interface Delivery<T, R> extends Required<Written<R>> {
  refusals: readonly Refusal<T>[]
}

/**
 * Writes `entries`, one write at a time. One that is `invalid` is tried in halves, so that one bad item costs one item. By a
 * store that is closed all are refused: it never opens again.
 *
 * @throws whatever else the writer throws; then all of `entries` are to be written again. Where a retry alone is no help
 * (a wrong password, an old schema), somebody mends it meanwhile, and then nothing was lost.
 */
export async function deliver<T, R>(write: Write<T, R>, entries: readonly Entry<T>[]): Promise<Delivery<T, R>> {
  try {
    return { repeated: 0, ...(await write(entries.map(({ item }) => item))), refusals: [] }
  } catch (error) {
    const isInvalid = isError(error, 'invalid')
    if (!isInvalid && !isError(error, 'unavailable', CLOSED)) throw error
    if (entries.length === 1 || !isInvalid) return { rejected: [], repeated: 0, refusals: [{ entries, cause: error }] }
    const middle = entries.length >> 1
    const first = await deliver(write, entries.slice(0, middle))
    const second = await deliver(write, entries.slice(middle))
    return {
      rejected: [...first.rejected, ...second.rejected],
      repeated: first.repeated + second.repeated,
      refusals: [...first.refusals, ...second.refusals],
    }
  }
}

/** No code says it: it is `unavailable` and not retryable, as a wrong password is. */
const CLOSED = isClosed().message

function isError(error: unknown, code: string, message?: string): error is Error {
  if (!(error instanceof Error)) return false
  return (error as { code?: unknown }).code === code && (message === undefined || error.message === message)
}
