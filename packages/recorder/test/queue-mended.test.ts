import { isClosed, StoreError } from '@freehold/contract'
import { describe, expect, it, vi } from 'vitest'
import { Recorder } from '../src/recorder.js'
import { countsOf, failure, fill, givenFakeTimers } from './support/queues.js'

givenFakeTimers()

const PASSWORD = new StoreError('unavailable', 'the password is wrong; correct it', { retryable: false })

function setUp(error: Error) {
  const state = { isMended: false }
  const onError = vi.fn<(error: Error) => void>()
  const write = vi.fn(async () => {
    if (!state.isMended) throw error
    return { rejected: [] }
  })
  return { state, onError, write, queue: new Recorder<number>(write, { deadline: 5_000, onError }) }
}

describe('what hits all items alike, and a person can mend', () => {
  it.each([
    PASSWORD,
    new StoreError('unsupported', 'the schema is missing; migrate'),
    new StoreError('conflict', 'no'),
    new StoreError('not_found', 'no'),
    new StoreError('internal', 'no'),
  ])('such as $code loses nothing', async (error) => {
    const { state, queue } = setUp(error)
    fill(queue, 20_000)
    await vi.advanceTimersByTimeAsync(60_000)
    const before = countsOf(queue)
    state.isMended = true
    await vi.advanceTimersByTimeAsync(60_000)
    expect([before, countsOf(queue)]).toMatchObject([
      { queued: 20_000, refused: 0 },
      { queued: 0, written: 20_000, refused: 0 },
    ])
  })

  it('is told with its cause, and tried ever more rarely', async () => {
    const { onError, write, queue } = setUp(PASSWORD)
    queue.record(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(onError.mock.calls[0]![0]).toMatchObject({
      message: 'a write failed; 1 record queued, next try in 100 ms',
      cause: PASSWORD,
    })
    expect(write.mock.calls.length).toBeLessThan(12)
  })

  it('is why a flush rejects', async () => {
    const { queue } = setUp(PASSWORD)
    queue.record(0)
    const failed = failure(queue.flush())
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await failed).toMatchObject({ cause: PASSWORD, message: expect.stringContaining('kept in the queue') })
  })
})

it('a store that is closed, which never opens again, is told at once', async () => {
  const { queue } = setUp(isClosed())
  fill(queue, 3)
  const failed = failure(queue.flush())
  await vi.advanceTimersByTimeAsync(0)
  expect(await failed).toMatchObject({ message: '3 records refused and lost', cause: { code: 'unavailable' } })
})
