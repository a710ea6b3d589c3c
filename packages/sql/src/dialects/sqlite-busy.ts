import { setTimeout as sleep } from 'node:timers/promises'

/** How long a statement waits for another process's write before it is tried anew, in milliseconds. */
export const BUSY_TIMEOUT = 5_000

/** What every connection is told. How a new file keeps pages that hold nothing, before anything is in it. */
const PRAGMAS = ['auto_vacuum = incremental', 'journal_mode = WAL', 'synchronous = FULL']

/** Runs what fails while another process has the lock, again until it has not: such a failure leaves nothing behind. */
export async function patiently<T>(run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + BUSY_TIMEOUT
  for (;;) {
    try {
      return await run()
    } catch (error) {
      if (!/^SQLITE_(BUSY|LOCKED)/.test(codeOf(error)) || performance.now() > deadline) throw error
    }
    await sleep(1 + Math.random() * 10)
  }
}

/**
 * Sets up a connection. Several processes that open a new file at once contend for the switch to WAL, for which SQLite itself
 * does not wait.
 */
export async function setUp(exec: (sql: string) => Promise<unknown>, busyTimeout: number): Promise<void> {
  for (const pragma of [`busy_timeout = ${busyTimeout}`, ...PRAGMAS]) {
    try {
      await patiently(() => exec(`pragma ${pragma}`))
    } catch (error) {
      // A file that may only be read can be read without it.
      if (!codeOf(error).startsWith('SQLITE_READONLY')) throw error
    }
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '')
}
