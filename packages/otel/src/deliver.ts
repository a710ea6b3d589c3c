/** Writes items, and resolves to how many of them the store rejected one by one: those are not to be tried again. */
export type Write<T> = (items: readonly T[]) => Promise<number>

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

/** How entries left the queue. What is neither rejected nor refused was written. */
export interface Delivery<T> {
  rejected: number
  refusals: readonly Refusal<T>[]
}

/**
 * Writes `entries`, one write at a time. A write that is refused for good (`error.retryable === false`) is tried in halves,
 * so that one bad item costs one item.
 *
 * @throws what the writer throws and a later try may mend; then all of `entries` are to be written again.
 */
export async function deliver<T>(write: Write<T>, entries: readonly Entry<T>[]): Promise<Delivery<T>> {
  try {
    return { rejected: await write(entries.map(({ item }) => item)), refusals: [] }
  } catch (error) {
    if (!isFinal(error)) throw error
    if (entries.length === 1 || !isAboutItems(error)) return { rejected: 0, refusals: [{ entries, cause: error }] }
    const middle = entries.length >> 1
    const first = await deliver(write, entries.slice(0, middle))
    const second = await deliver(write, entries.slice(middle))
    return { rejected: first.rejected + second.rejected, refusals: [...first.refusals, ...second.refusals] }
  }
}

function isFinal(error: unknown): error is Error {
  return error instanceof Error && (error as { retryable?: unknown }).retryable === false
}

/** Other refusals (a closed store, an old schema) hit every item alike: halves would fare no better. */
function isAboutItems(error: Error): boolean {
  const { code } = error as { code?: unknown }
  return code === 'invalid' || code === 'internal'
}
