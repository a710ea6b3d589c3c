import { expect, test } from 'vitest'
import { kindOf } from '../src/rules/kind-of.js'

/** An object of a class with this name. */
const of = (name: unknown) => new (Object.defineProperty(class {}, 'name', { value: name }))()

test.each<[string, string, () => unknown]>([
  ['null', 'null', () => null],
  ['nothing', 'undefined', () => undefined],
  ['an array of 0', '[]', () => []],
  ['an array of 2', 'an array', () => ['secret', 'secret']],
  ['an empty string', 'an empty text', () => ''],
  ['a string of 1 character', 'a letter', () => 'x'],
  ['a string of 6 characters', 'a word', () => 'secret'],
  ['a number', '7', () => 7],
  ['a number', 'infinity', () => Number.POSITIVE_INFINITY],
  ['NaN', 'what is no number', () => Number.NaN],
  ['a boolean', 'true', () => true],
  ['a bigint', '7n', () => 7n],
  ['a symbol', 'a symbol', () => Symbol('secret')],
  ['a function', 'a function', () => () => 'secret'],
  ['an object', '{}', () => ({ secret: 1 })],
  ['an object', 'an object without a prototype', () => Object.create(null)],
  ['an object', 'an object whose prototype has no constructor', () => Object.create({ constructor: null })],
  ['an object', 'an object with a constructor of its own', () => ({ constructor: { name: 'Secret' } })],
  ['a Date', 'a date', () => new Date()],
  ['a Map', 'a map', () => new Map([['secret', 1]])],
  ['a Thing', 'an object of a class', () => of('Thing')],
  [`a ${'T'.repeat(40)}`, 'one of a class whose name has 40 letters', () => of('T'.repeat(40))],
  ['an object', 'one of a class whose name has 41', () => of('T'.repeat(41))],
  ['an object', 'one of a class whose name is more than a word', () => of('secret!')],
  ['an object', 'one of a class whose name begins with no letter', () => of('!secret')],
  ['an object', 'one of a class whose name is empty', () => of('')],
  ['an object', 'one of a class whose name is a number', () => of(7)],
])('%s is said of %s, and nothing of what it holds', (kind, _, value) => {
  expect(kindOf(value())).toBe(kind)
})
