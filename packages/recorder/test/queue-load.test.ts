import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { countsOf, failure, fill, givenFakeTimers } from './support/queues.js'
import { reset, setUp } from './support/resetting-database.js'

givenFakeTimers()

/** A database whose every write takes 30 ms, and ends the connection on items below zero. */
function slow() {
  const alone: number[] = []
  const sizes: number[] = []
  const start = Date.now()
  const write = async (items: readonly number[]) => {
    sizes.push(items.length)
    if (items.length === 1 && items[0]! < 0) alone.push(Date.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 30))
    if (items.some((item) => item < 0)) throw reset
    return { rejected: [] }
  }
  const onError = vi.fn<(error: Error) => void>()
  return { alone, sizes, onError, queue: new Recorder<number>(write, { onError }) }
}

describe('bad items that keep coming', () => {
  it('are refused all the same, each after its own tries', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item < 0
    for (let second = 0; second < 120; second++) {
      fill(queue, 20, second * 20)
      if (second % 2 === 0) queue.record(-1 - second)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    const { refused } = countsOf(queue)
    for (let second = 120; second < 300; second++) {
      fill(queue, 20, second * 20)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(refused).toBeGreaterThan(20)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 6_000, rejected: 0, refused: 60, dropped: 0 })
  })

  it('do not put off the tries of the first, which come a little early to be shared', async () => {
    const { database } = setUp({})
    const alone: number[] = []
    const start = Date.now()
    database.isBad = (item) => item < 0
    const queue = new Recorder<number>(
      (items) => {
        if (items.length === 1 && items[0] === -1) alone.push(Date.now() - start)
        return database.write(items)
      },
      { interval: 1, onError: () => {} },
    )
    fill(queue, 12, -1)
    for (let second = 1; second < 30; second++) {
      await vi.advanceTimersByTimeAsync(1_000)
      queue.record(-1 - second)
      fill(queue, 10, 100 * second)
    }
    expect(alone).toEqual([301, 3_501, 15_501])
  })
})

it('others are written between bad items that each take long to fail', async () => {
  const start = Date.now()
  const late: number[] = []
  const write = async (items: readonly number[]) => {
    if (items.some((item) => item < 0)) {
      await new Promise((resolve) => setTimeout(resolve, 300))
      throw reset
    }
    for (const item of items) if (item > start + 25_000 && Date.now() > item + 2_500) late.push(item)
    return { rejected: [] }
  }
  const queue = new Recorder<number>(write, { interval: 100, onError: () => {} })
  fill(queue, 20, -20)
  while (countsOf(queue).refused < 20) {
    queue.record(Date.now())
    await vi.advanceTimersByTimeAsync(50)
  }
  // Those that are kept back to tell what is bad.
  expect(late.length).toBeLessThanOrEqual(6)
})

describe('a flush under load', () => {
  it('does not keep a bad item from being tried and refused', async () => {
    const { alone, queue } = slow()
    queue.record(-1)
    let flushed: Promise<Error> | undefined
    for (let time = 0; time < 40_000; time += 20) {
      queue.record(time)
      if (time === 2_000) flushed = failure(queue.flush())
      await vi.advanceTimersByTimeAsync(20)
    }
    expect([await flushed, alone.length >= 3]).toMatchObject([{ message: '1 record refused and lost' }, true])
  })

  it('after flush neither keeps it from that, nor its refusal from being told', async () => {
    const { onError, queue } = slow()
    queue.record(-1)
    for (let time = 0; time < 40_000; time += 20) {
      queue.record(time)
      if (time >= 2_000) void failure(queue.flush())
      await vi.advanceTimersByTimeAsync(20)
    }
    expect(countsOf(queue).refused).toBe(1)
    expect(onError.mock.calls.map(([{ message }]) => message)).toContain('1 record refused and lost')
  })

  it('that waits for a bad item alone does not hurry what comes after it', async () => {
    const { sizes, queue } = slow()
    queue.record(-1)
    for (let time = 0; time < 12_000; time += 20) {
      queue.record(time)
      if (time === 2_000) {
        void failure(queue.flush())
        sizes.length = 0
      }
      await vi.advanceTimersByTimeAsync(20)
    }
    expect(sizes.length).toBeLessThan(20)
  })
})
