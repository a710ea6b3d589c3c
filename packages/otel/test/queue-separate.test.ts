import { StoreError } from '@freehold/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WriteQueue } from '../src/queue.js'
import type { QueueOptions } from '../src/queue-options.js'
import { away, fill } from './support/queues.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const reset = new StoreError('unavailable', 'the connection was reset')

/** A database that resets the connection on what it cannot take, and keeps the rest. */
class Database {
  readonly kept = new Set<number>()
  readonly sizes: number[] = []
  isAway = false
  isBad: (item: number) => boolean = () => false

  readonly write = async (items: readonly number[]): Promise<number> => {
    this.sizes.push(items.length)
    if (this.isAway) throw away
    if (items.some((item) => this.isBad(item))) throw reset
    for (const item of items) this.kept.add(item)
    return 0
  }
}

function setUp(options: QueueOptions = {}) {
  const database = new Database()
  const onError = vi.fn<(error: Error) => void>()
  return { database, onError, queue: new WriteQueue(database.write, { onError, ...options }) }
}

const HOUR = 3_600_000

describe('one bad item that looks like an outage', () => {
  it.each([0, 5, 7, 250, 498, 499])('at %i of 500 costs itself only', async (bad) => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === bad
    fill(queue, 500)
    await vi.advanceTimersByTimeAsync(30_000)
    expect([database.kept.size, database.kept.has(bad)]).toEqual([499, false])
  })

  it.each([0, 5, 7, 250, 499])('at %i of 500 is refused at last, and the flush says so', async (bad) => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === bad
    fill(queue, 500)
    const flushed = queue.flush().catch((error: Error) => error)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await flushed).toMatchObject({ message: '1 span refused and lost', cause: reset })
    expect(queue.counts).toEqual({ queued: 0, written: 499, rejected: 0, refused: 1, dropped: 0 })
  })

  it.each([0, 5, 7, 9])('at %i of 10 is refused at last', async (bad) => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === bad
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(queue.counts).toMatchObject({ queued: 0, written: 9, refused: 1 })
  })

  it('is reported with its cause', async () => {
    const { database, queue, onError } = setUp()
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(30_000)
    const told = onError.mock.calls.map(([error]) => [error.message, error.cause])
    expect(told).toEqual([
      ['a write failed; 10 spans queued, next try in 100 ms', reset],
      ['a write failed; 10 spans queued, next try in 200 ms', reset],
      ['a write failed 3 times in a row; written in parts, 1 span set aside', reset],
      ['1 span refused and lost', reset],
    ])
  })

  it('is not looked for at the first and second failure', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(102)
    expect(database.sizes).toEqual([10, 10])
  })

  it('does not hold up what comes after it', async () => {
    const { database, queue } = setUp({ batch: 10, interval: 1 })
    database.isBad = (item) => item === 0
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(400)
    fill(queue, 1_000, 10)
    await vi.advanceTimersByTimeAsync(1)
    expect(database.kept.has(1_009)).toBe(true)
  })

  it('is tried a few times more, ever more rarely', async () => {
    const { database, queue } = setUp({ interval: 1 })
    const start = Date.now()
    const alone: number[] = []
    database.isBad = (item) => item === 5
    const write = database.write
    const watched = new WriteQueue<number>(
      (items) => {
        if (items.length === 1 && items[0] === 5) alone.push(Date.now() - start)
        return write(items)
      },
      { interval: 1, onError: () => {} },
    )
    fill(watched, 10)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([alone, queue.counts.queued]).toEqual([[301, 3_501, 16_301], 0])
  })

  it('that can be written after all is not lost', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_500)
    database.isBad = () => false
    await vi.advanceTimersByTimeAsync(30_000)
    expect(queue.counts).toEqual({ queued: 0, written: 10, rejected: 0, refused: 0, dropped: 0 })
  })

  it('with nothing else to write is kept, however long', async () => {
    const { database, queue } = setUp()
    database.isBad = () => true
    fill(queue, 1)
    await vi.advanceTimersByTimeAsync(24 * HOUR)
    expect(queue.counts).toMatchObject({ queued: 1, refused: 0 })
  })

  it('that was kept for want of others is refused when others are written', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 0
    fill(queue, 1)
    await vi.advanceTimersByTimeAsync(HOUR)
    for (let n = 1; n <= 10; n++) {
      queue.push(n)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(queue.counts).toMatchObject({ queued: 0, written: 10, refused: 1 })
  })

  it('is found with batches of one', async () => {
    const { database, queue } = setUp({ batch: 1 })
    database.isBad = (item) => item === 0
    fill(queue, 20)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([queue.counts, Math.max(...database.sizes)]).toMatchObject([{ queued: 0, written: 19, refused: 1 }, 1])
  })
})

