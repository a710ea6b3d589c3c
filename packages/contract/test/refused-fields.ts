import type { StoreError } from '../src/errors.js'

/** The fields that a call is refused for; none when it is not refused. */
export function fieldsOf(attempt: () => unknown): string[] {
  try {
    attempt()
    return []
  } catch (error) {
    return (error as StoreError).problems.map(({ field }) => field)
  }
}
