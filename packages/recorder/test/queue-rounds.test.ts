import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, failure, fill, givenFakeTimers } from './support/queues.js'
import { HOUR, reset, setUp } from './support/resetting-database.js'

givenFakeTimers()

describe('the pause after a failure', () => {
  it('is not cut short by what is dropped', async () => {
    const write = vi.fn(() => Promise.reject(away))
    const queue = new Recorder<number>(write, { interval: 1, limit: 1, onError: () => {} })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(10)
    queue.record(1)
    await vi.advanceTimersByTimeAsync(50)
    expect([write.mock.calls.length, countsOf(queue).dropped]).toEqual([1, 1])
  })

  it('is not cut short by a flush that began during the write', async () => {
    const write = vi.fn(async () => {
      void failure(queue.flush())
      throw away
    })
    const queue: Recorder<number> = new Recorder(write, { interval: 1, onError: () => {} })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(50)
    expect(write).toHaveBeenCalledTimes(1)
  })
})

describe('a round of what was set aside', () => {
  it('asks one witness after it, at once, until it is decided', async () => {
    const { database } = setUp()
    database.isBad = (item) => item === 5
    const start = Date.now()
    const log: [number, readonly number[]][] = []
    const queue = new Recorder<number>(
      (items) => {
        log.push([Date.now() - start, items])
        return database.write(items)
      },
      { interval: 1, onError: () => {} },
    )
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    log.length = 0
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(log.slice(0, 4)).toEqual([
      [3_501, [5]],
      [3_501, [1]],
      [16_301, [5]],
      [16_301, [2]],
    ])
    expect(log.slice(4).map(([, items]) => items)).toEqual([[4]])
  })

  it('comes in its time though the clock is set back', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    vi.setSystemTime(Date.now() - 24 * HOUR)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(countsOf(queue)).toMatchObject({ queued: 0, refused: 1 })
  })

  it('asks another witness where the first one is bad itself, and refuses that as well', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    database.isBad = (item) => item === 5 || item === 1
    database.sizes.length = 0
    await vi.advanceTimersByTimeAsync(3_200)
    // The suspect, the bad witness, a good one.
    expect([database.sizes, countsOf(queue).written]).toEqual([[1, 1, 1], 7])
    for (let n = 10; n < 70; n++) {
      queue.record(n)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(countsOf(queue)).toMatchObject({ queued: 0, refused: 2, written: 68 })
  })

  it('whose witnesses all fail was an outage', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    database.isAway = true
    await vi.advanceTimersByTimeAsync(HOUR)
    const { refused } = countsOf(queue)
    database.isAway = false
    database.isBad = () => false
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([refused, countsOf(queue)]).toMatchObject([0, { queued: 0, refused: 0, written: 10 }])
  })

  it('that succeeds asks no witness, and is no failure', async () => {
    const { database, queue, onError } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    database.isBad = () => false
    onError.mockClear()
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([onError.mock.calls, countsOf(queue).written]).toEqual([[], 10])
  })

  it('does not try what a success before it in the round refused', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 0 || item === 4
    fill(queue, 5)
    // The last round until then had no witness left.
    await vi.advanceTimersByTimeAsync(20_000)
    database.isBad = () => false
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 4, rejected: 0, refused: 1, dropped: 0 })
    expect(database.kept.has(4)).toBe(false)
  })
})

describe('a search', () => {
  it('says what it set aside, not what was aside before', async () => {
    const { database, queue, onError } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5 || item === 505
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(310)
    fill(queue, 10, 500)
    await vi.advanceTimersByTimeAsync(310)
    const apart = onError.mock.calls.map(([{ message }]) => message).filter((message) => message.includes('in parts'))
    expect(apart).toEqual([
      'a write failed 3 times in a row; written in parts, 1 record set aside',
      'a write failed 3 times in a row; written in parts, 1 record set aside',
    ])
  })

  it('asks a witness after its twenty-first failure in a row', async () => {
    const { database } = setUp()
    let writes = 0
    const write = (items: readonly number[]) => {
      // Back for the moment of the probe.
      database.isAway = ++writes !== 4
      return database.write(items)
    }
    fill(new Recorder<number>(write, { interval: 1, onError: () => {} }), 500)
    await vi.advanceTimersByTimeAsync(302)
    // Three failures, the probe, the search, the witness.
    expect(database.sizes.length).toBe(3 + 1 + 21 + 1)
  })

  it('that has no witness left ends with the failure that it had', async () => {
    const { database, queue, onError } = setUp({ interval: 1 })
    // One is the probe, and three are the witnesses.
    database.isBad = (item) => item > 4 || item === 0
    fill(queue, 500)
    await vi.advanceTimersByTimeAsync(302)
    expect(countsOf(queue)).toMatchObject({ queued: 496, written: 4 })
    expect(onError.mock.calls.every(([{ cause }]) => cause === reset)).toBe(true)
    expect(database.sizes).not.toContain(0)
  })

  it('refuses nothing that did not fail alone three times', async () => {
    const { database } = setUp()
    database.isBad = (item) => item < 500
    const alone = new Map<number, number>()
    const queue = new Recorder<number>(
      (items) => {
        if (items.length === 1) alone.set(items[0]!, (alone.get(items[0]!) ?? 0) + 1)
        return database.write(items)
      },
      { interval: 1, onError: () => {} },
    )
    fill(queue, 1_000)
    for (let n = 0; n < 60; n++) {
      fill(queue, 1, 1_000 + n)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    const bad = [...alone].filter(([item]) => database.isBad(item))
    expect(countsOf(queue)).toMatchObject({ queued: 0, refused: 500 })
    expect(bad.filter(([, times]) => times < 3)).toEqual([])
  })
})
