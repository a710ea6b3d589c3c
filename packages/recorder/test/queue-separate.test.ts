import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { countsOf, fill, givenFakeTimers } from './support/queues.js'
import { HOUR, reset, setUp } from './support/resetting-database.js'

givenFakeTimers()

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
    expect(await flushed).toMatchObject({ message: '1 record refused and lost', cause: reset })
    expect(countsOf(queue)).toEqual({ queued: 0, written: 499, rejected: 0, refused: 1, dropped: 0 })
  })

  it.each([0, 5, 7, 9])('at %i of 10 is refused at last', async (bad) => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === bad
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 9, refused: 1 })
  })

  it('is reported with its cause', async () => {
    const { database, queue, onError } = setUp()
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(30_000)
    const told = onError.mock.calls.map(([error]) => [error.message, error.cause])
    expect(told).toEqual([
      ['a write failed; 10 records queued, next try in 100 ms', reset],
      ['a write failed; 10 records queued, next try in 200 ms', reset],
      ['a write failed 3 times in a row; written in parts, 1 record set aside', reset],
      ['1 record refused and lost', reset],
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
    const watched = new Recorder<number>(
      (items) => {
        if (items.length === 1 && items[0] === 5) alone.push(Date.now() - start)
        return write(items)
      },
      { interval: 1, onError: () => {} },
    )
    fill(watched, 10)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect([alone, countsOf(queue).queued]).toEqual([[301, 3_501, 16_301], 0])
  })

  it('that can be written after all is not lost', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 5
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_500)
    database.isBad = () => false
    await vi.advanceTimersByTimeAsync(30_000)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 10, rejected: 0, refused: 0, dropped: 0 })
  })

  it('with nothing else to write is kept, however long', async () => {
    const { database, queue } = setUp()
    database.isBad = () => true
    fill(queue, 1)
    await vi.advanceTimersByTimeAsync(24 * HOUR)
    expect(countsOf(queue)).toMatchObject({ queued: 1, refused: 0 })
  })

  it('that was kept for want of others is refused when others are written', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 0
    fill(queue, 1)
    await vi.advanceTimersByTimeAsync(HOUR)
    for (let n = 1; n <= 10; n++) {
      queue.record(n)
      await vi.advanceTimersByTimeAsync(60_000)
    }
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 10, refused: 1 })
  })

  it('is found with batches of one', async () => {
    const { database, queue } = setUp({ batch: 1 })
    database.isBad = (item) => item === 0
    fill(queue, 20)
    await vi.advanceTimersByTimeAsync(60_000)
    expect([countsOf(queue), Math.max(...database.sizes)]).toMatchObject([{ queued: 0, written: 19, refused: 1 }, 1])
  })
})

describe('several bad items', () => {
  it('cost themselves only', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item % 100 === 50
    fill(queue, 2_000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 1_980, refused: 20 })
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
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 360, refused: 100 })
  })

  it('and a batch that is only too large as a whole are told apart', async () => {
    const { database, queue } = setUp()
    const write = vi.fn((items: readonly number[]) =>
      items.length > 60 ? Promise.reject(reset) : database.write(items),
    )
    const large = new Recorder<number>(write, { onError: () => {} })
    fill(large, 500)
    await vi.advanceTimersByTimeAsync(5_000)
    expect([countsOf(large), countsOf(queue).refused]).toMatchObject([{ queued: 0, written: 500, refused: 0 }, 0])
  })

  it('do not keep a later batch from being looked at anew', async () => {
    const { database, queue } = setUp()
    database.isBad = (item) => item === 5 || item === 505
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(HOUR)
    fill(queue, 10, 500)
    await vi.advanceTimersByTimeAsync(HOUR)
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 18, refused: 2 })
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
    const before = countsOf(queue).refused
    await vi.advanceTimersByTimeAsync(60_000)
    expect([before, countsOf(queue).refused]).toEqual([0, 1])
  })

  it('is found in what comes later, one write for each failure', async () => {
    const { database, queue } = setUp({ batch: 1, interval: 1 })
    database.isBad = (item) => item === 0
    fill(queue, 4)
    await vi.advanceTimersByTimeAsync(5_000)
    for (const item of [10, 11]) {
      queue.record(item)
      await vi.advanceTimersByTimeAsync(3_000)
    }
    await vi.advanceTimersByTimeAsync(10_000)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 5, rejected: 0, refused: 1, dropped: 0 })
  })

  it.each([1, 2, 4])('may be the bad item itself, %i of 10, which is set aside at once all the same', async (bad) => {
    const { database, queue, onError } = setUp({ interval: 1 })
    database.isBad = (item) => item === bad
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(302)
    expect(onError.mock.calls.at(-1)![0].message).toBe(
      'a write failed 3 times in a row; written in parts, 1 record set aside',
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
    const queue = new Recorder<number>(write, { interval: 1, onError: () => {} })
    fill(queue, 500)
    await vi.advanceTimersByTimeAsync(302)
    expect([writes < 40, countsOf(queue).refused, countsOf(queue).written]).toEqual([true, 0, 1])
  })
})
