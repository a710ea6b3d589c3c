/** A process warning with our name, since it does not tell otherwise who warns. */
export function warn(text: string): void {
  process.emitWarning(`freehold: ${text}`)
}

/** The default listener for errors. A warning prints no causes, so the cause is part of the text. */
export function warnOf(error: Error): void {
  warn(error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message)
}

/**
 * Calls a listener of the application; one that throws must neither stop the queue nor make a batch look unwritten, and one
 * that rejects later must not end the process.
 */
export function tell<T>(listener: (news: T) => unknown, news: T): void {
  const warnOfThrown = (thrown: unknown) =>
    warn(`a listener threw: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
  try {
    void Promise.resolve(listener(news)).catch(warnOfThrown)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/** Says how many there are, with the word for one of them. */
export type Counting = (count: number) => string

/** `1 record`, `2 records`, where `noun` is `record`. */
export function countingOf(noun: string): Counting {
  return (count) => (count === 1 ? `1 ${noun}` : `${count} ${noun}s`)
}
