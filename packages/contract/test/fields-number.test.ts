import { describe, expect, test } from 'vitest'
import type { Fields } from '../src/rules/fields.js'
import { MAX_TIMESTAMP } from '../src/time.js'
import { kept, of, readAs, refused } from './read-fields.js'

describe('a time', () => {
  const read = (fields: Fields) => fields.time('x')

  test.each([
    [0, 0],
    [MAX_TIMESTAMP, MAX_TIMESTAMP],
    [1_750_000_000_000.123, 1_750_000_000_000.123],
    [1.0004, 1],
    [1.0006, 1.001],
  ])('%d is %d', (value, at) => {
    expect(readAs(value, read)).toEqual(kept(at))
  })

  test.each([-1, -0.001, MAX_TIMESTAMP + 0.01, Number.NaN, Number.POSITIVE_INFINITY, '1', new Date(1)])(
    'not %s',
    (value) => {
      expect(readAs(value, read)).toEqual(refused)
    },
  )
})

test.each([
  [0, 'lenient', 1],
  [99_999_999_999, 'lenient', 1],
  [100_000_000_000, 'lenient', 0],
  [99_999_999_999, 'strict', 0],
] as const)('a time like that of a clock in seconds is kept, and marked in a span: %d, %s', (value, mode, repairs) => {
  expect(readAs(value, (fields) => fields.time('x'), mode)).toEqual({ kept: value, problems: 0, repairs })
})

describe('a number', () => {
  test('is 0 where it is -0', () => {
    expect(of(-0).integer('x')).toBe(0)
    expect(of(-0).number('x')).toBe(0)
    expect(of(-0).time('x')).toBe(0)
  })

  test.each([
    [0, true],
    [5, true],
    [-1, false],
    [6, false],
    [1.5, false],
    [Number.NaN, false],
    ['1', false],
  ])('whole, from 0 to 5: %s', (value, fits) => {
    expect(readAs(value, (fields) => fields.integer('x', 0, 5))).toEqual(fits ? kept(value) : refused)
  })

  test.each([
    [Number.MAX_SAFE_INTEGER, true],
    [Number.MAX_SAFE_INTEGER + 1, false],
    [-1, false],
  ])('whole, unless told: %s', (value, fits) => {
    expect(readAs(value, (fields) => fields.integer('x'))).toEqual(fits ? kept(value) : refused)
  })

  test.each([
    [0.1, true],
    [-5, true],
    [Number.POSITIVE_INFINITY, false],
    [Number.NaN, false],
    ['1', false],
    [1n, false],
  ])('any: %s', (value, fits) => {
    expect(readAs(value, (fields) => fields.number('x'))).toEqual(fits ? kept(value) : refused)
  })
})

test.each([
  [true, kept(true)],
  [false, kept(false)],
  [0, refused],
  ['true', refused],
])('a flag: %s', (value, told) => {
  expect(readAs(value, (fields) => fields.flag('x'))).toEqual(told)
})

test.each([
  [-1, 'a number below 0'],
  [-0.5, 'a number below 0'],
  [Number.NEGATIVE_INFINITY, 'a number below 0'],
  [6, 'a number above 5'],
  [5.5, 'a number above 5'],
  [0.5, 'a number with a fraction'],
  [Number.NaN, 'NaN'],
  ['7', 'a string of 1 character'],
  [[7], 'an array of 1'],
])('what is not a whole number from 0 to 5 is told what it is: %s', (value, what) => {
  const fields = of(value)
  fields.integer('x', 0, 5)
  expect(fields.problems).toEqual([{ field: 'x', message: `is ${what}; give a whole number from 0 to 5` }])
})
