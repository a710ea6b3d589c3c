import { describe, expect, it, vi } from 'vitest'
import type { Written } from '../src/deliver.js'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, failure, fill, givenFakeTimers } from './support/queues.js'

givenFakeTimers()

describe('batching', () => {
  it('writes nothing on the time of push', () => {
    const write = vi.fn(async () => ({ rejected: [] }))
    fill(new Recorder(write, { batch: 1 }), 3)
    expect(write).not.toHaveBeenCalled()
  })

  it('writes what is there after the interval', async () => {
    const write = vi.fn(async (_: readonly number[]) => ({ rejected: [] }))
    fill(new Recorder(write, { interval: 500 }), 3)
    await vi.advanceTimersByTimeAsync(500)
    expect(write.mock.calls).toEqual([[[0, 1, 2]]])
  })

  it('writes a full batch at once', async () => {
    const write = vi.fn(async (_: readonly number[]) => ({ rejected: [] }))
    fill(new Recorder(write, { batch: 2, interval: 500 }), 2)
    await vi.advanceTimersByTimeAsync(0)
    expect(write.mock.calls).toEqual([[[0, 1]]])
  })

  it('has one write in flight', async () => {
    const write = vi.fn(() => new Promise<Written<unknown>>(() => {}))
    const queue = new Recorder<number>(write, { batch: 1 })
    fill(queue, 3)
    void failure(queue.flush())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(write).toHaveBeenCalledTimes(1)
  })

  it('gathers what arrives during a write until the next interval', async () => {
    const sizes: number[] = []
    const queue: Recorder<number> = new Recorder(async (items) => {
      if (sizes.push(items.length) === 1) fill(queue, 3)
      return { rejected: [] }
    })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sizes).toEqual([1, 3])
  })

  it('does not keep the process alive', () => {
    vi.useRealTimers()
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    fill(new Recorder<number>(async () => ({ rejected: [] })), 1)
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before)
  })
})

describe('flush', () => {
  it('resolves at once when there is nothing', async () => {
    await expect(new Recorder<number>(async () => ({ rejected: [] })).flush()).resolves.toBeUndefined()
  })

  it('resolves only after the write is acknowledged', async () => {
    let acknowledge = (_answer: Written<unknown>): void => {}
    const queue = new Recorder<number>(() => new Promise((resolve) => (acknowledge = resolve)))
    queue.record(0)
    const settled = vi.fn()
    const flush = queue.flush().then(settled)
    await vi.advanceTimersByTimeAsync(1_000)
    const before = settled.mock.calls.length
    acknowledge({ rejected: [] })
    await flush
    expect([before, settled.mock.calls.length]).toEqual([0, 1])
  })

  it('waits for every batch that was queued before it', async () => {
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { batch: 2 })
    fill(queue, 5)
    const flush = queue.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flush
    expect(countsOf(queue)).toMatchObject({ queued: 0, written: 5 })
  })

  it('rejects at its deadline with the last failure as the cause', async () => {
    const write = async () => {
      throw away
    }
    const queue = new Recorder<number>(write, { deadline: 1_000, onError: () => {} })
    queue.record(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).cause).toBe(away)
  })

  it('keeps what it could not write', async () => {
    const write = async () => {
      throw away
    }
    const queue = new Recorder<number>(write, { deadline: 1_000, onError: () => {} })
    queue.record(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    expect(countsOf(queue).queued).toBe(1)
  })

  it('tries at once in the pause after a failure', async () => {
    const write = vi.fn(async (_: readonly number[]) => ({ rejected: [] })).mockRejectedValueOnce(away)
    const queue = new Recorder(write, { interval: 1, onError: () => {} })
    queue.record(0)
    await vi.advanceTimersByTimeAsync(1)
    const flush = queue.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flush
    expect(write).toHaveBeenCalledTimes(2)
  })
})

describe('the bound', () => {
  const hang = () => new Promise<Written<unknown>>(() => {})

  it('counts what overflows', () => {
    const queue = new Recorder<number>(hang, { limit: 3 })
    fill(queue, 5)
    expect(countsOf(queue)).toEqual({ queued: 3, written: 0, rejected: 0, refused: 0, dropped: 2 })
  })

  it('reports what overflowed, once per write', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { limit: 3, onError })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['2 records dropped: the queue of 3 is full'])
  })

  it('is told of while a write hangs', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(hang, { limit: 3, interval: 1, deadline: 2_000_000, onError })
    fill(queue, 3)
    for (let n = 0; n < 2; n++) {
      await vi.advanceTimersByTimeAsync(10_000)
      fill(queue, 5)
    }
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      '5 records dropped: the queue of 3 is full',
      '5 records dropped: the queue of 3 is full',
    ])
  })

  it('below the size of a batch has half of it written at once, and takes more meanwhile', async () => {
    const write = () => new Promise<Written<unknown>>((resolve) => setTimeout(() => resolve({ rejected: [] }), 12))
    const queue = new Recorder<number>(write, { limit: 4, batch: 500, onError: () => {} })
    for (let n = 0; n < 4; n++) {
      fill(queue, 2)
      await vi.advanceTimersByTimeAsync(10)
    }
    await vi.advanceTimersByTimeAsync(20)
    expect(countsOf(queue)).toMatchObject({ written: 8, dropped: 0 })
  })

  it('takes items again when there is room', async () => {
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { limit: 3, onError: () => {} })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    queue.record(5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(countsOf(queue).written).toBe(4)
  })

  it('drops and reports what comes after close', async () => {
    const onError = vi.fn()
    const queue = new Recorder<number>(async () => ({ rejected: [] }), { onError })
    await queue.close()
    queue.record(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['1 record dropped: the queue is closed'])
  })
})

describe('the options', () => {
  it.each([
    ['batch', [Number.NaN, 0, -1, 1.5, 10_001, Number.POSITIVE_INFINITY]],
    ['limit', [Number.NaN, 0]],
    ['interval', [Number.NaN, 0, 2 ** 31]],
    ['deadline', [Number.NaN, 0, 2 ** 31, Number.POSITIVE_INFINITY]],
  ])('refuse a wrong %s', (field, values) => {
    for (const value of values) {
      expect(() => new Recorder(async () => ({ rejected: [] }), { [field]: value })).toThrow(
        `recorder options: ${field}: `,
      )
    }
  })

  it('refuse a listener that is none', () => {
    const options = { onError: 'x' } as object
    expect(() => new Recorder(async () => ({ rejected: [] }), options)).toThrow(
      'recorder options: onError: is not a function; give one, or leave it out',
    )
  })

  it('name every wrong field', () => {
    const options = { batch: 0, interval: 0, limit: 0, deadline: 0, onError: 'x' } as object
    expect(() => new Recorder(async () => ({ rejected: [] }), options)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        problems: ['batch', 'interval', 'limit', 'deadline', 'onError'].map((field) =>
          expect.objectContaining({ field }),
        ),
      }),
    )
  })
})

it('counts apart what the writer rejects one by one', async () => {
  const queue = new Recorder<number>(async () => ({ rejected: ['bad', 'worse'] }))
  fill(queue, 5)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(countsOf(queue)).toEqual({ queued: 0, written: 3, rejected: 2, refused: 0, dropped: 0 })
})
