import { StoreError } from '@freehold/contract'
import { afterEach, beforeEach, vi } from 'vitest'
import type { WriteQueue } from '../../src/queue.js'

/** What a write may be tried again after. */
export const away = new StoreError('unavailable', 'the database is away')

/** Pushes so many numbers, one more each, `from` the first. */
export function fill(queue: WriteQueue<number>, count: number, from = 0): void {
  for (let i = 0; i < count; i++) queue.push(from + i)
}

/** The error that a promise rejects with; attached at once, so that no rejection goes unhandled. */
export function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => new Error('it resolved'),
    (error: Error) => error,
  )
}

/** Gives every test a clock that only it moves; afterwards that and what it spied on are as before. */
export function givenFakeTimers(): void {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })
}
