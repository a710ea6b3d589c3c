import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, fill, givenFakeTimers } from './support/queues.js'
import { HOUR, reset } from './support/resetting-database.js'

givenFakeTimers()

/** A store that rejects by itself what makes no sense, and asks the database only where something is left. */
function setUp({ isSenseless = (_: number) => false, isBad = (_: number) => false }) {
  const store = { isAway: true, writes: [] as (readonly number[])[] }
  const queue = new Recorder<number>(
    async (items) => {
      store.writes.push(items)
      const sensible = items.filter((item) => !isSenseless(item))
      if (sensible.length > 0 && store.isAway) throw away
      if (sensible.some(isBad)) throw reset
      return { rejected: items.filter(isSenseless) }
    },
    { interval: 1, onError: () => {} },
  )
  return { store, queue }
}

describe('what is rejected without asking the database', () => {
  it.each([2, 3, 5])('in an outage condemns nothing, every %ith', async (every) => {
    const { store, queue } = setUp({ isSenseless: (item) => item % every === 1 })
    for (let item = 0; item < 300; item++) {
      queue.record(item)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    store.isAway = false
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(countsOf(queue)).toMatchObject({ queued: 0, refused: 0, written: 300 - Math.ceil(299 / every) })
  })

  it('does not condemn the only good one while nothing else comes', async () => {
    const { queue } = setUp({ isSenseless: (item) => item > 0 })
    queue.record(0)
    for (let item = 1; item < 100; item++) {
      queue.record(item)
      await vi.advanceTimersByTimeAsync(6_000)
    }
    expect(countsOf(queue)).toMatchObject({ refused: 0, written: 0 })
  })

  it('is no probe: another item is', async () => {
    const { store, queue } = setUp({ isSenseless: (item) => item === 3 })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(302)
    // Two failures, the third, its probe, and the next one.
    expect(store.writes.slice(3)).toEqual([[3], [4]])
  })

  it('is no probe where all others are rejected too', async () => {
    const { store, queue } = setUp({ isSenseless: (item) => item > 0 })
    fill(queue, 4)
    await vi.advanceTimersByTimeAsync(302)
    expect([store.writes.slice(3), countsOf(queue)]).toMatchObject([[[3], [0]], { rejected: 1, queued: 3 }])
  })

  it('as a probe does not shorten the pause', async () => {
    const { store, queue } = setUp({ isSenseless: (item) => item === 3 })
    fill(queue, 4)
    await vi.advanceTimersByTimeAsync(302)
    store.writes.length = 0
    await vi.advanceTimersByTimeAsync(398)
    expect(store.writes).toEqual([])
  })

  it('is no witness: another item is', async () => {
    const { store, queue } = setUp({ isSenseless: (item) => item === 1, isBad: (item) => item === 5 })
    store.isAway = false
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    store.writes.length = 0
    await vi.advanceTimersByTimeAsync(3_500)
    expect(store.writes).toEqual([[5], [1], [2]])
  })

  it('does not keep a later item waiting', async () => {
    const { store, queue } = setUp({ isSenseless: (item) => item === 1 && !store.isAway })
    queue.record(1)
    await vi.advanceTimersByTimeAsync(701)
    store.isAway = false
    await vi.advanceTimersByTimeAsync(HOUR)
    queue.record(2)
    await vi.advanceTimersByTimeAsync(10)
    expect(countsOf(queue)).toMatchObject({ queued: 0, rejected: 1, written: 1 })
  })
})

describe('what was kept before', () => {
  it('and is written again by a full disk condemns nothing', async () => {
    const known = new Set<number>()
    let isFull = false
    const queue = new Recorder<number>(
      async (items) => {
        const repeated = items.filter((item) => known.has(item)).length
        if (repeated < items.length && isFull) throw away
        for (const item of items) known.add(item)
        return { rejected: [], repeated }
      },
      { interval: 1, onError: () => {} },
    )
    for (let item = 1_000; item < 1_100; item++) known.add(item)
    isFull = true
    for (let n = 0; n < 100; n++) {
      queue.record(n)
      queue.record(1_000 + n)
      await vi.advanceTimersByTimeAsync(2_000)
    }
    const { refused } = countsOf(queue)
    isFull = false
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([refused, countsOf(queue)]).toMatchObject([0, { queued: 0, written: 200, refused: 0 }])
  })
})
