import { describe, expect, test } from 'vitest'
import { cleanJson, type Findings, type Strictness } from '../src/rules/clean-json.js'
import { keptNames } from '../src/rules/clean-keys.js'

function clean(value: unknown, mode: Strictness) {
  const found: Findings = { problems: [], repairs: [] }
  const json = cleanJson(value, 'x', mode, found)
  return { json: json as Record<string, unknown>, ...found }
}
const names = (...keys: string[]) => keys.map((key) => keptNames(keys).get(key))
/** So many distinct keys that are all repaired to one. */
const odd = (count: number) =>
  Array.from({ length: count }, (_, n) => String.fromCharCode(0xd800 + (n % 1024), 0xd800 + Math.floor(n / 1024)))
const long = 'k'.repeat(10_000)

describe('the names under which keys are kept', () => {
  test.each<[what: string, keys: string[], kept: string[]]>([
    ['that can be stored', ['b', 'a', '__proto__', ''], ['b', 'a', '__proto__', '']],
    ['one repaired', ['a\0', 'b'], ['a\ufffd', 'b']],
    ['one repaired to another', ['a\0', 'a\ufffd'], ['a\ufffd (2)', 'a\ufffd']],
    ['two repaired to one', ['a\ud800', 'a\0'], ['a\ufffd (2)', 'a\ufffd']],
    ['the number taken as well', ['a\0', 'a\ufffd', 'a\ufffd (2)'], ['a\ufffd (3)', 'a\ufffd', 'a\ufffd (2)']],
    ['two cut to one', [`${long}a`, `${long}b`], [long, `${'k'.repeat(9984)} (2)`]],
    ['one cut to another', [`${long}a`, long], [`${'k'.repeat(9984)} (2)`, long]],
  ])('%s', (_, keys, kept) => {
    expect(names(...keys)).toEqual(kept)
    expect(names(...keys.toReversed()).toReversed()).toEqual(kept)
  })

  test.each([
    ['of which none is kept as given', []],
    ['beside those that have the numbers', Array.from({ length: 40_000 }, (_, n) => `\ufffd\ufffd (${n})`)],
  ])('of 40,000 that are repaired to one are found in as many steps: %s', (_, beside) => {
    const kept = [...keptNames([...odd(40_000), ...beside]).values()]
    expect(new Set(kept).size).toBe(40_000 + beside.length)
    expect(Math.max(...kept.map((name) => name.length))).toBeLessThan(12)
  })
})

describe.each(['strict', 'lenient'] as const)('a key that needs no repair keeps its value: %s', (mode) => {
  test.each<[string, object]>([
    ['that came first', { 'a\ufffd': 'given', 'a\0': 'odd' }],
    ['that came last', { 'a\0': 'odd', 'a\ufffd': 'given' }],
  ])('one %s', (_, value) => {
    const { json, problems, repairs } = clean(value, mode)
    expect(json).toEqual({ 'a\ufffd': 'given', 'a\ufffd (2)': 'odd' })
    expect(problems).toEqual([])
    expect(repairs).toEqual([
      { field: 'x["a\ufffd (2)"]', reason: 'NUL characters or lone surrogates were replaced by U+FFFD' },
      {
        field: 'x["a\ufffd (2)"]',
        reason: 'the key was numbered, because another has the name that it was repaired to',
      },
    ])
  })

  test('but not one whose value is absent', () => {
    expect(clean({ 'a\ufffd': undefined, 'a\0': 1 }, mode).json).toEqual({ 'a\ufffd': 1 })
  })

  test('and what was repaired is as it is when it is read and told again', () => {
    const { json } = clean({ 'a\0': 1, 'a\ufffd': 2, 'a\ud800': 3, [`${'\0'.repeat(10_000)}`]: 4 }, mode)
    expect(clean(json, mode)).toEqual({ json, problems: [], repairs: [] })
  })
})

test('a value of many keys that are repaired to one is cleaned in as many steps', () => {
  const value = Object.fromEntries(odd(20_000).map((key) => [key, 1]))
  expect(Object.keys(clean(value, 'lenient').json)).toHaveLength(20_000)
})

test('where what was given counts, such a key is refused', () => {
  const { problems, repairs } = clean({ 'a\0': 1, 'a\ufffd': 2 }, 'exact')
  expect(problems.map(({ field }) => field)).toEqual(['x["a\ufffd (2)"]'])
  expect(repairs).toEqual([])
})
