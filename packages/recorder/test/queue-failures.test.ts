import { isClosed, StoreError } from '@freehold/contract'
import { describe, expect, it, vi } from 'vitest'
import type { Written } from '../src/deliver.js'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, failure, fill, givenFakeTimers } from './support/queues.js'

givenFakeTimers()

describe('a refusal', () => {
  const refusal = new StoreError('invalid', 'no')
  const refuse7 = async (items: readonly number[]) => {
    if (items.includes(7)) throw refusal
    return { rejected: [] }
  }

  it('costs the one bad item', async () => {
    const queue = new Recorder(refuse7, { onError: () => {} })
    fill(queue, 10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(countsOf(queue)).toEqual({ queued: 0, written: 9, rejected: 0, refused: 1, dropped: 0 })
  })

  it('is reported with its cause', async () => {
    const onError = vi.fn()
    fill(new Recorder(refuse7, { onError }), 10)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(onError.mock.calls[0]![0].cause).toBe(refusal)
  })

  it('is told though the run goes on for long', async () => {
    const onError = vi.fn()
    const slow = async (items: readonly number[]) => {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return refuse7(items)
    }
    const queue = new Recorder(slow, { batch: 10, onError })
    fill(queue, 1_000)
    await vi.advanceTimersByTimeAsync(20_000)
    expect([countsOf(queue).queued > 0, onError.mock.calls.map(([{ message }]) => message)]).toEqual([
      true,
      ['1 record refused and lost'],
    ])
  })

  it('makes the flush of it reject', async () => {
    const queue = new Recorder(refuse7, { onError: () => {} })
    fill(queue, 10)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(0)
    expect((await failed).message).toBe('1 record refused and lost')
  })

  it('of what came after a flush does not make it reject', async () => {
    const queue = new Recorder(refuse7, { onError: () => {} })
    fill(queue, 7)
    const flush = queue.flush()
    queue.record(7)
    await vi.advanceTimersByTimeAsync(0)
    await expect(flush).resolves.toBeUndefined()
  })

  it('by a closed store is not tried in halves', async () => {
    const write = vi.fn(async () => {
      throw isClosed()
    })
    fill(new Recorder<number>(write, { onError: () => {} }), 10)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(write).toHaveBeenCalledTimes(1)
  })
})

describe('a closed store', () => {
  it('is reported once per flush', async () => {
    const onError = vi.fn()
    const closed = isClosed()
    const queue = new Recorder<number>(() => Promise.reject(closed), { batch: 2, onError })
    fill(queue, 12)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(0)
    expect((await failed).message).toBe('12 records refused and lost')
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual(['12 records refused and lost'])
  })
})

describe('a slow write', () => {
  function setUp() {
    const open: { acknowledge: (answer: Written<unknown>) => void; fail: (error: Error) => void }[] = []
    const write = vi.fn(
      (_: readonly number[]) =>
        new Promise<Written<unknown>>((acknowledge, fail) => void open.push({ acknowledge, fail })),
    )
    const onError = vi.fn()
    return { queue: new Recorder(write, { deadline: 1_000, onError }), write, onError, open }
  }

  it('counts when it is done, however late', async () => {
    const { queue, write, open } = setUp()
    queue.record(0)
    await vi.advanceTimersByTimeAsync(600_000)
    open[0]!.acknowledge({ rejected: [] })
    await vi.advanceTimersByTimeAsync(600_000)
    expect([write.mock.calls.length, countsOf(queue)]).toMatchObject([1, { queued: 0, written: 1 }])
  })

  it('remains the only one, though flushes wait and reject', async () => {
    const { queue, write } = setUp()
    queue.record(0)
    for (let n = 0; n < 3; n++) {
      const failed = failure(queue.flush())
      await vi.advanceTimersByTimeAsync(1_000)
      expect((await failed).message).toBe('1 record not acknowledged within 1000 ms; kept in the queue')
    }
    expect(write).toHaveBeenCalledTimes(1)
  })

  it('is reported once', async () => {
    const { queue, onError } = setUp()
    queue.record(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onError.mock.calls.map(([error]) => error.message)).toEqual([
      'a write of 1 record takes longer than 1000 ms; waiting for it',
    ])
  })

  it('is the cause of a flush that began later and rejects', async () => {
    const { queue } = setUp()
    queue.record(0)
    await vi.advanceTimersByTimeAsync(1_500)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(1_000)
    expect((await failed).cause).toMatchObject({ message: expect.stringContaining('takes longer than 1000 ms') })
  })

  it('that fails at last is tried again', async () => {
    const { queue, write, open } = setUp()
    queue.record(0)
    await vi.advanceTimersByTimeAsync(5_000)
    open[0]!.fail(away)
    await vi.advanceTimersByTimeAsync(100)
    open[1]!.acknowledge({ rejected: [] })
    await vi.advanceTimersByTimeAsync(0)
    expect([write.mock.calls.length, countsOf(queue)]).toMatchObject([2, { queued: 0, written: 1 }])
  })
})

describe('the default warning', () => {
  it('has our name and the cause in its text', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const queue = new Recorder<number>(() => Promise.reject(away))
    queue.record(0)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(emitWarning.mock.calls).toEqual([
      ['freehold: a write failed; 1 record queued, next try in 100 ms: the database is away'],
    ])
  })
})
