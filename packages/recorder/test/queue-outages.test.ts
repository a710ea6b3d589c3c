import { isClosed } from '@freehold/contract'
import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, fill, givenFakeTimers } from './support/queues.js'
import { Database, HOUR, setUp } from './support/resetting-database.js'

givenFakeTimers()

describe('an outage', () => {
  it('loses nothing and keeps the order', async () => {
    const kept: number[] = []
    let isAway = true
    const write = async (items: readonly number[]) => {
      if (isAway) throw away
      kept.push(...items)
      return { rejected: [] }
    }
    const queue = new Recorder(write, { batch: 2, onError: () => {} })
    fill(queue, 3)
    await vi.advanceTimersByTimeAsync(600_000)
    isAway = false
    queue.record(3)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(kept).toEqual([0, 1, 2, 3])
  })

  it('is tried again ever more rarely', async () => {
    const times: number[] = []
    const start = Date.now()
    const write = async () => {
      times.push(Date.now() - start)
      throw away
    }
    fill(new Recorder<number>(write, { interval: 1, onError: () => {} }), 1)
    await vi.advanceTimersByTimeAsync(3_101)
    expect(times).toEqual([1, 101, 301, 701, 1_501, 3_101])
  })

  it('is not tried more often because more arrives', async () => {
    const write = vi.fn(async () => {
      throw away
    })
    const queue = new Recorder<number>(write, { batch: 1, interval: 1, onError: () => {} })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(1_600)
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(write).toHaveBeenCalledTimes(5)
  })

  it('is reported with its cause', async () => {
    const onError = vi.fn()
    const write = async () => {
      throw away
    }
    fill(new Recorder<number>(write, { onError }), 1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls[0]![0].cause).toBe(away)
  })

  it('survives a listener that throws', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const write = vi.fn(async (_: readonly number[]) => ({ rejected: [] })).mockRejectedValueOnce(away)
    const onError = () => {
      throw new Error('listener')
    }
    const queue = new Recorder(write, { onError })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 1 })
  })
})

describe('a database that is away', () => {
  it.each([10_000, 60_000, 6 * HOUR])('for %i ms loses nothing', async (outage) => {
    const { database, queue } = setUp()
    database.isAway = true
    fill(queue, 1_200)
    await vi.advanceTimersByTimeAsync(outage)
    database.isAway = false
    await vi.advanceTimersByTimeAsync(60_000)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 1_200, rejected: 0, refused: 0, dropped: 0 })
  })

  it('is asked with at most two writes at a time', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isAway = true
    fill(queue, 500)
    await vi.advanceTimersByTimeAsync(6 * HOUR)
    const [first, second, ...later] = database.sizes
    expect([first, second, later.filter((_, i) => i % 2 === 0), later.filter((_, i) => i % 2 === 1)]).toEqual([
      500,
      500,
      Array.from({ length: later.length / 2 }, () => 500),
      Array.from({ length: later.length / 2 }, () => 1),
    ])
  })

  it('while a bad item is set aside does not condemn it', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_400)
    database.isAway = true
    database.isBad = () => false
    fill(queue, 10, 10)
    await vi.advanceTimersByTimeAsync(6 * HOUR)
    database.isAway = false
    await vi.advanceTimersByTimeAsync(60_000)
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 20, refused: 0 })
  })

  it('in the middle of the search for a bad item condemns nothing', async () => {
    for (let after = 1; after <= 24; after++) {
      const { database } = setUp()
      let writes = 0
      database.isBad = (item) => item === 300 && !database.isAway
      const write = (items: readonly number[]) => {
        if (++writes === after) database.isAway = true
        return database.write(items)
      }
      const queue = new Recorder<number>(write, { onError: () => {} })
      fill(queue, 500)
      await vi.advanceTimersByTimeAsync(60_000)
      database.isAway = false
      database.isBad = () => false
      await vi.advanceTimersByTimeAsync(60_000)
      expect([after, countsOf(queue)]).toMatchObject([after, { queued: 0, refused: 0, written: 500 }])
    }
  })

  it('now and then, for whatever time, loses nothing', async () => {
    for (let seed = 1; seed <= 30; seed++) {
      let state = seed
      const random = (below: number) => {
        state = (state * 48_271) % 2_147_483_647
        return state % below
      }
      const { database, queue } = setUp({ batch: 1 + random(60), interval: 1 + random(2_000) })
      let count = 0
      for (let step = 0; step < 200; step++) {
        if (random(3) === 0) database.isAway = !database.isAway
        const more = random(30)
        fill(queue, more, count)
        count += more
        await vi.advanceTimersByTimeAsync(1 + random(random(20) === 0 ? 100_000 : 500))
      }
      database.isAway = false
      await vi.advanceTimersByTimeAsync(120_000)
      expect([seed, database.kept.size, countsOf(queue)]).toEqual([
        seed,
        count,
        { queued: 0, written: count, rejected: 0, refused: 0, dropped: 0 },
      ])
    }
  })
})

describe('the second time', () => {
  it('a bad item has the same pauses as the first', async () => {
    const database = new Database()
    const alone: number[] = []
    let start = Date.now()
    database.isBad = (item) => item === 5 || item === 505
    const write = (items: readonly number[]) => {
      if (items.length === 1 && items[0] === 505) alone.push(Date.now() - start)
      return database.write(items)
    }
    const queue = new Recorder<number>(write, { interval: 1, onError: () => {} })
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(HOUR)
    start = Date.now()
    fill(queue, 10, 500)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(alone).toEqual([301, 3_501, 16_301])
  })

  it('an outage begins with the first pause again', async () => {
    const { database, queue } = setUp({ interval: 1 })
    const times: number[] = []
    for (let outage = 0; outage < 2; outage++) {
      database.isAway = true
      database.sizes.length = 0
      queue.record(outage)
      await vi.advanceTimersByTimeAsync(400)
      times.push(database.sizes.length)
      database.isAway = false
      await vi.advanceTimersByTimeAsync(HOUR)
    }
    expect(times).toEqual([3, 3])
  })

  it('an outage does not keep records from being written at once after it', async () => {
    const { database, queue } = setUp({ interval: 1_000 })
    database.isAway = true
    queue.record(0)
    await vi.advanceTimersByTimeAsync(60_000)
    database.isAway = false
    await vi.advanceTimersByTimeAsync(60_000)
    queue.record(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...database.kept]).toEqual([0, 1])
  })
})

describe('a closed store', () => {
  it('while something is set aside proves nothing about it', async () => {
    const { database, queue } = setUp({ interval: 1 })
    let isShut = false
    database.isBad = (item) => item === 5
    const closing = new Recorder<number>(
      (items) => (isShut && items[0] !== 5 ? Promise.reject(isClosed()) : database.write(items)),
      { interval: 1, onError: () => {} },
    )
    fill(closing, 10)
    await vi.advanceTimersByTimeAsync(302)
    isShut = true
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([closing.counts.queued, countsOf(queue).queued]).toEqual([1, 0])
  })
})
