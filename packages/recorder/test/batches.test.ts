import { describe, expect, it, vi } from 'vitest'
import type { Written } from '../src/deliver.js'
import { Recorder } from '../src/recorder.js'
import { away, countsOf, fill, givenFakeTimers } from './support/queues.js'

describe('a batch', () => {
  givenFakeTimers()

  function setUp(
    weights: readonly number[],
    write = async (_: readonly number[]): Promise<Written<unknown>> => ({ rejected: [] }),
  ) {
    const sizes: number[] = []
    const queue = new Recorder<number>(
      (items) => {
        sizes.push(items.length)
        return write(items)
      },
      { interval: 1, onError: () => {} },
      { weightOf: (item) => weights[item]! },
    )
    fill(queue, weights.length)
    return { sizes, queue }
  }

  it.each([
    ['is as heavy as it may be', [500_000, 500_000, 1], [2, 1]],
    ['may be one item that is heavier', [1, 2_000_000, 1], [1, 1, 1]],
    ['of what weighs little is as long as ever', Array.from({ length: 500 }, () => 2_000), [500]],
  ])('%s', async (_, weights, expected) => {
    const { sizes, queue } = setUp(weights)
    await vi.advanceTimersByTimeAsync(10)
    expect([sizes, countsOf(queue).queued]).toEqual([expected, 0])
  })

  it('of one item that fails is looked at with the next', async () => {
    const { sizes, queue } = setUp([2_000_000, 2_000_000, 2_000_000], async ([first]) => {
      if (first === 0) throw away
      return { rejected: [] }
    })
    await vi.advanceTimersByTimeAsync(302)
    expect([sizes, countsOf(queue)]).toMatchObject([[1, 1, 1, 1, 1, 1], { written: 2, queued: 1 }])
  })
})
