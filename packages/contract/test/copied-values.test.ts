import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { ReadSpan } from '../src/rules/stored-span.js'
import { recordOf } from '../src/rules/stored-span.js'
import { input } from './span-input.js'

const LONG = 'x'.repeat(300)
const MESSAGES = [{ role: 'user', content: LONG, n: 1 }]
const JSON_OF = JSON.stringify(MESSAGES)

const read = (fields: object) => acceptSpan(input(fields)) as ReadSpan

describe('a value that is among the attributes', () => {
  test.each<[string, unknown, string, string]>([
    ['itself', LONG, LONG, '=va'],
    ['as JSON', MESSAGES, JSON_OF, '=ja'],
    ['as JSON with blanks', MESSAGES, JSON.stringify(MESSAGES, null, 1), '=ja'],
    ['as JSON with escapes', [`é${LONG}`], `["\\u00e9${LONG}"]`, '=ja'],
  ])('is not stored again: %s', (_, value, attribute, stored) => {
    for (const field of ['input', 'output'] as const) {
      const record = read({ [field]: value, attributes: { other: 1, a: attribute } })
      expect(record.stored.texts[field]).toBe(stored)
      expect(record.span).toMatchObject({ [field]: value, attributes: { other: 1, a: attribute } })
      expect(recordOf(record.stored).span).toEqual(record.span)
    }
  })

  test.each<[string, unknown, unknown]>([
    ['short', [{ a: 1 }], '[{"a":1}]'],
    ['of another order of keys', [{ a: LONG, b: 1 }], JSON.stringify([{ b: 1, a: LONG }])],
    ['other', MESSAGES, JSON.stringify([{ role: 'user' }, LONG])],
    ['no JSON', [LONG], `[${LONG}`],
    ['with a number below zero that is none', [LONG, 0], `["${LONG}",-0]`],
    ['with one that is too small', [LONG, 0], `["${LONG}",-1e-999]`],
    ['no text', MESSAGES, MESSAGES],
    ['another text', LONG, `${LONG}y`],
  ])('is stored where what is there is %s', (_, value, attribute) => {
    const record = read({ input: value, attributes: { a: attribute } })
    expect(record.stored.texts.input).toBe(JSON.stringify(value))
    expect(record.span.input).toEqual(value)
  })

  test('is stored where its name is longer than it', () => {
    const name = 'n'.repeat(JSON_OF.length)
    expect(read({ input: MESSAGES, attributes: { [name]: JSON_OF } }).stored.texts.input).toBe(JSON_OF)
    expect(read({ input: MESSAGES, attributes: { [name.slice(2)]: JSON_OF } }).stored.texts.input).toBe(
      `=j${name.slice(2)}`,
    )
  })

  test('is looked for under every name, that of a prototype too', () => {
    const attributes = JSON.parse(`{"__proto__": ${JSON.stringify(JSON_OF)}}`)
    const record = read({ input: MESSAGES, attributes })
    expect(record.stored.texts.input).toBe('=j__proto__')
    expect(record.span.input).toEqual(MESSAGES)
  })

  test('counts among what a span may have', () => {
    const large = Array(9).fill('x'.repeat(262_144))
    const fields = { input: large, attributes: { a: 'short' } }
    expect(read(fields)).not.toHaveProperty('reason')
    const twice = { input: 'x'.repeat(262_144), attributes: { a: 'x'.repeat(262_144), large } }
    expect(read({ ...twice, output: Array(6).fill('x'.repeat(262_144)) })).toHaveProperty('reason')
  })

  test('is an error where the attribute was taken away', () => {
    const { stored } = read({ input: MESSAGES, attributes: { a: JSON_OF } })
    for (const attributes of ['{}', '{"a":1}', '{"a":"["}'])
      expect(() => recordOf({ ...stored, texts: { ...stored.texts, attributes } })).toThrow(/changed by other hands/)
    expect(() => recordOf({ ...stored, texts: { input: stored.texts.input! } })).toThrow(/changed by other hands/)
  })
})
