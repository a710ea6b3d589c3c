import { StoreError } from '@freehold/contract'
import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, failure, fill, givenFakeTimers } from './support/queues.js'

givenFakeTimers()

describe('the second event', () => {
  it('a run after one that dropped does not report that again', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { limit: 3, onError })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    queue.record(5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError).toHaveBeenCalledTimes(1)
  })

  it('what is dropped later is counted anew', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { limit: 3, onError })
    for (let n = 0; n < 2; n++) {
      fill(queue, 5)
      await vi.advanceTimersByTimeAsync(1_000)
    }
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      '2 records dropped: the queue of 3 is full',
      '2 records dropped: the queue of 3 is full',
    ])
  })

  it('a full batch that arrives during a write is written at once after it', async () => {
    const sizes: number[] = []
    const queue: Recorder<number> = new Recorder(
      async (items) => {
        if (sizes.push(items.length) === 1) fill(queue, 2)
        return { rejected: [] }
      },
      { batch: 2 },
    )
    fill(queue, 2)
    await vi.advanceTimersByTimeAsync(1)
    expect(sizes).toEqual([2, 2])
  })

  it('a write that was fast is not called slow afterwards', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { deadline: 1_000, onError })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onError).not.toHaveBeenCalled()
  })

  it('a flush that resolved leaves no timer that holds the process', async () => {
    const queue = new Recorder<number>(async () => ({ rejected: [] }))
    queue.record(0)
    const flush = queue.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flush
    expect(vi.getTimerCount()).toBe(0)
  })

  it('a flush that expired has no say in what comes after it', async () => {
    const sizes: number[] = []
    let isAway = true
    const queue: Recorder<number> = new Recorder(
      async (items) => {
        if (isAway) throw away
        if (sizes.push(items.length) === 1) fill(queue, 3)
        return { rejected: [] }
      },
      { deadline: 1_000, onError: () => {} },
    )
    queue.record(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    isAway = false
    // What arrives during the write waits for the next interval, as no flush waits for it.
    await vi.advanceTimersByTimeAsync(600)
    const before = [...sizes]
    await vi.advanceTimersByTimeAsync(1_000)
    expect([before, sizes]).toEqual([[1], [1, 3]])
  })

  it('what is hurried is written before the interval, but not in a pause after failures', async () => {
    let writes = 0
    let isAway = true
    const queue = new Recorder<number>(
      async () => {
        writes += 1
        if (isAway) throw away
        return { rejected: [] }
      },
      { interval: 5_000, onError: () => {} },
    )
    expect(queue.hurry()).toBe(false)
    fill(queue, 1)
    expect(queue.hurry()).toBe(true)
    await vi.advanceTimersByTimeAsync(1)
    expect([writes, queue.hurry()]).toEqual([1, false])
    await vi.advanceTimersByTimeAsync(1)
    expect(writes).toBe(1)
    isAway = false
    const flushed = queue.flush()
    await vi.advanceTimersByTimeAsync(1)
    await flushed
    expect([writes, queue.counts.written]).toEqual([2, 1])
  })

  it('a flush that waits for a bad item and expired does not hurry others', async () => {
    const sizes: number[] = []
    let isNext = false
    const queue: Recorder<number> = new Recorder(
      async (items) => {
        if (items.includes(5)) throw away
        if (isNext && sizes.push(items.length) === 1) fill(queue, 3)
        return { rejected: [] }
      },
      { interval: 500, deadline: 1_000, onError: () => {} },
    )
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(750)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    isNext = true
    queue.record(20)
    await vi.advanceTimersByTimeAsync(600)
    const before = [...sizes]
    await vi.advanceTimersByTimeAsync(500)
    expect([before, sizes]).toEqual([[1], [1, 3]])
  })

  it('a flush that expired counts what it waited for, and not what came after it', async () => {
    const write = () => Promise.reject(away)
    const queue = new Recorder<number>(write, { deadline: 1_000, onError: () => {} })
    queue.record(0)
    const failed = failure(queue.flush())
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).message).toBe('1 record not acknowledged within 1000 ms; kept in the queue')
  })

  it('a second flush that begins while the first waits resolves with it', async () => {
    const queue = new Recorder<number>(async () => ({ rejected: [] }))
    queue.record(0)
    const flushes = Promise.all([queue.flush(), queue.flush()])
    await vi.advanceTimersByTimeAsync(0)
    await expect(flushes).resolves.toHaveLength(2)
  })

  it('a second close flushes what the first could not', async () => {
    let isAway = true
    const write = async () => {
      if (isAway) throw away
      return { rejected: [] }
    }
    const queue = new Recorder<number>(write, { deadline: 1_000, onError: () => {} })
    queue.record(0)
    const failed = failure(queue.close())
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    isAway = false
    const closed = queue.close()
    await vi.advanceTimersByTimeAsync(0)
    await closed
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 1 })
  })

  it('a flush that begins when a bad item was set aside knows why it waits', async () => {
    const reset = new StoreError('unavailable', 'the connection was reset')
    const write = async (items: readonly number[]) => {
      if (items.includes(5)) throw reset
      return { rejected: [] }
    }
    const queue = new Recorder<number>(write, { interval: 1, deadline: 1_000, onError: () => {} })
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(250)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).cause).toBe(reset)
  })
})

it('holds 50,000 items unless told', () => {
  const queue = new Recorder<number>(() => new Promise(() => {}))
  fill(queue, 50_001)
  expect(countsOf(queue)).toMatchObject({ queued: 50_000, dropped: 1 })
})

it('makes an error of what is none', async () => {
  const onError = vi.fn()
  const queue = new Recorder<number>(() => Promise.reject('away'), { onError })
  queue.record(0)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(onError.mock.calls[0]![0].cause).toEqual(new Error('away'))
})
