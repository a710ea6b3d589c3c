import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { cleanJson, type Findings, type Strictness } from '../src/rules/clean-json.js'
import { fieldsRepaired, fieldsTold } from './refused-fields.js'

const MODES = ['exact', 'strict', 'lenient'] as const

function clean(value: unknown, mode: Strictness = 'strict') {
  const found: Findings = { problems: [], repairs: [] }
  const json = cleanJson(value, 'x', mode, found)
  return {
    json,
    problems: fieldsTold(found.problems),
    repairs: fieldsRepaired(found.repairs),
  }
}
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)])
const path = (levels: number) => `x${'[0]'.repeat(levels)}`

describe('nesting', () => {
  test.each(MODES)('of 64 levels is kept: %s', (mode) => {
    expect(clean(nested(64), mode)).toEqual({ json: nested(64), problems: [], repairs: [] })
  })

  test.each([
    ['exact', [path(64)], []],
    ['strict', [path(64)], []],
    ['lenient', [], [path(64)]],
  ] as const)('of 65 is not: %s', (mode, problems, repairs) => {
    expect(clean(nested(65), mode)).toMatchObject({ problems, repairs })
  })

  test('that is wide is not deep', () => {
    expect(clean(Array(100).fill(nested(63))).problems).toEqual([])
  })
})

describe('a key', () => {
  const keyed = (length: number) => ({ ['k'.repeat(length)]: 1 })

  test.each(MODES)('of 10,000 characters is kept: %s', (mode) => {
    expect(clean(keyed(10_000), mode)).toEqual({ json: keyed(10_000), problems: [], repairs: [] })
  })

  test.each([
    ['exact', 1, 0],
    ['strict', 1, 0],
    ['lenient', 0, 1],
  ] as const)('of 10,001 is not: %s', (mode, problems, repairs) => {
    const told = clean(keyed(10_001), mode)
    expect([told.problems.length, told.repairs.length]).toEqual([problems, repairs])
  })

  test('is cut to what is kept', () => {
    expect(clean(keyed(10_001), 'lenient').json).toEqual(keyed(10_000))
  })

  test('may be empty', () => {
    expect(clean({ '': { '': 1 } }).json).toEqual({ '': { '': 1 } })
  })
})

describe('a text', () => {
  test.each([
    ['strict', 262_145, 262_145, 0],
    ['exact', 262_145, 262_145, 0],
    ['lenient', 262_144, 262_144, 0],
    ['lenient', 262_145, 262_144, 1],
  ] as const)('%s of %i characters has %i', (mode, length, left, repairs) => {
    const told = clean('x'.repeat(length), mode)
    expect([String(told.json).length, told.repairs.length]).toEqual([left, repairs])
  })

  test('is cut before a character that would be cut in half', () => {
    expect(clean(`${'x'.repeat(262_143)}🜁`, 'lenient').json).toBe('x'.repeat(262_143))
  })

  test('is whole where its last character just fits', () => {
    expect(clean(`${'x'.repeat(262_142)}🜁`, 'lenient')).toMatchObject({ json: `${'x'.repeat(262_142)}🜁`, repairs: [] })
  })

  test('that is repaired and cut says both', () => {
    expect(clean(`\0${'x'.repeat(262_144)}`, 'lenient').repairs).toHaveLength(2)
  })
})

describe('numbers and bare values', () => {
  test.each([0, -1, 5e-324, 1.7976931348623157e308, 2 ** 53 + 2, true, false, null, ''])('%s is kept', (value) => {
    expect(clean(value)).toEqual({ json: value, problems: [], repairs: [] })
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1n, Symbol('s'), () => 1])(
    '%s is not',
    (value) => {
      expect(clean(value).problems).toEqual(['x'])
    },
  )
})

test('-0 is 0, which is what JSON makes of it', () => {
  expect(Object.is(clean(-0).json, 0)).toBe(true)
})

