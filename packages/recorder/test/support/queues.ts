import { StoreError } from '@freehold/contract'
import { afterEach, beforeEach, vi } from 'vitest'
import type { Recorder } from '../../src/recorder.js'

/** What a write may be tried again after. */
export const away = new StoreError('unavailable', 'the database is away')

/** Pushes so many numbers, one more each, `from` the first. */
export function fill(queue: Recorder<number>, count: number, from = 0): void {
  for (let i = 0; i < count; i++) queue.record(from + i)
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

/** The counts of a recorder without a disk, in a line. */
export function countsOf({ counts }: Pick<Recorder<never>, 'counts'>) {
  const { queued, written, duplicates, rejected, dropped } = counts
  return {
    queued,
    written: written + duplicates,
    rejected,
    refused: dropped.refused,
    dropped: dropped.full + dropped.closed,
  }
}
