import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import { isExactJson } from '../src/rules/exact-json.js'
import { isPlainJson, storedJson } from '../src/rules/stored.js'

const exact = (text: string) => isExactJson(text, JSON.parse(text))

describe('a text of JSON that says nothing but its value', () => {
  test.each([
    '{"a":1,"b":[{"a":2},{"a":3}]}',
    '{ "a" : 1 , "b" : {} }',
    `{"a"${' '.repeat(25)}:1,"b":"c"${'\n'.repeat(25)}}`,
    '"a\\":1"',
    '{"a":"\\"b\\":1,\\\\","c":["d:",":"]}',
    '[]',
    'null',
    '-1',
    '0.1',
    '1e300',
    '5e-324',
    '0e5',
    '-0.0',
    '1.0E+5',
    '1.2345678901234568e-7',
    '0.00000012345678901234568',
    '100000000000000000000',
    '123456789012345680000.000',
    '-9007199254740992',
    '0.00000000000000000000',
    `1${'0'.repeat(308)}`,
  ])('%s', (text) => {
    expect(exact(text)).toBe(true)
  })
})

test('zeros within a number of any length cost no more than its digits', () => {
  const replace = vi.spyOn(String.prototype, 'replace')
  const isExact = isExactJson(`1${'0'.repeat(1_000)}1`, 0)
  const patterns = replace.mock.calls.map(([pattern]) => String(pattern))
  replace.mockRestore()
  expect(isExact).toBe(false)
  expect(patterns.filter((pattern) => !pattern.startsWith('/^'))).toEqual([])
})

describe('a text of JSON that says more than its value', () => {
  test.each([
    ['a key twice', '{"a":1,"a":2}'],
    ['a key twice with blanks', '{"a" : 1, "a" : 1}'],
    ['a key twice with many blanks', `{"a":1,"a"${' '.repeat(25)}:2}`],
    ['a key twice, the second written otherwise', '{"a":1,"\\u0061":2}'],
    ['a key twice within', '[{"b":{"a":1,"a":1}}]'],
    ['a whole number that is none', '9007199254740993'],
    ['one below zero', '-9007199254740993'],
    ['a fraction that is none', '[0.1000000000000000055]'],
    ['a number that is too large', '1e400000000000000'],
    ['one that is too small', '{"a":1.0000000000e-400}'],
    ['a short one that is too small', '{"a":1e-400}'],
    ['a short one that is too large', '1e400'],
    ['one that is rounded to the least', '[7e-324]'],
  ])('%s', (_, text) => {
    expect(exact(text)).toBe(false)
  })
})

test('every double as JavaScript writes it is one', () => {
  for (let n = 0; n < 1000; n++) {
    const double = (Math.random() - 0.5) * 10 ** (Math.random() * 600 - 300)
    expect(exact(JSON.stringify([double]))).toBe(true)
  }
})

test('what is no JSON is told without a word of it', () => {
  let failure: unknown
  try {
    storedJson('the secret of Maria')
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ code: 'internal', retryable: false })
  expect(inspect(failure, { depth: 10, showHidden: true })).not.toContain('Maria')
})

describe('JSON as it is read', () => {
  class Hex {
    toJSON = () => 'ff'
  }
  test.each([
    [true, 'a'],
    [true, null],
    [true, { a: [1, { b: false }] }],
    [false, undefined],
    [false, 1n],
    [false, NaN],
    [false, new Date(0)],
    [false, { a: [new Hex()] }],
    [false, { a: Infinity }],
    [false, /a/],
  ])('is %s of %s', (plain, value) => {
    expect(isPlainJson(value)).toBe(plain)
  })
})
