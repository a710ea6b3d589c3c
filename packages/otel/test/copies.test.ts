import type { Json } from '@freehold/contract'
import { describe, expect, it } from 'vitest'
import { detailOf, normalised } from './support/raw-span.js'

/** The largest value that is copied or read as JSON. */
const MOST = 262_144
const x = (length: number) => 'x'.repeat(length)

function nested(levels: number): Json {
  let value: Json = 'x'
  for (let i = 0; i < levels; i++) value = [value]
  return value
}

describe('a structure is copied up to a size', () => {
  // Two for the structure, its keys, its texts as they are long, and eight for anything else.
  it.each<[string, () => Json, () => Json]>([
    ['a list with a text', () => [x(MOST - 3)], () => [x(MOST - 2)]],
    ['an object with a text', () => ({ key: x(MOST - 5) }), () => ({ key: x(MOST - 4) })],
    ['an object with a number', () => ({ a: x(MOST - 12), b: 1 }), () => ({ a: x(MOST - 11), b: 1 })],
    ['an object with a flag', () => ({ a: x(MOST - 12), b: true }), () => ({ a: x(MOST - 11), b: true })],
    ['an object with nothing', () => ({ a: x(MOST - 12), b: null }), () => ({ a: x(MOST - 11), b: null })],
    ['an object with a list', () => ({ a: x(MOST - 6), b: [] }), () => ({ a: x(MOST - 5), b: [] })],
    [
      'an object that is full before its last key',
      () => ({ a: x(MOST - 4), b: '' }),
      () => ({ a: x(MOST - 3), b: '' }),
    ],
    ['lists in lists', () => nested(64), () => nested(65)],
  ])('%s', (_, fits, isTooLarge) => {
    expect(normalised({ 'gen_ai.input.messages': fits() }).input).toEqual(fits())
    expect(normalised({ 'gen_ai.input.messages': isTooLarge() })).not.toHaveProperty('input')
  })
})

describe('a text is read as JSON up to a size', () => {
  it('as a list', () => {
    const [longest, longer] = [`["${x(MOST - 4)}"]`, `["${x(MOST - 3)}"]`]
    expect(normalised({ 'ai.response.text': longest }).output).toEqual([x(MOST - 4)])
    expect(normalised({ 'ai.response.text': longer }).output).toBe(longer)
  })

  it('as the quoted result of a tool', () => {
    const [longest, longer] = [`"${x(MOST - 2)}"`, `"${x(MOST - 1)}"`]
    expect(detailOf({ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.result': longest })).toEqual({
      result: x(MOST - 2),
    })
    expect(detailOf({ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.result': longer })).toEqual({ result: longer })
  })
})

describe('what is looked up', () => {
  const DETAILS = 'gen_ai.client.inference.operation.details'

  it('is that of the event of this name, and not of the first', () => {
    const attributes = { 'gen_ai.input.messages': 'mine' }
    const events = [
      { name: 'other', at: 1_100, attributes: { 'gen_ai.input.messages': 'theirs' } },
      { name: DETAILS, at: 1_200, attributes },
    ]
    expect(normalised({}, { events }).input).toBe('mine')
  })

  it('is nothing in an event without attributes', () => {
    expect(normalised({}, { events: [{ name: DETAILS, at: 1_100 }] })).not.toHaveProperty('input')
  })

  it.each([['x0.role'], ['0role'], ['0.'], ['.role'], ['1234567.role']])('is not numbered by %s', (rest) => {
    expect(normalised({ [`gen_ai.prompt.${rest}`]: 'user' })).not.toHaveProperty('input')
  })
})
