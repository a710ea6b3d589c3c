import { StoreError } from '@freehold/contract'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WriteQueue } from '../src/queue.js'
import { away, failure, fill } from './support/queues.js'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('batching', () => {
  it('writes nothing on the time of push', () => {
    const write = vi.fn(async () => 0)
    fill(new WriteQueue(write, { batch: 1 }), 3)
    expect(write).not.toHaveBeenCalled()
  })

  it('writes what is there after the interval', async () => {
    const write = vi.fn(async (_: readonly number[]) => 0)
    fill(new WriteQueue(write, { interval: 500 }), 3)
    await vi.advanceTimersByTimeAsync(500)
    expect(write.mock.calls).toEqual([[[0, 1, 2]]])
  })

  it('writes a full batch at once', async () => {
    const write = vi.fn(async (_: readonly number[]) => 0)
    fill(new WriteQueue(write, { batch: 2, interval: 500 }), 2)
    await vi.advanceTimersByTimeAsync(0)
    expect(write.mock.calls).toEqual([[[0, 1]]])
  })

  it('has one write in flight', async () => {
    const write = vi.fn(() => new Promise<number>(() => {}))
    const queue = new WriteQueue<number>(write, { batch: 1 })
    fill(queue, 3)
    void failure(queue.flush())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(write).toHaveBeenCalledTimes(1)
  })

  it('gathers what arrives during a write until the next interval', async () => {
    const sizes: number[] = []
    const queue: WriteQueue<number> = new WriteQueue(async (items) => {
      if (sizes.push(items.length) === 1) fill(queue, 3)
      return 0
    })
    queue.push(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(sizes).toEqual([1, 3])
  })

  it('does not keep the process alive', () => {
    vi.useRealTimers()
    const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    fill(new WriteQueue<number>(async () => 0), 1)
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout')).toHaveLength(before)
  })
})

describe('an outage', () => {
  it('loses nothing and keeps the order', async () => {
    const kept: number[] = []
    let isAway = true
    const write = async (items: readonly number[]) => {
      if (isAway) throw away
      kept.push(...items)
      return 0
    }
    const queue = new WriteQueue(write, { batch: 2, onError: () => {} })
    fill(queue, 3)
    await vi.advanceTimersByTimeAsync(600_000)
    isAway = false
    queue.push(3)
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
    fill(new WriteQueue<number>(write, { interval: 1, onError: () => {} }), 1)
    await vi.advanceTimersByTimeAsync(3_101)
    expect(times).toEqual([1, 101, 301, 701, 1_501, 3_101])
  })

  it('is not tried more often because more arrives', async () => {
    const write = vi.fn(async () => {
      throw away
    })
    const queue = new WriteQueue<number>(write, { batch: 1, interval: 1, onError: () => {} })
    queue.push(0)
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
    fill(new WriteQueue<number>(write, { onError }), 1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls[0]![0].cause).toBe(away)
  })

  it('survives a listener that throws', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const write = vi.fn(async (_: readonly number[]) => 0).mockRejectedValueOnce(away)
    const onError = () => {
      throw new Error('listener')
    }
    const queue = new WriteQueue(write, { onError })
    queue.push(0)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(queue.counts).toMatchObject({ queued: 0, written: 1 })
  })
})

describe('flush', () => {
  it('resolves at once when there is nothing', async () => {
    await expect(new WriteQueue<number>(async () => 0).flush()).resolves.toBeUndefined()
  })

  it('resolves only after the write is acknowledged', async () => {
    let acknowledge = (_rejected: number): void => {}
    const queue = new WriteQueue<number>(() => new Promise((resolve) => (acknowledge = resolve)))
    queue.push(0)
    const settled = vi.fn()
    const flush = queue.flush().then(settled)
    await vi.advanceTimersByTimeAsync(1_000)
    const before = settled.mock.calls.length
    acknowledge(0)
    await flush
    expect([before, settled.mock.calls.length]).toEqual([0, 1])
  })

  it('waits for every batch that was queued before it', async () => {
    const queue = new WriteQueue<number>(async () => 0, { batch: 2 })
    fill(queue, 5)
    const flush = queue.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flush
    expect(queue.counts).toMatchObject({ queued: 0, written: 5 })
  })

  it('rejects at its deadline with the last failure as the cause', async () => {
    const write = async () => {
      throw away
    }
    const queue = new WriteQueue<number>(write, { deadline: 1_000, onError: () => {} })
    queue.push(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).cause).toBe(away)
  })

  it('keeps what it could not write', async () => {
    const write = async () => {
      throw away
    }
    const queue = new WriteQueue<number>(write, { deadline: 1_000, onError: () => {} })
    queue.push(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    await failed
    expect(queue.counts.queued).toBe(1)
  })

  it('tries at once in the pause after a failure', async () => {
    const write = vi.fn(async (_: readonly number[]) => 0).mockRejectedValueOnce(away)
    const queue = new WriteQueue(write, { interval: 1, onError: () => {} })
    queue.push(0)
    await vi.advanceTimersByTimeAsync(1)
    const flush = queue.flush()
    await vi.advanceTimersByTimeAsync(0)
    await flush
    expect(write).toHaveBeenCalledTimes(2)
  })
})

