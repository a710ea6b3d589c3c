import { describe, expect, test } from 'vitest'
import { cleanJson, type Findings, type Strictness } from '../src/rules/clean-json.js'
import { fieldsRepaired, fieldsTold } from './refused-fields.js'

function clean(value: unknown, mode: Strictness = 'strict') {
  const found: Findings = { problems: [], repairs: [] }
  const json = cleanJson(value, 'x', mode, found)
  const said = [...found.problems.map(({ message }) => message), ...found.repairs.map(({ reason }) => reason)]
  return { json, said, problems: fieldsTold(found.problems), repairs: fieldsRepaired(found.repairs) }
}

describe('of many problems a hundred are told', () => {
  const wrong = Array(150).fill(Number.NaN)

  test.each<[what: string, value: object]>([
    ['of an array', wrong],
    ['of an object', Object.assign({}, wrong)],
    ['of arrays within an array', [wrong.slice(0, 99), wrong]],
    ['of objects within an object', { a: Object.assign({}, wrong.slice(0, 99)), b: Object.assign({}, wrong) }],
  ])('%s', (_, value) => {
    expect(clean(value, 'strict').problems).toHaveLength(100)
    expect(clean(value, 'exact').problems).toHaveLength(100)
  })
})

describe('how much one value may hold', () => {
  const text = 'x'.repeat(262_144)

  test.each<[what: string, value: () => unknown]>([
    ['33,554,432 characters', () => Array(128).fill(text)],
    [
      '33,554,432 characters with those of keys',
      () => ({ ['k'.repeat(1024)]: [...Array(127).fill(text), text.slice(1024)] }),
    ],
    ['1,000,000 arrays and objects', () => Array(999_999).fill({})],
  ])('%s are kept', (_, value) => {
    expect(clean(value())).toMatchObject({ problems: [], repairs: [] })
  })

  test.each<[what: string, value: () => unknown, first: string]>([
    ['8,388,608 items', () => Array(8_388_608), 'x[0]'],
    ['8,388,608 items and keys', () => ({ list: Array(8_388_607) }), 'x.list[0]'],
  ])('%s are looked at one by one', (_, value, first) => {
    expect(clean(value()).problems[0]).toBe(first)
  })

  test.each<[what: string, value: () => unknown, limit: string]>([
    ['character', () => Array(128).fill(text).concat('x'), '33554432 characters'],
    ['character of a key', () => ({ k: Array(128).fill(text) }), '33554432 characters'],
    ['array', () => Array(1_000_000).fill([]), '1000000 arrays and objects'],
    ['object', () => Array(1_000_000).fill({}), '1000000 arrays and objects'],
    ['item', () => ['first', Array(8_388_607)], '8388608 items and keys'],
    ['key', () => [Array(8_388_605).fill(0), { a: 1, b: 2 }], '8388608 items and keys'],
    ['item beside a key', () => ({ list: Array(8_388_608) }), '8388608 items and keys'],
  ])('one %s more is refused, and in a span the value is replaced', (_, value, limit) => {
    const refused = clean(value())
    expect(refused).toMatchObject({ problems: ['x'], repairs: [] })
    expect(refused.said[0]).toContain(limit)
    const { json, problems, repairs } = clean([Number.NaN, value()], 'lenient')
    expect({ json, problems, repairs }).toEqual({ json: '[too large]', problems: [], repairs: ['x'] })
  })
})

test('a list that a toJSON says is counted with what stands around it', () => {
  const { json, repairs } = clean(['first', { toJSON: () => Array(8_388_607) }], 'lenient')
  expect({ json, repairs }).toEqual({ json: '[too large]', repairs: ['x'] })
})

describe('what stands in its place, in a span', () => {
  const loop: unknown[] = []
  loop.push(loop)
  const nested = (levels: number, within: unknown): unknown => (levels === 0 ? within : [nested(levels - 1, within)])
  const throwing = () => {
    throw new Error('secret')
  }

  test.each<[what: string, value: unknown, json: unknown]>([
    ['of what contains itself', loop, ['[circular]']],
    ['of what is nested too deep', nested(64, []), nested(64, '[too deep]')],
    ['of what cannot be read', Object.defineProperty({}, 'a', { enumerable: true, get: throwing }), '[unreadable]'],
  ])('%s', (_, value, json) => {
    expect(clean(value, 'lenient').json).toEqual(json)
  })
})

describe('keys', () => {
  test.each<[what: string, mode: Strictness, value: object, keys: string[]]>([
    ['as they came', 'strict', { b: 1, a: 2, c: 3 }, ['b', 'a', 'c']],
    ['as they came', 'exact', { b: 1, a: 2, c: 3 }, ['b', 'a', 'c']],
    ['as they came, one of them repaired', 'strict', { 'b\0': 1, a: 2 }, ['b\ufffd', 'a']],
    ['as they came', 'lenient', { b: 1, a: 2, c: 3 }, ['b', 'a', 'c']],
    ['as they came, those that are repaired too', 'lenient', { '\0': 1, a: 2, c: 3 }, ['\ufffd', 'a', 'c']],
  ])('are %s: %s', (_, mode, value, keys) => {
    expect(Object.keys(clean(value, mode).json as object)).toEqual(keys)
  })

  test.each(['exact', 'strict', 'lenient'] as const)('named __proto__ are like any other: %s', (mode) => {
    const { json } = clean(JSON.parse('{ "__proto__": 1 }'), mode)
    const property = { value: 1, configurable: true, enumerable: true, writable: true }
    expect(Object.getOwnPropertyDescriptor(json, '__proto__')).toEqual(property)
  })

  test('are told by their first hundred characters', () => {
    expect(clean({ [' '.repeat(101)]: Number.NaN }).problems).toEqual([`x["${' '.repeat(100)}"]`])
    expect(clean({ ['k'.repeat(101)]: Number.NaN }).problems).toEqual([`x["${'k'.repeat(100)}"]`])
    expect(clean({ ['k'.repeat(100)]: Number.NaN }).problems).toEqual([`x.${'k'.repeat(100)}`])
  })

  test('with a NUL character are refused where they must be what was given, and it is said why', () => {
    expect(clean({ 'a\0': 1, b: '\ud800' }, 'exact').problems).toEqual(['x["a\ufffd"]', 'x.b'])
  })
})
