import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { cleanJson, type Findings, type Strictness } from '../src/rules/clean-json.js'
import { isAllShown, readable } from '../src/rules/own-json.js'
import { fieldsRepaired, fieldsTold } from './refused-fields.js'

function clean(value: unknown, mode: Strictness) {
  const found: Findings = { problems: [], repairs: [] }
  const json = cleanJson(value, 'x', mode, found)
  return { json, problems: fieldsTold(found.problems), repairs: fieldsRepaired(found.repairs) }
}

class Self {
  readonly a = 1
  toJSON() {
    return this
  }
}

describe('an object with a class, in a span', () => {
  test.each<[what: string, value: object, json: unknown]>([
    ['a text that is an object', new String('a'), 'a'],
    ['a number that is an object', new Number(1), 1],
    ['a boolean that is an object', new Boolean(false), false],
    ['a toJSON that says null', { toJSON: () => null }, null],
    ['a Date that is none', new Date(Number.NaN), null],
    ['a toJSON that says the object itself', new Self(), { a: 1 }],
  ])('%s is its JSON, and no mark', (_, value, json) => {
    expect(clean(value, 'lenient')).toEqual({ json, problems: [], repairs: [] })
  })

  test.each<[what: string, value: object, json: unknown]>([
    ['an error', new TypeError('down'), 'TypeError: down'],
    ['an error with more than a message', Object.assign(new Error('down'), { code: 'E1' }), 'Error: down'],
    ['bytes', new Uint8Array([1, 2]), '[a Uint8Array]'],
    ['an object of a class that shows nothing', new (class Token {})(), '[a Token]'],
  ])('%s is something readable, and marked', (_, value, json) => {
    expect(clean(value, 'lenient')).toEqual({ json, problems: [], repairs: ['x'] })
  })
})

describe('something readable', () => {
  test.each<[what: string, value: unknown, text: string]>([
    ['of a bigint', 12n, '12'],
    ['of a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['of a Date that is none', new Date(Number.NaN), '[a Date]'],
    ['of an error', new RangeError('a\0b'), 'RangeError: a\ufffdb'],
    ['of a function', () => 1, '[a function]'],
  ])('%s', (_, value, text) => {
    expect(readable(value)).toBe(text)
  })
})

describe('an error that is not as errors are', () => {
  const named = (name: unknown, message: unknown = 'down') => Object.assign(new Error(), { name, message })
  const throwing = {
    toString() {
      throw new Error('secret')
    },
  }

  test.each<[what: string, error: Error, text: string]>([
    ['a NUL character in its name', named('Bad\0Name'), 'Bad\ufffdName: down'],
    ['a lone surrogate in its name', named('Bad\ud800'), 'Bad\ufffd: down'],
    ['half a character each in its name and its message', named('a\ud83d', '\ude00'), 'a\ufffd: \ufffd'],
    ['a symbol for a name', named(Symbol('q')), 'Symbol(q): down'],
    ['a name that cannot be told', named(throwing), '[a Error]'],
    ['a message that cannot be told', named('E', throwing), '[a Error]'],
  ])('has %s: in a span it is a text, and costs nothing beside it', (_, error, text) => {
    expect(clean({ error, other: 1 }, 'lenient')).toEqual({
      json: { error: text, other: 1 },
      problems: [],
      repairs: ['x.error'],
    })
    expect(clean({ error }, 'strict').problems).toEqual(['x.error'])
  })

  test('has a message that is too long: it is cut, and marked for that as well', () => {
    const { json, repairs } = clean([new Error('m'.repeat(300_000))], 'lenient')
    expect(json).toEqual([`Error: ${'m'.repeat(262_137)}`])
    expect(repairs).toEqual(['x[0]', 'x[0]'])
  })

  test('counts as the text that it becomes', () => {
    const error = new Error('m'.repeat(300_000))
    expect(clean(Array(100_000).fill(error), 'lenient').json).toBe('[too large]')
  })
})

describe('what is inherited from a class is not taken for plain', () => {
  test.each<[what: string, prototype: object]>([
    ['an object', { a: 1 }],
    ['an object that looks like the prototype of plain objects', { isPrototypeOf: 1 }],
    ['an object without a prototype', Object.create(null)],
  ])('%s', (_, prototype) => {
    const value = Object.assign(Object.create(prototype), { b: 1 })
    expect(clean(value, 'strict').problems).toEqual(['x'])
    expect(clean(value, 'exact').problems).toEqual(['x'])
  })
})

describe('all of a value is shown by JSON', () => {
  const get = () => 'r'
  const like = (properties: object) => Object.setPrototypeOf({ a: 1 }, Object.create(null, properties as never))

  test.each<[what: string, value: () => object]>([
    ['of an object', () => ({ a: 1, b: undefined })],
    ['of an object without a prototype', () => Object.assign(Object.create(null), { a: 1 })],
    ['of an array', () => [1, undefined]],
    ['of an empty array', () => []],
    ['of an object of another realm', () => runInNewContext('({ a: 1 })')],
    ['of an array of another realm', () => runInNewContext('[1]')],
    ['of an array of 100,000', () => Array(100_000).fill(1)],
    ['of an array of 100,001', () => Array(100_001).fill(1)],
  ])('%s', (_, value) => {
    expect(isAllShown(value())).toBe(true)
  })

  test.each<[what: string, value: () => object]>([
    ['what is hidden', () => Object.defineProperty({ a: 1 }, 'path', { value: 1 })],
    ['what is computed', () => Object.defineProperty({ a: 1 }, 'path', { enumerable: true, get })],
    ['what is under a symbol', () => ({ a: 1, [Symbol('path')]: 1 })],
    ['an item that is hidden', () => Object.defineProperty([1], 0, { enumerable: false })],
    ['an item that is computed', () => Object.defineProperty([1, 2], 1, { get })],
    ['a place of an array that is empty', () => Object.assign([], { 1: 'r' })],
    ['what is beside the items of an array', () => Object.assign([1], { path: 1 })],
    ['what is beside 100,000 items', () => Object.assign(Array(100_000).fill(1), { path: 1 })],
    ['what is inherited by an array', () => Object.setPrototypeOf([1], Object.create(Array.prototype))],
    ['what is inherited from an object', () => Object.create({ a: 1 })],
    ['what is inherited from an object that has nothing', () => Object.create({})],
    ['what is hidden in a prototype', () => like({ isPrototypeOf: { value: 1 }, path: { value: 1 } })],
    ['what is hidden first in a prototype', () => like({ path: { value: 1 }, isPrototypeOf: { value: 1 } })],
    ['what can be seen in a prototype', () => like({ isPrototypeOf: { value: 1, enumerable: true } })],
  ])('but not %s', (_, value) => {
    expect(isAllShown(value())).toBe(false)
  })

  test('what is refused for it is told by its own field', () => {
    const { problems } = clean({ list: Object.assign([], { 1: 'r' }) }, 'exact')
    expect(problems).toEqual(['x.list'])
  })
})
