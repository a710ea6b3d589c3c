import { cleanJson, type Problem, type Repair } from '@freehold/contract'
import { expect, test } from 'vitest'

function cleaned(value: unknown, mode: 'exact' | 'strict' | 'lenient') {
  const found: { problems: Problem[]; repairs: Repair[] } = { problems: [], repairs: [] }
  return { value: cleanJson(value, 'data', mode, found), ...found }
}

test('a value that is JSON comes back equal, and as a copy', () => {
  const value = { a: [1, 'x', null, { b: true }] }
  const { value: copy } = cleaned(value, 'strict')
  value.a.length = 0
  expect(copy).toEqual({ a: [1, 'x', null, { b: true }] })
})

test('shared references that would make an endless text are refused', () => {
  let value: unknown = 1
  for (let i = 0; i < 40; i++) value = { x: value, y: value }
  expect(cleaned(value, 'strict').problems[0]?.message).toMatch(/more than 1000000 arrays and objects/)
})

test('the shape of a value is told by its prototype, never by its data', () => {
  const value = Object.assign(new Map(), { constructor: { name: 'SECRET' } })
  expect(cleaned(value, 'strict').problems[0]?.message).toBe(
    'a Map is not JSON; turn it into a plain object or a string',
  )
})

test('NaN is refused by its path', () => {
  expect(cleaned({ cart: [{ price: Number.NaN }] }, 'strict').problems).toEqual([
    { field: 'data.cart[0].price', message: 'NaN is not JSON; use null or a string' },
  ])
})

test.each([
  ['a function', () => 1],
  ['a Date', new Date(0)],
  ['a Map', new Map()],
  ['a bigint', 1n],
])('%s is refused by its shape', (shape, value) => {
  expect(cleaned({ value }, 'strict').problems[0]?.message).toMatch(shape)
})

test('a value that contains itself is refused', () => {
  const loop: Record<string, unknown> = {}
  loop.self = loop
  expect(cleaned(loop, 'strict').problems).toHaveLength(1)
})

test('the same object twice is no cycle', () => {
  const twice = { x: 1 }
  expect(cleaned([twice, twice], 'strict').problems).toEqual([])
})

test('nesting beyond 64 levels is refused', () => {
  let deep: unknown = 1
  for (let i = 0; i < 65; i++) deep = [deep]
  expect(cleaned(deep, 'strict').problems).toHaveLength(1)
})

test('a lone surrogate is replaced and marked', () => {
  expect(cleaned({ text: 'a\ud800b' }, 'strict')).toEqual({
    value: { text: 'a\ufffdb' },
    problems: [],
    repairs: [{ field: 'data.text', reason: 'NUL characters or lone surrogates were replaced by U+FFFD' }],
  })
})

test('a key named __proto__ stays a key', () => {
  const value = JSON.parse('{"__proto__": {"admin": true}, "x": "\\u0000"}')
  const { value: kept } = cleaned(value, 'strict')
  expect(Object.keys(kept as object)).toEqual(['__proto__', 'x'])
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('a key that is longer than engines take is refused, and in a span cut and marked', () => {
  const value = { ['k'.repeat(10_001)]: 1, ['k'.repeat(10_000)]: 2 }
  expect(cleaned(value, 'strict').problems[0]?.message).toMatch(/^the key has 10001 characters; at most 10000 are kept/)
  const { value: kept, repairs } = cleaned({ ['k'.repeat(70_000)]: 1 }, 'lenient')
  expect(Object.keys(kept as object).map((key) => key.length)).toEqual([10_000])
  expect(repairs).toHaveLength(1)
})

test('-0 is 0', () => {
  expect(cleaned({ zero: -0 }, 'strict').value).toEqual({ zero: 0 })
})

test('in a span, what is not JSON is kept as something readable and marked', () => {
  const { value, repairs } = cleaned({ call: () => 1, score: Number.NaN, id: 5n, set: new Set([1]) }, 'lenient')
  expect(value).toEqual({ call: '[a function]', score: 'NaN', id: '5', set: '[a Set]' })
  expect(repairs.map((repair) => repair.field)).toEqual(['data.call', 'data.score', 'data.id', 'data.set'])
})

class Message {
  readonly lc_kwargs = { content: 'hello' }
  toJSON() {
    return { type: 'constructor', kwargs: this.lc_kwargs }
  }
}

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

test.each<[what: string, value: unknown, json: unknown]>([
  ['a message with toJSON', new Message(), { kwargs: { content: 'hello' }, type: 'constructor' }],
  ['a plain object with toJSON', { secret: 1, toJSON: () => ({ shown: 2 }) }, { shown: 2 }],
  ['a URL', new URL('https://example.com/a?b=c'), 'https://example.com/a?b=c'],
  ['a Date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ['a Buffer', Buffer.from('hi'), { data: [104, 105], type: 'Buffer' }],
  ['an object of a class', new Point(1, 2), { x: 1, y: 2 }],
  ['a toJSON that says a list', { toJSON: () => [1, undefined] }, [1, null]],
  ['a toJSON that says a text in a box', { toJSON: () => Object('ab') }, 'ab'],
  ['a toJSON that says nothing', { toJSON: () => undefined }, null],
  ['an array with holes', [1, undefined, 3], [1, null, 3]],
])('in a span, %s is its JSON, and no mark', (_, value, json) => {
  expect(cleaned({ value }, 'lenient')).toEqual({ value: { value: json }, problems: [], repairs: [] })
})

test('in a span, a toJSON that throws costs one value', () => {
  const broken = {
    toJSON() {
      throw new Error('secret')
    },
  }
  const { value, repairs } = cleaned({ broken, whole: 1 }, 'lenient')
  expect(value).toEqual({ broken: '[an object]', whole: 1 })
  expect(repairs).toHaveLength(1)
})

test('in a span, a toJSON that says itself for ever ends', () => {
  const endless = { toJSON: () => ({ again: endless }) }
  expect(cleaned({ endless }, 'lenient').repairs.at(-1)?.reason).toMatch(/^the value contains itself/)
})

test.each(['strict', 'exact'] as const)('%s refuses what only has a toJSON', (mode) => {
  expect(cleaned({ value: new URL('https://example.com') }, mode).problems).toEqual([
    { field: 'data.value', message: 'a URL is not JSON; turn it into a plain object or a string' },
  ])
})

test('exact refuses a NUL character in a text and in a key', () => {
  expect(cleaned({ text: 'a\0', 'b\0': 1 }, 'exact').problems.map(({ field }) => field)).toEqual([
    'data.text',
    'data["b\ufffd"]',
  ])
})

test('in a span, keys stay in their order at every level', () => {
  const { value } = cleaned({ b: [{ z: 1, y: 2 }], a: 1 }, 'lenient')
  expect(JSON.stringify(value)).toBe('{"b":[{"z":1,"y":2}],"a":1}')
})

test.each(['strict', 'lenient'] as const)('%s keeps both of two keys that are repaired to one', (mode) => {
  const { value } = cleaned({ 'a\0': 1, 'a\ufffd': 2 }, mode)
  expect(Object.values(value as object).sort()).toEqual([1, 2])
})

test('in a span, a text is never cut in the middle of a character', () => {
  const { value } = cleaned(`${'x'.repeat(262_143)}🜁`, 'lenient')
  expect(value).toBe('x'.repeat(262_143))
})

test('in a span, a text of 20 MB is cut and marked', () => {
  const { value, repairs } = cleaned('x'.repeat(20_000_000), 'lenient')
  expect(value).toHaveLength(262_144)
  expect(repairs[0]?.reason).toBe('cut from 20000000 to 262144 characters')
})
