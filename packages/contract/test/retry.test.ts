import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Moved, type Retry, retrying } from '../src/rules/retry.js'

/** Every pause, in milliseconds. */
const pauses = vi.hoisted((): number[] => [])

vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number) => {
    pauses.push(ms)
    return new Promise((resolve) => setTimeout(resolve, ms))
  },
}))

beforeEach(() => {
  pauses.length = 0
  vi.useFakeTimers({ now: 0 })
  vi.spyOn(Math, 'random').mockReturnValue(1)
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

interface Options {
  failures?: number
  error?: Error
  /** How long an attempt takes, in milliseconds. */
  takes?: number
  retry?: Retry | undefined
}

/** How work ends that fails some times, and after how many attempts. */
async function outcomeOf({ failures = 1_000_000, error = new Error('lost'), takes = 0, retry }: Options) {
  let attempts = 0
  const work = async () => {
    attempts += 1
    vi.advanceTimersByTime(takes)
    if (attempts <= failures) throw error
    return 'done'
  }
  const outcome = retrying(work, () => retry).catch((why: unknown) => why)
  await vi.runAllTimersAsync()
  return { outcome: await outcome, attempts }
}

describe('work', () => {
  test.each([
    ['that succeeds is done once', { failures: 0 }, 1],
    ['that may succeed at once is done again', { failures: 40, retry: 'again' }, 41],
    ['whose compare-and-set lost is done again whatever its error means', { failures: 3, error: new Moved() }, 4],
    ['whose key is taken is done again five times', { failures: 5, retry: 'taken' }, 6],
  ] as const)('%s', async (_, options, attempts) => {
    expect(await outcomeOf(options)).toEqual({ outcome: 'done', attempts })
  })

  test.each([
    ['that failed for good is not', { retry: undefined }, 1],
    ['whose key is taken is given up after that', { retry: 'taken' }, 6],
  ] as const)('%s', async (_, options, attempts) => {
    const error = new Error('as it was')
    expect(await outcomeOf({ ...options, error })).toEqual({ outcome: error, attempts })
  })
})

describe('fifteen seconds', () => {
  const lost = { failures: 1, error: new Moved() }

  test.each([
    ['that are not yet over', { ...lost, takes: 15_000 }, 2],
    ['and more', { ...lost, takes: 15_001 }, 1],
  ] as const)('%s', async (_, options, attempts) => {
    expect((await outcomeOf(options)).attempts).toBe(attempts)
  })

  test('without luck are a timeout, which is worth a retry', async () => {
    const { outcome } = await outcomeOf({ error: new Moved(), takes: 1_000 })
    expect(outcome).toMatchObject({
      name: 'StoreError',
      code: 'timeout',
      retryable: true,
      message: expect.stringMatching(/ changing the same record; try again$/),
    })
  })

  test('of an error of the database end with that error', async () => {
    const error = new Error('deadlock')
    expect((await outcomeOf({ error, takes: 1_000, retry: 'again' })).outcome).toBe(error)
  })
})

test('the pauses double, up to a fifth of a second', async () => {
  await outcomeOf({ failures: 10, retry: 'again' })
  expect(pauses).toEqual([2, 4, 8, 16, 32, 64, 128, 200, 200, 200])
})

test('the pauses are chance, so that two who met do not meet again', async () => {
  vi.spyOn(Math, 'random').mockReturnValue(0.25)
  await outcomeOf({ failures: 2, retry: 'again' })
  expect(pauses).toEqual([0.5, 1])
})
