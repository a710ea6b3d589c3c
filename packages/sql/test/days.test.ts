import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Days } from '../src/dialects/days.js'
import type { Failure } from '../src/dialects/dialect.js'

const DAY = 86_400_000
const MINUTE = 60_000
const [TODAY, TOMORROW, IN_TWO, IN_THREE] = ['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26']
const AHEAD = [TODAY, TOMORROW, IN_TWO, IN_THREE]
const NOON = Date.parse(`${TODAY}T12:00:00Z`)

beforeEach(() => void vi.useFakeTimers({ now: NOON }))
afterEach(() => void vi.useRealTimers())

/** Days of which some cannot be made, and what was tried, in its order. */
function daysBut(refused: readonly string[], meaning: Failure) {
  const tried: string[] = []
  const make = async (day: string) => {
    tried.push(day)
    if (refused.includes(day)) throw new Error('it cannot be made')
  }
  return { tried, days: new Days(make, () => meaning) }
}

const INTERNAL = { code: 'internal' } as const

test('a day that cannot be made holds up no other', async () => {
  const { tried, days } = daysBut([TODAY], INTERNAL)
  await days.ensure([NOON])
  expect([...new Set(tried)]).toEqual(AHEAD)
})

test('a day that cannot be made is not tried again', async () => {
  const { tried, days } = daysBut([TODAY], INTERNAL)
  await days.ensure([NOON])
  const before = tried.length
  await vi.advanceTimersByTimeAsync(10 * MINUTE)
  await days.ensure([NOON])
  expect(tried).toHaveLength(before)
})

test('a day that another process was in the way of is made at the second attempt', async () => {
  const tried: string[] = []
  const make = async (day: string) => {
    tried.push(day)
    if (tried.length === 1) throw new Error('the range is another now')
  }
  await new Days(make, () => INTERNAL).ensure([NOON])
  expect(tried).toEqual([TODAY, ...AHEAD])
})

for (const meaning of [{ code: 'timeout', retry: 'again' }, { code: 'unavailable' }] as const)
  test(`what means ${JSON.stringify(meaning)} is in the way of every day, for a minute`, async () => {
    const { tried, days } = daysBut(AHEAD, meaning)
    await days.ensure([NOON])
    expect(tried).toEqual([TODAY])
    await vi.advanceTimersByTimeAsync(MINUTE)
    await days.ensure([NOON])
    expect(tried).toEqual([TODAY, TODAY])
  })

test('where this user may not make days, nobody asks again for an hour', async () => {
  const { tried, days } = daysBut(AHEAD, { code: 'unavailable', refused: true })
  for (const minutes of [0, 1, 58]) {
    await vi.advanceTimersByTimeAsync(minutes * MINUTE)
    await days.ensure([NOON])
  }
  expect(tried).toEqual([TODAY])
  await vi.advanceTimersByTimeAsync(MINUTE)
  await days.ensure([NOON])
  expect(tried).toEqual([TODAY, TODAY])
})

test('today and the days ahead are made before older ones', async () => {
  const { tried, days } = daysBut([], INTERNAL)
  await days.ensure([NOON - 5 * DAY, NOON - 9 * DAY])
  expect(tried).toEqual([...AHEAD, '2026-11-14', '2026-11-18'])
})
