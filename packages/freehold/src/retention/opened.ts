import type { Storage } from '@freehold/contract'
import { warnOfAny } from '../warn-of-any.js'
import { type MaintainOptions, maintain } from './maintain.js'
import type { Maintained } from './maintained.js'
import type { Retaining } from './retention-config.js'

/** When an open storage does it first, in milliseconds: there are processes that do not live for an hour. */
const FIRST = 60_000

/** An open storage, which can be kept in order. */
export interface OpenedStorage extends Storage {
  /**
   * Removes what is past its date by the `retention` of the configuration, of all tenants, and tells what it removed, and how far
   * past its date what is left is (`secondsPast`). Nothing is without `retention`. Of several processes one does it at a time. An
   * open storage does it by itself, a minute after it was opened and every hour unless told.
   */
  maintain(options?: MaintainOptions): Promise<readonly [traces: Maintained, sessions: Maintained]>
}

/** The storage with its maintenance, which goes on until it is closed. A failure of the timer's is a process warning. */
export function withMaintenance(storage: Storage, retaining: Retaining | undefined): OpenedStorage {
  const timer = timerOf(storage, retaining)
  return {
    ...storage,
    maintain: (options) => maintain(storage, retaining, options),
    async close() {
      await timer.stop()
      return storage.close()
    },
  }
}

function timerOf(storage: Storage, retaining: Retaining | undefined) {
  const every = retaining?.every
  let timer: NodeJS.Timeout | undefined
  let work: Promise<unknown> | undefined
  const stopping = new AbortController()
  const { signal } = stopping
  const wait = (time: number) => {
    // With jitter, so that processes do not come all at once.
    if (!signal.aborted) timer = setTimeout(run, time * (0.75 + Math.random() / 4)).unref()
  }
  const run = () => {
    work = maintain(storage, retaining, { signal })
      .then((done) => retaining!.onMaintained?.(done))
      .catch(warnOfAny)
      .finally(() => wait(every!))
  }
  if (every !== undefined) wait(FIRST)
  return {
    async stop() {
      stopping.abort()
      clearTimeout(timer)
      await work
    },
  }
}
