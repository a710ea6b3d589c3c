import { describe, expect, test } from 'vitest'
import { compact, Fields } from '../src/rules/fields.js'
import { MAX_TIMESTAMP } from '../src/time.js'
import { fieldsRepaired, fieldsTold } from './refused-fields.js'

type Mode = 'strict' | 'lenient'
const of = (x: unknown, mode: Mode = 'strict') => new Fields('thing', { x }, ['x'], mode)

/** What a reader makes of a value: what is kept, what is wrong, what was repaired. */
function readAs(value: unknown, read: (fields: Fields) => unknown, mode: Mode = 'strict') {
  const fields = of(value, mode)
  const kept = read(fields)
  return { kept, problems: fieldsTold(fields.problems).length, repairs: fieldsRepaired(fields.repairs).length }
}
const kept = (value: unknown) => ({ kept: value, problems: 0, repairs: 0 })
const refused = { kept: undefined, problems: 1, repairs: 0 }

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
  test.each<[string, unknown, Mode, unknown]>([
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

  test.each(['a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), 'g'.repeat(64), `${'a'.repeat(64)}\n`, 7])(
    'not %j',
    (value) => {
      expect(readAs(value, read)).toEqual(refused)
    },
  )
})

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

describe('a number', () => {
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
  ['a', kept('a')],
  ['b', kept('b')],
  ['A', refused],
  ['', refused],
  [0, refused],
])('one of a, b: %j', (value, told) => {
  expect(readAs(value, (fields) => fields.choice('x', ['a', 'b']))).toEqual(told)
})

test.each([
  [{}, kept({})],
  [{ a: 1 }, kept({ a: 1 })],
  [[], refused],
  ['{}', refused],
  [7, refused],
])('an object: %j', (value, told) => {
  expect(readAs(value, (fields) => fields.object('x'))).toEqual(told)
})

describe('the JSON of one input', () => {
  const sized = (bytes: number) => 'x'.repeat(bytes - 2)

  test.each([
    ['8 MiB', [8_388_608], 0],
    ['a byte more', [8_388_609], 1],
    ['8 MiB together', [4_194_304, 4_194_304], 0],
    ['a byte more together', [4_194_304, 4_194_305], 1],
    ['each field that is too much is named', [4_194_304, 4_194_305, 10], 2],
  ])('may have %s', (_, sizes, problems) => {
    const names = sizes.map((__, i) => `x${i}`)
    const input = Object.fromEntries(sizes.map((size, i) => [`x${i}`, sized(size)]))
    const fields = new Fields('thing', input, names)
    for (const name of names) fields.json(name)
    expect(fields.problems).toHaveLength(problems)
  })

  test('is counted in bytes of UTF-8', () => {
    const fields = of('é'.repeat(3))
    fields.json('x')
    expect(fields.bytes).toBe(8)
  })
})

describe('the fields of an input', () => {
  const problemsOf = (input: unknown, clearable: string[] = []) =>
    fieldsTold(new Fields('thing', input, ['a', 'b'], 'strict', '', clearable).problems)

  test.each<[unknown, string[]]>([
    [{ a: 1 }, []],
    [{ a: 1, c: undefined }, []],
    [{ a: 1, c: 2, d: null }, ['c', 'd']],
    [{ a: null }, ['a']],
    [{ __proto__: { c: 1 } }, []],
    [null, ['thing']],
    [[], ['thing']],
    ['a', ['thing']],
    [undefined, ['thing']],
  ])('%j', (input, problems) => {
    expect(problemsOf(input)).toEqual(problems)
  })

  test('may be cleared where that is said', () => {
    expect(problemsOf({ a: null, b: null }, ['b'])).toEqual(['a'])
  })

  test('are named by where they stand', () => {
    const fields = new Fields('thing', { a: 1 }, ['a'], 'strict', 'list[3]')
    fields.id('a')
    expect(fields.problems[0]?.field).toBe('list[3].a')
  })

  test.each([
    [undefined, 1],
    [null, 2],
  ])('that are required are told once: %s', (x, problems) => {
    const fields = of(x)
    fields.required('x', fields.id('x'), 'give it')
    expect(fields.problems).toHaveLength(x === null ? 1 : problems)
  })

  test('that are required are not to be left out where they are null', () => {
    const fields = new Fields('thing', { a: null }, ['a'])
    fields.required('a', fields.id('a'), 'give it')
    expect(fields.problems).toEqual([{ field: 'a', message: 'is null; give it' }])
  })

  test('that are required and wrong are told as wrong', () => {
    const fields = of(7)
    fields.required('x', fields.id('x'), 'give it')
    expect(fields.problems.map(({ message }) => message)).toEqual(['is a number; give a text'])
  })
})

test.each<[unknown, object]>([
  ['x', {}],
  ['\0', { repairs: [{ field: 'x', reason: 'NUL characters or lone surrogates were replaced by U+FFFD' }] }],
])('the marks of %j', (value, marks) => {
  const fields = of(value)
  fields.text('x')
  expect(fields.marks()).toEqual(marks)
})

test('what is absent is left out, and nothing else', () => {
  const value = { a: undefined, b: null, c: 0, d: '', e: false }
  expect(Object.entries(compact(value))).toEqual([
    ['b', null],
    ['c', 0],
    ['d', ''],
    ['e', false],
  ])
})
