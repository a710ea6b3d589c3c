import { describe, expect, test } from 'vitest'
import { cleanText, cutText, isStorable, shownName } from '../src/rules/text.js'

test.each([
  ['', true],
  ['é🜁\u2028\ufffd', true],
  ['a\0', false],
  ['\ud83d', false],
  ['\udc00a', false],
  ['\udc00\ud83d', false],
])('%j can be stored: %s', (text, storable) => {
  expect(isStorable(text)).toBe(storable)
})

test.each([
  ['plain', 'plain'],
  ['\0a\0', '\ufffda\ufffd'],
  ['\ud83da', '\ufffda'],
  ['a\udc00\0', 'a\ufffd\ufffd'],
  ['🜁', '🜁'],
])('%j becomes %j', (text, clean) => {
  expect(cleanText(text)).toBe(clean)
})

test.each([
  ['a\0b', 'a\ufffdb'],
  ['x'.repeat(100), 'x'.repeat(100)],
  ['x'.repeat(101), 'x'.repeat(100)],
  [`${'x'.repeat(99)}🜁`, 'x'.repeat(99)],
])('%j is named %j', (name, shown) => {
  expect(shownName(name)).toBe(shown)
})

describe('a text is cut', () => {
  test.each([
    ['ab', 3, 'ab'],
    ['abc', 3, 'abc'],
    ['abcd', 3, 'abc'],
    ['ab🜁', 4, 'ab🜁'],
    ['ab🜁c', 4, 'ab🜁'],
    ['ab🜁', 3, 'ab'],
    ['\ud800b🜁c', 3, '\ud800b'],
    ['\ud800bcd', 3, '\ud800bc'],
    ['🜁', 1, ''],
  ])('%s to %i units: %s', (text, max, cut) => {
    expect(cutText(text, max)).toBe(cut)
  })
})
