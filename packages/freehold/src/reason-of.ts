/** Most of an error's message that is kept, in characters. */
const MOST = 1_000

/** What is kept of what a tool or a listener threw, which may be anything. */
export function reasonOf(error: unknown): string {
  try {
    if (!(error instanceof Error)) return `threw ${typeof error}`
    return `${String(error.name)}: ${String(error.message)}`.slice(0, MOST)
  } catch {
    return 'threw what cannot be read'
  }
}
