import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptPlainSpan } from '../src/rules/accept-plain.js'
import { acceptOddSpan, acceptSpan } from '../src/rules/accept-span.js'
import { SPAN_KINDS, SPAN_STATUSES } from '../src/span.js'
import { input, T0 } from './span-input.js'

const key = fc.oneof(
  fc.constantFrom('a', 'b', 'toJSON', '__proto__', '1', 'constructor', ''),
  fc.string({ unit: 'binary' }),
)
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('\0', '\ud800', '\\u0000', '🜁', undefined, null, true, -0, Number.NaN, 5n, Symbol('s'), () => 1),
  fc.double(),
  fc.date(),
)
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('json'), { maxLength: 3 }),
    fc.dictionary(key, tie('json'), { maxKeys: 3 }),
  ),
}))
const optional = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof(of, fc.constantFrom(undefined, null), { weight: 1, arbitrary: json })
const time = fc.oneof(fc.constantFrom(T0, T0 + 0.0014, T0 - 1, 5, -1), fc.double({ min: 0, max: 2e12 }))
const text = fc.oneof(fc.string(), fc.constantFrom('n', '\0', '\ud800', 'x'.repeat(1001), '漢'.repeat(43)))
const hex = (digits: number) => fc.constantFrom('a'.repeat(digits), 'A'.repeat(digits), '0'.repeat(digits), 'b')
const count = fc.constantFrom(0, 1, -0, -1, 1.5, 1e11, 1e11 + 1, 10_000)
const detail = fc.record(
  {
    model: text,
    tool: text,
    temperature: count,
    promptTokens: count,
    cost: count,
    toolCalls: json,
    documents: json,
    phase: fc.constantFrom('pre', 'x'),
    traceId: hex(32),
    arguments: json,
  },
  { requiredKeys: [] },
)
const list = (item: fc.Arbitrary<unknown>) => fc.array(optional(item), { maxLength: 2 })

const span = fc.record(
  {
    kind: optional(fc.constantFrom(...SPAN_KINDS)),
    status: optional(fc.constantFrom(...SPAN_STATUSES)),
    traceId: optional(hex(32)),
    parentId: optional(hex(16)),
    startedAt: time,
    endedAt: optional(time),
    name: text,
    userId: optional(text),
    labels: optional(
      fc.dictionary(fc.oneof(fc.constantFrom('b', 'a.c', '1', 'constructor', '__proto__', 'x y'), fc.string()), leaf),
    ),
    error: optional(fc.record({ type: text, message: text, stack: text, more: json }, { requiredKeys: [] })),
    input: json,
    output: json,
    detail: optional(detail),
    attributes: optional(fc.dictionary(key, json)),
    events: optional(list(fc.record({ name: text, at: time, attributes: json }, { requiredKeys: ['name', 'at'] }))),
    links: optional(list(fc.record({ traceId: hex(32), spanId: hex(16), attributes: json }))),
    resource: json,
    scope: json,
    repairs: fc.constant(undefined),
    colour: fc.constant(undefined),
  },
  { requiredKeys: [] },
)

/** Of each field, most spans have what is not odd. */
const mostly = fc.tuple(
  fc.subarray(['input', 'labels', 'detail', 'attributes', 'events', 'links', 'error', 'kind', 'endedAt']),
  span,
)

describe('a span that is plain', () => {
  test('is what the thorough way makes of it', () => {
    let plain = 0
    fc.assert(
      fc.property(mostly, ([fields, all]) => {
        const given = input(
          Object.fromEntries(Object.entries(all).filter(([field]) => fields.includes(field as never))),
        )
        const quick = acceptPlainSpan(given)
        if (quick === undefined) return
        plain += 1
        const thorough = acceptOddSpan(given)
        expect(quick).toStrictEqual(thorough)
        if ('stored' in quick && 'stored' in thorough) expect(quick.stored).toStrictEqual(thorough.stored)
      }),
      { numRuns: 3000 },
    )
    expect(plain).toBeGreaterThan(300)
  })

  const full = {
    parentId: 'c'.repeat(16),
    endedAt: T0 + 1.5,
    userId: 'u',
    labels: { release: 1.4, environment: 'prod', beta: true, nothing: undefined },
    agentId: null,
    error: { type: 'E', message: 'm', stack: undefined },
    input: [{ role: 'user', content: 'hi', n: undefined }],
    output: { a: [1, null, [undefined]] },
    attributes: { 'gen_ai.system': 'openai', list: ['a'] },
    events: [{ name: 'e', at: T0 + 0.00049, attributes: {} }],
    links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16) }],
    resource: { 'service.name': 's' },
    scope: {},
  }

  test.each<[string, object]>([
    ['an llm call', { kind: 'llm', detail: { model: 'm', promptTokens: 3, cost: 0.1, toolCalls: [{ id: 1 }] } }],
    ['a call of a tool', { kind: 'tool', detail: { tool: 't', arguments: null, result: { a: 1 } } }],
    ['a retrieval', { kind: 'retrieval', detail: { k: 2, documents: [{ id: 'd', score: 0.5 }] } }],
    ['a hook', { kind: 'hook', detail: { phase: 'pre', outcome: 'block' } }],
    ['a delegation', { kind: 'delegation', detail: { traceId: 'f'.repeat(32) } }],
    ['a run', { kind: 'run', detail: {} }],
    ['any other', { detail: { my: 'own' } }],
  ])('is read without a second look: %s', (_, fields) => {
    const given = input({ ...full, ...fields })
    const quick = acceptPlainSpan(given)
    expect(quick).toBeDefined()
    expect(quick).toStrictEqual(acceptOddSpan(given))
    expect((quick as { stored: object }).stored).toStrictEqual((acceptOddSpan(given) as { stored: object }).stored)
  })

  test('holds what it was when it was read', () => {
    const own = { input: { list: ['kept'] }, attributes: { a: 1 } }
    const record = acceptSpan(input(own)) as { span: object }
    own.input.list[0] = 'changed'
    own.attributes.a = 2
    expect(record.span).toMatchObject({ input: { list: ['kept'] }, attributes: { a: 1 } })
  })
})