describe('several bad items', () => {
  it('cost themselves only', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item % 100 === 50
    fill(queue, 2_000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(queue.counts).toMatchObject({ queued: 0, written: 1_980, refused: 20 })
  })

  it('that fill the first batch do not hold up what comes after it', async () => {
    const { database, queue } = setUp({ batch: 100 })
    database.isBad = (item) => item < 100
    fill(queue, 400)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(database.kept.size).toBe(300)
  })

  it('that fill the first batch are refused while others are written', async () => {
    const { database, queue } = setUp({ batch: 100 })
    database.isBad = (item) => item < 100
    fill(queue, 400)
    for (let n = 0; n < 60; n++) {
      fill(queue, 1, 400 + n)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(queue.counts).toMatchObject({ queued: 0, written: 360, refused: 100 })
  })

  it('and a batch that is only too large as a whole are told apart', async () => {
    const { database, queue } = setUp()
    const write = vi.fn((items: readonly number[]) =>
      items.length > 60 ? Promise.reject(reset) : database.write(items),
    )
    const large = new WriteQueue<number>(write, { onError: () => {} })
    fill(large, 500)
    await vi.advanceTimersByTimeAsync(5_000)
    expect([large.counts, queue.counts.refused]).toMatchObject([{ queued: 0, written: 500, refused: 0 }, 0])
  })

  it('do not keep a later batch from being looked at anew', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 5 || item === 505
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(HOUR)
    fill(queue, 10, 500)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(queue.counts).toMatchObject({ queued: 0, written: 18, refused: 2 })
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
    expect(queue.counts).toEqual({ queued: 0, written: 1_200, rejected: 0, refused: 0, dropped: 0 })
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
    expect(queue.counts).toMatchObject({ queued: 0, written: 20, refused: 0 })
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
      const queue = new WriteQueue<number>(write, { onError: () => {} })
      fill(queue, 500)
      await vi.advanceTimersByTimeAsync(60_000)
      database.isAway = false
      database.isBad = () => false
      await vi.advanceTimersByTimeAsync(60_000)
      expect([after, queue.counts]).toMatchObject([after, { queued: 0, refused: 0, written: 500 }])
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
      expect([seed, database.kept.size, queue.counts]).toEqual([
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
    const queue = new WriteQueue<number>(write, { interval: 1, onError: () => {} })
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
      queue.push(outage)
      await vi.advanceTimersByTimeAsync(400)
      times.push(database.sizes.length)
      database.isAway = false
      await vi.advanceTimersByTimeAsync(HOUR)
    }
    expect(times).toEqual([3, 3])
  })

  it('an outage does not keep spans from being written at once after it', async () => {
    const { database, queue } = setUp({ interval: 1_000 })
    database.isAway = true
    queue.push(0)
    await vi.advanceTimersByTimeAsync(60_000)
    database.isAway = false
    await vi.advanceTimersByTimeAsync(60_000)
    queue.push(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect([...database.kept]).toEqual([0, 1])
  })
})

describe('evidence', () => {
  it('is not what happens after an outage that the suspect failed in', async () => {
    const { database, queue } = setUp({ interval: 1 })
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(3_450)
    database.isAway = true
    await vi.advanceTimersByTimeAsync(100)
    database.isAway = false
    await vi.advanceTimersByTimeAsync(20_000)
    const before = queue.counts.refused
    await vi.advanceTimersByTimeAsync(60_000)
    expect([before, queue.counts.refused]).toEqual([0, 1])
  })

  it('is found in what comes later, one write for each failure', async () => {
    const { database, queue } = setUp({ batch: 1, interval: 1 })
    database.isBad = (item) => item === 0
    fill(queue, 4)
    await vi.advanceTimersByTimeAsync(5_000)
    for (const item of [10, 11]) {
      queue.push(item)
      await vi.advanceTimersByTimeAsync(3_000)
    }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(queue.counts).toEqual({ queued: 0, written: 5, rejected: 0, refused: 1, dropped: 0 })
  })

  it.each([1, 2, 4])('may be the bad item itself, %i of 10, which is set aside at once all the same', async (bad) => {
    const { database, queue, onError } = setUp({ interval: 1 })
    database.isBad = (item) => item === bad
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    expect(onError.mock.calls.at(-1)![0].message).toBe(
      'a write failed 3 times in a row; written in parts, 1 span set aside',
    )
  })

  it('is asked for before a long search goes on', async () => {
    const { database } = setUp()
    let writes = 0
    const write = (items: readonly number[]) => {
      // Back for the moment of the probe.
      database.isAway = ++writes !== 4
      return database.write(items)
    }
    const queue = new WriteQueue<number>(write, { interval: 1, onError: () => {} })
    fill(queue, 500)
    await vi.advanceTimersByTimeAsync(302)
    expect([writes < 40, queue.counts.refused, queue.counts.written]).toEqual([true, 0, 1])
  })
})

describe('an error that no other try can mend', () => {
  it.each(['unsupported', 'conflict', 'not_found'] as const)(
    'such as %s is no outage: it is tried once',
    async (code) => {
      const write = vi.fn(() => Promise.reject(new StoreError(code, 'wrong')))
      const queue = new WriteQueue<number>(write, { onError: () => {} })
      fill(queue, 10)
      await vi.advanceTimersByTimeAsync(HOUR)
      expect([write.mock.calls.length, queue.counts]).toMatchObject([1, { queued: 0, refused: 10 }])
    },
  )

  it('while something is set aside proves nothing about it', async () => {
    const { database, queue } = setUp({ interval: 1 })
    let isClosed = false
    const closed = new StoreError('unavailable', 'the store is closed', { retryable: false })
    database.isBad = (item) => item === 5
    const closing = new WriteQueue<number>(
      (items) => (isClosed && items[0] !== 5 ? Promise.reject(closed) : database.write(items)),
      { interval: 1, onError: () => {} },
    )
    fill(closing, 10)
    await vi.advanceTimersByTimeAsync(302)
    isClosed = true
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([closing.counts.queued, queue.counts.queued]).toEqual([1, 0])
  })
})