describe('where it was', () => {
  test.each<[unknown, string]>([
    [{ a: { b: [0, Number.NaN] } }, 'x.a.b[1]'],
    [{ a: [1, 2], b: Number.NaN }, 'x.b'],
    [[[], {}, { 'a b': Number.NaN }], 'x[2]["a b"]'],
    [{ 'a"b': Number.NaN }, 'x["a\\"b"]'],
    [{ 1: Number.NaN }, 'x["1"]'],
    [{ $a_1: Number.NaN }, 'x.$a_1'],
    [{ a: [[Number.NaN]], b: 1 }, 'x.a[0][0]'],
  ])('%o', (value, field) => {
    expect(clean(value).problems).toEqual([field])
  })

  test('of several, each', () => {
    expect(clean({ a: Number.NaN, b: [1n], c: 1 }).problems).toEqual(['x.a', 'x.b[0]'])
  })
})

describe('a copy', () => {
  test('does not change with what it was made of', () => {
    const value = { a: [{ b: 1 }] }
    const { json } = clean(value)
    value.a[0]!.b = 2
    expect(json).toEqual({ a: [{ b: 1 }] })
  })

  test('has no property that is undefined', () => {
    expect(Object.keys(clean({ a: undefined, b: null }).json as object)).toEqual(['b'])
  })

  test('has one value twice where it was there twice', () => {
    const shared = { a: 1 }
    expect(clean([shared, { shared }])).toEqual({ json: [{ a: 1 }, { shared: { a: 1 } }], problems: [], repairs: [] })
  })
})

describe('what would take a process down is not walked', () => {
  const sparse: unknown[] = []
  sparse[400_000_000] = 1
  const shared = 'x'.repeat(262_144)
  const texts = Array.from({ length: 2500 }, () => shared)

  test.each([
    ['an array of holes', sparse],
    ['one text a thousand times', texts],
  ])('%s', (_, value) => {
    expect(clean(value, 'strict').problems[0]).toMatch(/^x/)
    expect(clean({ value }, 'lenient').repairs.length).toBeGreaterThan(0)
  })

  test('and of many problems a hundred are told', () => {
    expect(clean(Array.from({ length: 1000 }), 'exact').problems).toHaveLength(100)
  })
})

describe('what cannot be read', () => {
  const throwing = {
    get secret() {
      throw new Error('secret')
    },
  }
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()

  test.each([
    ['a getter that throws', { throwing }],
    ['a proxy that was revoked', { proxy }],
  ])('is refused, and in a span replaced: %s', (_, value) => {
    for (const mode of ['exact', 'strict'] as const) expect(clean(value, mode).problems).toHaveLength(1)
    expect(clean(value, 'lenient').repairs).toHaveLength(1)
  })
})

describe('exactly what JSON shows is taken where it must be what was given', () => {
  const mode = { mode: 'r' }
  const hidden = Object.defineProperty({ ...mode }, 'toJSON', { value: () => 'evil' })
  const inherited = Object.assign(Object.create(Object.assign(Object.create(null), { path: '/etc/shadow' })), mode)

  test.each<[string, object]>([
    ['inherited', inherited],
    [
      'inherited from what looks like the prototype of plain objects',
      Object.setPrototypeOf({ ...mode }, Object.assign(Object.create(null), { isPrototypeOf: 1 })),
    ],
    ['hidden', hidden],
    [
      'computed',
      {
        get mode() {
          return 'r'
        },
      },
    ],
    ['under a symbol', { ...mode, [Symbol('path')]: '/etc/shadow' }],
    ['beside the items of an array', Object.assign(['r'], { path: '/etc/shadow' })],
    ['that makes another JSON of an array', Object.defineProperty(['r'], 'toJSON', { value: () => 'evil' })],
  ])('not what is %s', (_, value) => {
    expect(clean(value, 'exact').problems).toEqual(['x'])
    expect(clean({ value }, 'exact').problems).toEqual(['x.value'])
  })

  test('and plain JSON of another realm', () => {
    const value = runInNewContext('({ a: [1, { b: null }] })')
    expect(clean(value, 'exact')).toEqual({ json: { a: [1, { b: null }] }, problems: [], repairs: [] })
  })

  test('and plain JSON, also of an object without a prototype', () => {
    const value = Object.assign(Object.create(null), { a: [1, { b: null }] })
    expect(clean(value, 'exact')).toEqual({ json: { a: [1, { b: null }] }, problems: [], repairs: [] })
  })
})