class Own {
  traceId = 'a'.repeat(32)
}
const cycle: { self?: object } = {}
cycle.self = cycle
const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])

describe('a span that is not', () => {
  test.each<[string, unknown]>([
    ['no object', 'x'],
    ['an array', []],
    ['of a class', new Own()],
    ['with a field that is not known', input({ colour: 1 })],
    ['with marks', input({ repairs: [] })],
    ['without an id', input({ spanId: undefined })],
    ['with an id in capitals', input({ traceId: 'A'.repeat(32) })],
    ['with an id of zeros', input({ parentId: '0'.repeat(16) })],
    ['with a long id', input({ userId: '漢'.repeat(43) })],
    ['with an empty id', input({ userId: '' })],
    ['with a long name', input({ name: 'x'.repeat(1001) })],
    ['with a start in seconds', input({ startedAt: T0 / 1000 })],
    ['with an end before its start', input({ endedAt: T0 - 1 })],
    ['that runs and has an end', input({ status: 'running', endedAt: T0 })],
    ['of no known kind', input({ kind: 'x' })],
    ['with an error that is a text', input({ error: 'boom' })],
    ['with an error of a class', input({ error: new Error('boom') })],
    ['with a list that is none', input({ events: {} })],
    ['with an event without a name', input({ events: [{ at: T0 }] })],
    ['with a hole in a list', input({ links: Array(1) })],
    ['with a detail of another kind', input({ kind: 'tool', detail: { model: 'm' } })],
    ['with more tokens than are counted', input({ kind: 'llm', detail: { promptTokens: 1e11 + 1 } })],
    ['with a cost below nothing', input({ kind: 'llm', detail: { cost: -1 } })],
    ['with documents that are no list', input({ kind: 'retrieval', detail: { documents: {} } })],
    ['with attributes that are none', input({ attributes: [] })],
    ['with a long text', input({ input: 'x'.repeat(262_145) })],
    ['with a long key', input({ input: { ['k'.repeat(10_001)]: 1 } })],
    ['with a NUL in a value', input({ input: ['\0'] })],
    ['with a NUL in a key', input({ attributes: { '\0': 1 } })],
    ['with a NUL in its name', input({ name: '\0' })],
    ['with half a character', input({ output: '\udc00' })],
    ['with what merely looks like that', input({ output: '\\ud800' })],
    ['with a value that says its own JSON', input({ input: { toJSON: () => 1 } })],
    ['with a list that says its own JSON', input({ input: Object.assign([], { toJSON: () => 1 }) })],
    ['with a value of a class', input({ input: new Map() })],
    ['with a value that is no number', input({ input: [Number.NaN] })],
    ['with a value that is no JSON', input({ input: () => 1 })],
    ['with a value within itself', input({ input: cycle })],
    ['that is too deep', input({ input: deep(65) })],
    ['of too many items', input({ input: Array(6_000_000) })],
    ['of too many objects', input({ input: Array(700_000).fill({}) })],
    ['of too many characters', input({ input: Array(30).fill('x'.repeat(262_144)) })],
  ])('is looked at once more: %s', (_, given) => {
    expect(acceptPlainSpan(given)).toBeUndefined()
  })

  test('goes up to the same depth', () => {
    expect(acceptPlainSpan(input({ input: deep(64) }))).toBeDefined()
  })
})
