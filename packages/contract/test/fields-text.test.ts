import { describe, expect, test } from 'vitest'
import type { Strictness } from '../src/rules/clean-json.js'
import type { Fields } from '../src/rules/fields.js'
import { kept, of, readAs, refused } from './read-fields.js'

describe('an id', () => {
  test.each(['x', 'x'.repeat(128), 'é'.repeat(64), '🜁'.repeat(32), ' ', '0'])('may be %s', (id) => {
    expect(readAs(id, (fields) => fields.id('x'))).toEqual(kept(id))
  })

  test.each([
    'x'.repeat(129),
    `${'é'.repeat(64)}x`,
    '🜁'.repeat(33),
    '',
    'a\0',
    '\ud800',
    'a\udc00',
    7,
    {},
    ['x'],
    true,
  ])('may not be %j', (id) => {
    expect(readAs(id, (fields) => fields.id('x'))).toEqual(refused)
  })
})

describe('a name', () => {
  test.each<[string, unknown, Strictness, unknown]>([
    ['of 255 characters', 'x'.repeat(255), 'strict', kept('x'.repeat(255))],
    ['of 256 is refused', 'x'.repeat(256), 'strict', refused],
    ['of 255 in a span', 'x'.repeat(255), 'lenient', kept('x'.repeat(255))],
    ['of 256 in a span is cut', 'x'.repeat(256), 'lenient', { kept: 'x'.repeat(255), problems: 0, repairs: 1 }],
    [
      'is cut between characters',
      `${'x'.repeat(254)}🜁`,
      'lenient',
      { kept: expect.stringMatching(/^x{254}\ufffd?$/), problems: 0, repairs: 1 },
    ],
    ['may be empty', '', 'strict', kept('')],
    ['that is compared is kept as it came', 'é🜁', 'exact', kept('é🜁')],
    ['that is compared is not repaired', 'a\0', 'exact', refused],
    ['that is compared is not cut', 'x'.repeat(256), 'exact', refused],
    ['that is not is repaired', 'a\0\ud800', 'strict', { kept: 'a\ufffd\ufffd', problems: 0, repairs: 1 }],
    ['is a text', 7, 'strict', refused],
  ])('%s', (_, value, mode, told) => {
    expect(readAs(value, (fields) => fields.name('x'), mode)).toEqual(told)
  })
})

describe('a text', () => {
  test.each<[string, number | undefined, number, boolean]>([
    ['of 10,000 characters', undefined, 10_000, true],
    ['of 10,001', undefined, 10_001, false],
    ['of its own most', 3, 3, true],
    ['of one more', 3, 4, false],
  ])('%s', (_, max, length, fits) => {
    const told = readAs('x'.repeat(length), (fields) => fields.text('x', max))
    expect(told).toEqual(fits ? kept('x'.repeat(length)) : refused)
  })
})

describe('hex digits', () => {
  const read = (fields: Fields) => fields.hex('x', 4)

  test.each([
    ['00a1', '00a1'],
    ['ABCD', 'abcd'],
    ['0001', '0001'],
    ['1000', '1000'],
  ])('%s', (value, id) => {
    expect(readAs(value, read)).toEqual(kept(id))
  })

  test.each(['0000', 'abc', 'abcde', 'abcg', '', 'ab d', 7, '0xab'])('not %j', (value) => {
    expect(readAs(value, read)).toEqual(refused)
  })
})

describe('a hash', () => {
  const read = (fields: Fields) => fields.hash('x')

  test.each(['0'.repeat(64), 'abcdef01'.repeat(8)])('%s', (value) => {
    expect(readAs(value, read)).toEqual(kept(value))
  })

  test.each([
    'a'.repeat(63),
    'a'.repeat(65),
    'A'.repeat(64),
    'g'.repeat(64),
    `${'a'.repeat(64)}\n`,
    ['a'.repeat(64)],
    7,
  ])('not %j', (value) => {
    expect(readAs(value, read)).toEqual(refused)
  })
})

test.each([
  ['a', kept('a')],
  ['b', kept('b')],
  ['A', refused],
  ['', refused],
  [0, refused],
])('one of a, b: %j', (value, told) => {
  expect(readAs(value, (fields) => fields.choice('x', ['a', 'b']))).toEqual(told)
})

test('what is none of a, b is told which there are', () => {
  const fields = of('c')
  fields.choice('x', ['a', 'b'])
  expect(fields.problems[0]?.message).toMatch(/; give one of a, b$/)
})
