import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { holding, LEASE, type Lease } from '../src/rules/lease.js'

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)),
}))

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A lease that is taken at the given attempt, and notes what is asked of it and when. */
function noted({ takenAt = 1, renew = async (): Promise<unknown> => undefined } = {}) {
  const calls: string[] = []
  const holders = new Set<string>()
  let attempts = 0
  const note = (call: string, holder: string) => {
    holders.add(holder)
    calls.push(`${call} at ${Date.now()}`)
  }
  const lease: Lease = {
    async take(holder) {
      note('take', holder)
      attempts += 1
      return attempts >= takenAt
    },
    renew(holder) {
      note('renew', holder)
      return renew()
    },
    async giveBack(holder) {
      note('give back', holder)
    },
  }
  return { lease, calls, holders }
}

const working = (ms: number) => () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), ms))

test('a holder outlives fifteen seconds without a sign of life', () => {
  expect(LEASE).toBe(15_000)
})

describe('while the work goes on', () => {
  test.each([
    [
      'it is renewed every five seconds',
      12_000,
      ['take at 0', 'renew at 5000', 'renew at 10000', 'give back at 12000'],
    ],
    ['work that is short needs no renewal', 4_999, ['take at 0', 'give back at 4999']],
  ])('%s', async (_, takes, calls) => {
    const on = noted()
    const held = holding(on.lease, working(takes))
    await vi.runAllTimersAsync()
    await held
    expect(on.calls).toEqual(calls)
  })

  test('a renewal that fails costs neither the work nor the next renewal', async () => {
    const on = noted({ renew: () => Promise.reject(new Error('gone')) })
    const held = holding(on.lease, working(12_000))
    await vi.runAllTimersAsync()
    expect([await held, on.calls.length]).toEqual(['done', 4])
  })

  test('it has one holder', async () => {
    const on = noted()
    const held = holding(on.lease, working(12_000))
    await vi.runAllTimersAsync()
    await held
    expect(on.holders.size).toBe(1)
  })
})

describe('afterwards', () => {
  test('it resolves to what the work did', async () => {
    expect(await holding(noted().lease, async () => 'done')).toBe('done')
  })

  test('nothing is renewed any more', async () => {
    const on = noted()
    await holding(on.lease, async () => 'done')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(on.calls).toEqual(['take at 0', 'give back at 0'])
  })

  test('it was given back although the work failed, whose error it is', async () => {
    const on = noted()
    const error = new Error('work')
    const outcome = await holding(on.lease, () => Promise.reject(error)).catch((why: unknown) => why)
    expect([outcome, on.calls]).toEqual([error, ['take at 0', 'give back at 0']])
  })

  test('what became of the work is told, whatever became of the lease: it ends by itself', async () => {
    const lease = { ...noted().lease, giveBack: () => Promise.reject(new Error('the lease')) }
    expect(await holding(lease, async () => 'done')).toBe('done')
    await expect(holding(lease, () => Promise.reject(new Error('the work')))).rejects.toThrow('the work')
  })

  test('whoever waits is told when it was given back, and not before', async () => {
    const { lease } = noted()
    const giveBack = () => new Promise((resolve) => setTimeout(resolve, 50))
    const held = holding({ ...lease, giveBack }, async () => 'done').then(() => Date.now())
    await vi.runAllTimersAsync()
    expect(await held).toBe(50)
  })

  test('the next has another holder', async () => {
    const on = noted()
    await holding(on.lease, async () => 'one')
    await holding(on.lease, async () => 'two')
    expect(on.holders.size).toBe(2)
  })
})

describe('while somebody else holds it', () => {
  test('it is asked for again every tenth of a second, and the work waits', async () => {
    const on = noted({ takenAt: 3 })
    const work = vi.fn(async () => Date.now())
    const held = holding(on.lease, work)
    await vi.runAllTimersAsync()
    expect([await held, on.calls]).toEqual([200, ['take at 0', 'take at 100', 'take at 200', 'give back at 200']])
  })

  test.each([
    [0, 50],
    [0.25, 75],
    [1, 150],
  ])('the pauses are chance, from half of that to half more: %d', async (chance, pause) => {
    vi.spyOn(Math, 'random').mockReturnValue(chance)
    const on = noted({ takenAt: 2 })
    const held = holding(on.lease, async () => Date.now())
    await vi.runAllTimersAsync()
    expect(await held).toBe(pause)
  })

  test('for ten minutes and more, it is a timeout and the work is not done', async () => {
    const on = noted({ takenAt: Number.POSITIVE_INFINITY })
    const work = vi.fn()
    const outcome = holding(on.lease, work).catch((why: unknown) => why)
    await vi.runAllTimersAsync()
    expect([await outcome, work.mock.calls, Date.now()]).toEqual([
      expect.objectContaining({
        code: 'timeout',
        retryable: true,
        message: expect.stringMatching(/ the schema for ten minutes; see /),
      }),
      [],
      600_100,
    ])
  })

  test('a database that does not answer is an error at once', async () => {
    const error = new Error('gone')
    const { lease } = noted()
    await expect(holding({ ...lease, take: () => Promise.reject(error) }, async () => 'done')).rejects.toBe(error)
  })
})
