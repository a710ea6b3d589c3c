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

test('nothing has no preview', () => {
  expect(previewOf(null)).toBeUndefined()
})