describe('a refusal', () => {
  const refusal = new StoreError('invalid', 'no')
  const refuse7 = async (items: readonly number[]) => {
    if (items.includes(7)) throw refusal
    return 0
  }

  it('costs the one bad item', async () => {
    const queue = new WriteQueue(refuse7, { onError: () => {} })
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(queue.counts).toEqual({ queued: 0, written: 9, rejected: 0, refused: 1, dropped: 0 })
  })

  it('is reported with its cause', async () => {
    const onError = vi.fn()
    fill(new WriteQueue(refuse7, { onError }), 10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls[0]![0].cause).toBe(refusal)
  })

  it('makes the flush of it reject', async () => {
    const queue = new WriteQueue(refuse7, { onError: () => {} })
    fill(queue, 10)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(0)
    expect((await failed).message).toBe('1 span refused and lost')
  })

  it('of what came after a flush does not make it reject', async () => {
    const queue = new WriteQueue(refuse7, { onError: () => {} })
    fill(queue, 7)
    const flush = queue.flush()
    queue.push(7)
    await vi.advanceTimersByTimeAsync(0)
    await expect(flush).resolves.toBeUndefined()
  })

  it('by a closed store is not tried in halves', async () => {
    const write = vi.fn(async () => {
      throw new StoreError('unavailable', 'the store is closed', { retryable: false })
    })
    fill(new WriteQueue<number>(write, { onError: () => {} }), 10)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(write).toHaveBeenCalledTimes(1)
  })
})

describe('a closed store', () => {
  it('is reported once per flush', async () => {
    const onError = vi.fn()
    const closed = new StoreError('unavailable', 'the store is closed', { retryable: false })
    const queue = new WriteQueue<number>(() => Promise.reject(closed), { batch: 2, onError })
    fill(queue, 12)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(0)
    expect((await failed).message).toBe('12 spans refused and lost')
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['12 spans refused and lost'])
  })
})

describe('the bound', () => {
  const hang = () => new Promise<number>(() => {})

  it('counts what overflows', () => {
    const queue = new WriteQueue<number>(hang, { limit: 3 })
    fill(queue, 5)
    expect(queue.counts).toEqual({ queued: 3, written: 0, rejected: 0, refused: 0, dropped: 2 })
  })

  it('reports what overflowed, once per write', async () => {
    const onError = vi.fn()
    const queue = new WriteQueue<number>(async () => 0, { limit: 3, onError })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['2 spans dropped: the queue of 3 is full'])
  })

  it('takes items again when there is room', async () => {
    const queue = new WriteQueue<number>(async () => 0, { limit: 3, onError: () => {} })
    fill(queue, 5)
    await vi.advanceTimersByTimeAsync(1_000)
    queue.push(5)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(queue.counts.written).toBe(4)
  })

  it('drops and reports what comes after close', async () => {
    const onError = vi.fn()
    const queue = new WriteQueue<number>(async () => 0, { onError })
    await queue.close()
    queue.push(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['1 span dropped: the queue is closed'])
  })
})

describe('a slow write', () => {
  function setUp() {
    const open: { acknowledge: (rejected: number) => void; fail: (error: Error) => void }[] = []
    const write = vi.fn(
      (_: readonly number[]) => new Promise<number>((acknowledge, fail) => void open.push({ acknowledge, fail })),
    )
    const onError = vi.fn()
    return { queue: new WriteQueue(write, { deadline: 1_000, onError }), write, onError, open }
  }

  it('counts when it is done, however late', async () => {
    const { queue, write, open } = setUp()
    queue.push(0)
    await vi.advanceTimersByTimeAsync(600_000)
    open[0]!.acknowledge(0)
    await vi.advanceTimersByTimeAsync(600_000)
    expect([write.mock.calls.length, queue.counts]).toMatchObject([1, { queued: 0, written: 1 }])
  })

  it('remains the only one, though flushes wait and reject', async () => {
    const { queue, write } = setUp()
    queue.push(0)
    for (let n = 0; n < 3; n++) {
      const failed = failure(queue.flush())
      await vi.advanceTimersByTimeAsync(1_000)
      expect((await failed).message).toBe('1 span not acknowledged within 1000 ms; kept in the queue')
    }
    expect(write).toHaveBeenCalledTimes(1)
  })

  it('is reported once', async () => {
    const { queue, onError } = setUp()
    queue.push(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      'a write of 1 span takes longer than 1000 ms; waiting for it',
    ])
  })

  it('is the cause of a flush that began later and rejects', async () => {
    const { queue } = setUp()
    queue.push(0)
    await vi.advanceTimersByTimeAsync(1_500)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).cause).toMatchObject({ message: expect.stringContaining('takes longer than 1000 ms') })
  })

  it('that fails at last is tried again', async () => {
    const { queue, write, open } = setUp()
    queue.push(0)
    await vi.advanceTimersByTimeAsync(5_000)
    open[0]!.fail(away)
    await vi.advanceTimersByTimeAsync(100)
    open[1]!.acknowledge(0)
    await vi.advanceTimersByTimeAsync(0)
    expect([write.mock.calls.length, queue.counts]).toMatchObject([2, { queued: 0, written: 1 }])
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
      expect(() => new WriteQueue(async () => 0, { [field]: value })).toThrow(`queue options: ${field}: `)
    }
  })

  it('name every wrong field', () => {
    const options = { batch: 0, interval: 0, limit: 0, deadline: 0, onError: 'x' } as object
    expect(() => new WriteQueue(async () => 0, options)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        problems: ['batch', 'interval', 'limit', 'deadline', 'onError'].map((field) =>
          expect.objectContaining({ field }),
        ),
      }),
    )
  })
})

describe('the default warning', () => {
  it('has our name and the cause in its text', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const queue = new WriteQueue<number>(() => Promise.reject(away))
    queue.push(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(emitWarning.mock.calls).toEqual([
      ['freehold: a write failed; 1 span queued, next try in 100 ms: the database is away'],
    ])
  })
})

it('counts apart what the writer rejects one by one', async () => {
  const queue = new WriteQueue<number>(async () => 2)
  fill(queue, 5)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(queue.counts).toEqual({ queued: 0, written: 3, rejected: 2, refused: 0, dropped: 0 })
})
