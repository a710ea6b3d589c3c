import { canonicalJson, type Json, previewOf } from '@freehold/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'

test('the preview of a chat is its last message', () => {
  const chat = [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: [{ type: 'text', text: 'Where is my order?' }] },
  ]
  expect(previewOf(chat)).toBe('Where is my order?')
})

test('the preview of any other value is the beginning of its canonical JSON', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const named = { ...value, content: undefined, text: undefined, parts: undefined, messages: undefined } as Json
      expect(previewOf(named)).toBe(Array.from(canonicalJson(named)).slice(0, 200).join(''))
    }),
  )
})

test('a preview has at most 200 characters and never half of one', () => {
  expect(previewOf('👍'.repeat(300))).toBe('👍'.repeat(200))
})

test.each<[what: string, text: string, preview: string]>([
  ['of 199', 'x'.repeat(199), 'x'.repeat(199)],
  ['of 200', 'x'.repeat(200), 'x'.repeat(200)],
  ['of 201', 'x'.repeat(201), 'x'.repeat(200)],
  ['of 200 that take two units each', '👍'.repeat(200), '👍'.repeat(200)],
  ['of both sorts', `${'x👍'.repeat(100)}x`, 'x👍'.repeat(100)],
  ['of 201 of the last that take one unit', '\uffff'.repeat(201), '\uffff'.repeat(200)],
  ['of 201 of the first that take two', '\u{10000}'.repeat(201), '\u{10000}'.repeat(200)],
  ['of none', '', ''],
])('the preview of a text %s characters', (_, text, preview) => {
  expect(previewOf(text)).toBe(preview)
})

test.each<[json: Json, preview: string]>([
  [[], '[]'],
  [{}, '{}'],
  [[null], '[null]'],
  [[1, [null, true]], '[1,[null,true]]'],
  [{ content: null }, '{"content":null}'],
  [{ content: null, text: 'a' }, 'a'],
  [{ content: [], text: 'a' }, '{"content":[],"text":"a"}'],
  [[{ text: 'a' }, { role: 'user' }], '[{"text":"a"},{"role":"user"}]'],
  [7, '7'],
  [false, 'false'],
])('the preview of %j is %s', (json, preview) => {
  expect(previewOf(json)).toBe(preview)
})

const unread = () => Object.defineProperty({}, 'a', { enumerable: true, get: () => expect.fail('it was read') })

test.each<[what: string, json: () => Json]>([
  ['an array', () => ['x'.repeat(401), 0, unread(), 0]],
  ['an object', () => ({ a: 'x'.repeat(401), b: 0, c: unread() })],
  ['what is within', () => ({ a: 'x'.repeat(300), b: ['x'.repeat(200), 0, unread(), 0] })],
])('a preview needs no more than the beginning of %s', (_, json) => {
  expect(previewOf(json())).toMatch(/^.{185,}x$/)
})

test('nothing has no preview', () => {
  expect(previewOf(null)).toBeUndefined()
})
