import { describe, expect, test } from 'vitest'
import { compact, Fields } from '../src/rules/fields.js'
import { kept, of, readAs, refused } from './read-fields.js'
import { fieldsTold } from './refused-fields.js'

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
    expect(fieldsTold(fields.problems)).toHaveLength(problems)
  })

  test.each([
    ['strict', 8],
    ['exact', 8],
    ['lenient', 0],
  ] as const)('is counted in bytes of UTF-8, but for that of spans: %s', (mode, bytes) => {
    const fields = of('é'.repeat(3), mode)
    fields.json('x')
    expect(fields.bytes).toBe(bytes)
  })

  test('is told how much it is, and how much may be', () => {
    const fields = of(sized(8_388_609))
    fields.json('x')
    expect(fields.problems[0]?.message).toMatch(/^makes 8388609 bytes .* at most 8388608,/)
  })
})

describe.each<[string, (fields: Fields) => unknown]>([
  ['an id', (fields) => fields.id('x')],
  ['hex digits', (fields) => fields.hex('x', 4)],
  ['a hash', (fields) => fields.hash('x')],
  ['a text', (fields) => fields.text('x')],
  ['a time', (fields) => fields.time('x')],
  ['a whole number', (fields) => fields.integer('x')],
  ['a number', (fields) => fields.number('x')],
  ['a flag', (fields) => fields.flag('x')],
  ['a choice', (fields) => fields.choice('x', ['a'])],
  ['an object', (fields) => fields.object('x')],
])('%s', (_, read) => {
  test.each([
    ['absent', undefined, 'strict', kept(undefined)],
    ['null', null, 'strict', refused],
    ['null in a span', null, 'lenient', kept(undefined)],
  ] as const)('that is %s', (__, value, mode, told) => {
    expect(readAs(value, read, mode)).toEqual(told)
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

  test('are told where one is unknown', () => {
    const { problems } = new Fields('thing', { c: 1 }, ['a', 'b'])
    expect(problems).toEqual([{ field: 'c', message: 'is not a field of thing; the fields are a, b' }])
  })

  test.each([
    ['x'.repeat(100), 'x'.repeat(100)],
    ['x'.repeat(101), 'x'.repeat(100)],
    ['a\0', 'a\ufffd'],
  ])('are told by a hundred characters of their names: %j', (key, field) => {
    expect(problemsOf({ [key]: 1 })).toEqual([field])
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
