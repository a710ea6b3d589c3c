import { expect, test, vi } from 'vitest'
import { StoreError } from '../src/errors.js'
import { Turns } from '../src/rules/turns.js'

const PATIENCE = 1_000
const STUCK = { code: 'timeout', retryable: true, message: expect.stringMatching(/^stuck for 1 s/) }

function turnsOf(most: number): Turns {
  const answered = (error: unknown) => error instanceof StoreError && error.code === 'conflict'
  return new Turns({ most, stuck: (seconds) => `stuck for ${seconds} s; wait`, answered, patience: PATIENCE })
}

/** Pieces of work that end when they are told to. */
function works() {
  const ends: ((error?: Error) => void)[] = []
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => ends.push((error) => (error === undefined ? resolve() : reject(error))))
  return { work, ends }
}

const settled = () => vi.advanceTimersByTimeAsync(0)

async function timed(test: () => Promise<void>): Promise<void> {
  vi.useFakeTimers()
  try {
    await test()
    expect(vi.getTimerCount()).toBe(0)
  } finally {
    vi.useRealTimers()
  }
}

test('as many pieces of work as there are places are under way, and the next begins when one ends', () =>
  timed(async () => {
    const turns = turnsOf(2)
    const { work, ends } = works()
    const all = [1, 2, 3].map(() => turns.do(work))
    await settled()
    expect(ends).toHaveLength(2)
    ends[1]!()
    await settled()
    expect(ends).toHaveLength(3)
    for (const end of ends) end()
    await Promise.all(all)
  }))

test('who asks first is first, and nobody who comes while a place is passed on overtakes', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const order: number[] = []
    const ask = (n: number) =>
      turns.do(async () => {
        order.push(n)
      })
    const first = turns.do(async () => undefined).then(() => ask(4))
    await Promise.all([first, ask(2), ask(3)])
    expect(order).toEqual([2, 3, 4])
  }))

test('a piece of work that fails gives its place to the next', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const failed = turns.do(() => Promise.reject(new Error('no')))
    const next = turns.do(async () => 'done')
    await expect(failed).rejects.toThrow('no')
    expect(await next).toBe('done')
    expect(await turns.do(async () => 'after it')).toBe('after it')
  }))

test.each([60_000, -3_600_000])('who waits is told neither sooner nor later by a clock that is set by %d ms', (by) =>
  timed(async () => {
    const turns = turnsOf(1)
    const { work, ends } = works()
    const first = turns.do(work)
    const refused = expect(turns.do(work)).rejects.toMatchObject(STUCK)
    let isRefused = false
    void refused.then(() => (isRefused = true))
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    vi.setSystemTime(Date.now() + by)
    await settled()
    expect(isRefused).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    await refused
    ends[0]!()
    await first
  }),
)

test('who waits is told that it is stuck when nothing ended for so long, and not a moment before', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const { work, ends } = works()
    const stuck = turns.do(work)
    const told = vi.fn()
    const waiting = turns.do(work).catch(told)
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    expect(told).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    expect(told).toHaveBeenCalledWith(expect.objectContaining(STUCK))
    ends[0]!()
    await Promise.all([stuck, waiting])
    expect(ends).toHaveLength(1)
    expect(await turns.do(async () => 'free again')).toBe('free again')
  }))

test('who comes late to what is stuck waits as long as those before him', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const { work, ends } = works()
    const stuck = turns.do(work)
    const told = vi.fn()
    const early = turns.do(work).catch(told)
    await vi.advanceTimersByTimeAsync(PATIENCE / 2)
    const late = turns.do(work)
    await vi.advanceTimersByTimeAsync(PATIENCE / 2)
    expect(told).toHaveBeenCalledTimes(1)
    ends[0]!()
    await settled()
    ends[1]!()
    await Promise.all([stuck, early, late])
  }))

test('as long as work ends, nobody is refused, however long he waits', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const { work, ends } = works()
    const all = Array.from({ length: 10 }, () => turns.do(work))
    for (let i = 0; i < all.length; i++) {
      await vi.advanceTimersByTimeAsync(PATIENCE - 1)
      ends[i]!()
    }
    await Promise.all(all)
  }))

test('a failure that shows that the database answers is progress, one that does not is none', () =>
  timed(async () => {
    const turns = turnsOf(1)
    const { work, ends } = works()
    const first = turns.do(work)
    const second = turns.do(work)
    const third = turns.do(work)
    const ended = Promise.allSettled([first, second, third])
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    ends[0]!(new StoreError('conflict', 'it moved'))
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    ends[1]!(new StoreError('timeout', 'no answer'))
    await settled()
    expect(ends).toHaveLength(3)
    const fourth = turns.do(work)
    const fifth = turns.do(work).catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(1)
    ends[2]!(new StoreError('timeout', 'no answer'))
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    ends[3]!()
    expect(await fifth).toMatchObject(STUCK)
    await Promise.all([ended, fourth])
  }))
