import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '@freehold/contract'
import { tell } from '@freehold/recorder'
import type { Refused } from './apart.js'
import type { HookSettings } from './options.js'
import { type Kind, rejectionOf, type Way } from './way.js'

/** The first and the longest pause between two attempts, in milliseconds. */
const [FIRST, LONGEST] = [50, 1_000]

/** Holds whoever calls until it is written. */
export function inForeground<R>(kind: Kind<R>, { deadline, onRejected }: HookSettings): Way<R> {
  const counts = { recorded: 0, written: 0, rejected: 0 }
  const dropped = { full: 0, closed: 0, refused: 0, broken: 0 }
  const writing = new Set<Promise<unknown>>()
  let isClosed = false

  async function write(records: readonly R[]): Promise<Error | undefined> {
    counts.recorded += records.length
    let refused: readonly Refused<R>[]
    try {
      refused = await persistently(() => kind.write(records), deadline)
    } catch (error) {
      dropped.refused += records.length
      throw error
    }
    counts.written += records.length - refused.length
    counts.rejected += refused.length
    if (refused.length > 0) {
      const rejected = refused.map((each) => rejectionOf(each, kind.idOf))
      tell(onRejected, rejected)
    }
    return refused[0]?.cause
  }

  const settled = async () => {
    await Promise.allSettled(writing)
  }
  return {
    get counts() {
      const zero = { replayed: 0, duplicates: 0, spooled: 0, spoolBytes: 0, spoolFailures: 0, lag: 0 }
      return { ...counts, ...zero, dropped: { ...dropped }, queued: writing.size }
    },
    async take(records) {
      if (isClosed) {
        dropped.closed += records.length
        throw new Error('the hook is closed; call it before you close it')
      }
      const done = write(records)
      writing.add(done)
      try {
        return await done
      } finally {
        writing.delete(done)
      }
    },
    flush: settled,
    kept: settled,
    close() {
      isClosed = true
      return settled()
    },
  }
}

/** Tries again, until so many milliseconds have passed, what may succeed later. */
async function persistently<T>(work: () => Promise<T>, deadline: number): Promise<T> {
  const end = performance.now() + deadline
  for (let pause = FIRST; ; pause = Math.min(2 * pause, LONGEST)) {
    try {
      return await work()
    } catch (error) {
      if (!StoreError.is(error) || !error.retryable || performance.now() + pause > end) throw error
      await sleep(pause)
    }
  }
}
