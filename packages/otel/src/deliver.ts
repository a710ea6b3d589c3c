/** Writes items, and resolves to how many of them the store rejected one by one: those are not to be tried again. */
export type Write<T> = (items: readonly T[]) => Promise<number>

/** Items in a row that were refused for good. */
export interface Refusal {
  /** Number of the first one, counted since the queue began. */
  from: number
  items: number
  cause: Error
}

/** How a batch left the queue. What is neither rejected nor refused was written. */
export interface Delivery {
  rejected: number
  refusals: readonly Refusal[]
}

/**
 * Writes `items`, of which the first is number `from`, one write at a time. A write that is refused for good
 * (`error.retryable === false`) is tried in halves, so that one bad item costs one item.
 *
 * @throws what the writer throws and a later try may mend; then all of `items` are to be written again.
 */
export async function deliver<T>(write: Write<T>, items: readonly T[], from: number): Promise<Delivery> {
  try {
    return { rejected: await write(items), refusals: [] }
  } catch (error) {
    if (!isFinal(error)) throw error
    if (items.length === 1 || !isAboutItems(error)) {
      return { rejected: 0, refusals: [{ from, items: items.length, cause: error }] }
    }
    const middle = items.length >> 1
    const first = await deliver(write, items.slice(0, middle), from)
    const second = await deliver(write, items.slice(middle), from + middle)
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
