import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../errors.js'

/** Longest time that a piece of work is tried anew, in milliseconds. */
const RETRY_FOR = 15_000
/** How often work is tried anew that found a key taken: reading again then tells by whom. */
const RETRIES_WHEN_TAKEN = 5
/** Longest pause between two attempts, in milliseconds. */
const MAX_PAUSE = 200

/** Thrown by work whose compare-and-set lost: it is run again on what is there now. */
export class Moved extends Error {}

/** `again`: the same work may succeed at once. `taken`: a unique key was; reading again tells by whom. */
export type Retry = 'again' | 'taken'

/**
 * Runs `work`, and the whole of it again while `retryOf` says so of its error.
 * @throws StoreError `timeout` when it went on losing for 15 seconds
 */
export async function retrying<T>(work: () => Promise<T>, retryOf: (error: unknown) => Retry | undefined): Promise<T> {
  const deadline = performance.now() + RETRY_FOR
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const retry = error instanceof Moved ? 'again' : retryOf(error)
      const may = retry === 'again' || (retry === 'taken' && attempt <= RETRIES_WHEN_TAKEN)
      if (!may || performance.now() > deadline) throw giveUp(error)
      await sleep(Math.random() * Math.min(MAX_PAUSE, 2 ** attempt))
    }
  }
}

function giveUp(error: unknown): unknown {
  if (!(error instanceof Moved)) return error
  return new StoreError('timeout', 'other writers kept changing the same record; try again')
}
