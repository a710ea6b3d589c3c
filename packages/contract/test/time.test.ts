import { describe, expect, test } from 'vitest'
import { newId } from '../src/ids.js'
import { dayOf, fromIso, fromMicroseconds, MAX_TIMESTAMP, toIso, toMicroseconds } from '../src/time.js'

/** Times, what they are in microseconds, and as text. */
const TIMES: readonly [number, number, string][] = [
  [0, 0, '1970-01-01T00:00:00.000000Z'],
  [0.001, 1, '1970-01-01T00:00:00.000001Z'],
  [0.999, 999, '1970-01-01T00:00:00.000999Z'],
  [1, 1000, '1970-01-01T00:00:00.001000Z'],
  [86_399_999.999, 86_399_999_999, '1970-01-01T23:59:59.999999Z'],
  [86_400_000, 86_400_000_000, '1970-01-02T00:00:00.000000Z'],
  [1_750_000_000_000.25, 1_750_000_000_000_250, '2025-06-15T15:06:40.000250Z'],
  [1_750_000_000_000.001, 1_750_000_000_000_001, '2025-06-15T15:06:40.000001Z'],
  [1_709_164_800_000, 1_709_164_800_000_000, '2024-02-29T00:00:00.000000Z'],
  [MAX_TIMESTAMP, MAX_TIMESTAMP * 1000, '2248-09-26T15:10:22.208000Z'],
  [MAX_TIMESTAMP - 0.001, MAX_TIMESTAMP * 1000 - 1, '2248-09-26T15:10:22.207999Z'],
]

describe('a time', () => {
  test.each(TIMES)('%d is %d microseconds, and back', (at, micros) => {
    expect([toMicroseconds(at), toMicroseconds(fromMicroseconds(micros))]).toEqual([micros, micros])
  })

  test.each(TIMES)('%d (%d) is %s, and back', (at, micros, text) => {
    expect([toIso(at), toMicroseconds(fromIso(text))]).toEqual([text, micros])
  })

  test.each([
    ['2024-02-29T00:00:00', 1_709_164_800_000],
    ['2024-02-29T00:00:00Z', 1_709_164_800_000],
    ['2024-02-29 00:00:00.5', 1_709_164_800_500],
    ['2024-02-29 23:59:59.000012', 1_709_251_199_000.012],
    ['2024-02-29T00:00:00.120Z', 1_709_164_800_120],
  ])('%s is read as a database may write it', (text, at) => {
    expect(fromIso(text)).toBe(at)
  })

  test.each([
    '',
    'x',
    '2024-02-29',
    '2024-02-29T00:00',
    '2024-13-29T00:00:00Z',
    '2024-02-29T24:00:00Z',
    '2024-02-29T00:60:00Z',
    '2024-02-29T00:00:60Z',
    '2024-02-29T00:0x:00Z',
    '2024-02-29T00-00-00Z',
    '2024-02-29x00:00:00Z',
    '2024-02-29T00:00:00x000000Z',
    '2024-02-29T00:00:00.0000x0Z',
    '02024-02-29T00:00:00Z',
    '9'.repeat(40),
  ])('%j is none', (text) => {
    expect(fromIso(text)).toBeNaN()
  })

  test.each([
    [0.0004, 0],
    [0.0005, 1],
    [0.9994, 999],
    [0.9996, 1000],
    [1_750_000_000_000.9998, 1_750_000_000_001_000],
  ])('%d is rounded to the microsecond', (at, micros) => {
    expect(toMicroseconds(at)).toBe(micros)
  })

  test.each([
    [86_399_999.999, '1970-01-01'],
    [86_400_000, '1970-01-02'],
    [86_399_999.9999, '1970-01-02'],
    [0, '1970-01-01'],
  ])('%d is of the day %s', (at, day) => {
    expect(dayOf(at)).toBe(day)
  })

  test('is later as a text where it is later', () => {
    const texts = TIMES.map(([at]) => toIso(at))
    const byTime = [...TIMES].sort(([a], [b]) => a - b).map(([at]) => toIso(at))
    expect(texts.sort()).toEqual(byTime)
  })
})

test('an id made later sorts later', () => {
  const ids = Array.from({ length: 100 }, newId)
  expect([...ids].sort()).toEqual(ids)
})

test('an id is a UUIDv7', () => {
  expect(newId()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})
