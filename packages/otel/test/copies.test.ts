import { acceptSpan, type Json, type JsonObject } from '@freehold/contract'
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

describe('copies never make a span too large', () => {
  const tool = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'read_file' }
  const [args, result] = ['gen_ai.tool.call.arguments', 'gen_ai.tool.call.result']

  it.each<[string, JsonObject]>([
    ['control characters', { [result]: '\u001B'.repeat(MOST) }],
    ['texts of three bytes a character', { [args]: '漢'.repeat(MOST), [result]: '漢'.repeat(MOST) }],
    ['a text that the store cuts', { [args]: '漢'.repeat(4 * MOST), [result]: '\u001B'.repeat(MOST) }],
    ['a list of control characters', { [args]: ['\u001B'.repeat(MOST - 10)], [result]: ['\u001B'.repeat(MOST - 10)] }],
    ['numbers that are longer than they were written', { [args]: `[${'1e20,'.repeat(52_000)}1]` }],
    ['what is large without them', Object.fromEntries([...Array(14).keys()].map((n) => [`own.${n}`, x(MOST)]))],
    [
      'what is large without them, and copies as well',
      {
        [args]: x(MOST),
        [result]: x(MOST),
        ...Object.fromEntries([...Array(13).keys()].map((n) => [`own.${n}`, x(MOST)])),
      },
    ],
  ])('of %s', (_, attributes) => {
    const span = normalised({ ...tool, ...attributes })
    expect(acceptSpan(span)).not.toHaveProperty('reason')
    expect(span.detail).toMatchObject({ tool: 'read_file' })
  })

  it('of an exception', () => {
    const attributes = { 'exception.message': '\u001B'.repeat(MOST), 'exception.stacktrace': '\u001B'.repeat(MOST) }
    const events = [{ name: 'exception', at: 1_100, attributes }]
    expect(acceptSpan(normalised(tool, { events, failed: true }))).not.toHaveProperty('reason')
  })

  it('that hold themselves are left out', () => {
    const attributes: Record<string, unknown> = { ...tool }
    for (let n = 0; n < 40; n++) attributes[`own.${n}`] = attributes
    expect(normalised(attributes as JsonObject).detail).toEqual({ tool: 'read_file' })
  })

  it('of the largest plain texts are all made', () => {
    const span = normalised({ ...tool, [args]: x(MOST), [result]: x(MOST) })
    expect(span).toMatchObject({ input: x(MOST), output: x(MOST), detail: { arguments: x(MOST), result: x(MOST) } })
  })

  it('that do not fit leave room for those that do', () => {
    const span = normalised({ ...tool, [args]: '\u001B'.repeat(MOST), [result]: 'fine' })
    expect(span).toMatchObject({ output: 'fine', detail: { result: 'fine' } })
    expect(span).not.toHaveProperty('input')
  })
})
