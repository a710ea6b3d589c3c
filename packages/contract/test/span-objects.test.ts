import { describe, expect, test } from 'vitest'
import { acceptSpan } from '../src/rules/accept-span.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { input, T0 } from './span-input.js'

const spanOf = (fields: object) => {
  const told = acceptSpan(input(fields)) as SpanRecord & { reason?: string }
  if (told.reason !== undefined) throw new Error(told.reason)
  return told.span
}
const throwing = {
  get a() {
    throw new Error('secret')
  },
}
const NO_OBJECTS: readonly (readonly [what: string, value: object, reason: RegExp])[] = [
  ['a Map', new Map([['a', 1]]), /^a Map is not JSON; [^;]*; left out$/],
  ['a Date', new Date(0), /^is a string of 24 characters as JSON; give an object; left out$/],
  ['a toJSON that gives an array', { toJSON: () => [1, Number.NaN] }, /^is an array of 2 as JSON; .*; left out$/],
  ['a toJSON that gives null', { toJSON: () => null }, /^is null as JSON; .*; left out$/],
  ['a toJSON that gives too much', { toJSON: () => new Array(8_388_609) }, /^has, with .*, more than .*; left out$/],
  ['what cannot be read', throwing, /^cannot be read: (?!.*secret).*; left out$/],
]

describe.each(NO_OBJECTS)('%s, where a span has an object,', (_, value, reason) => {
  test.each(['attributes', 'resource', 'scope', 'detail'])('is left out of its %s, and told', (field) => {
    const span = spanOf({ [field]: value })
    expect(span).not.toHaveProperty(field)
    expect(span.repairs).toEqual([{ field, reason: expect.stringMatching(reason) }])
  })

  test('is left out of the attributes of its events and links', () => {
    const { events, links, repairs } = spanOf({
      events: [{ name: 'e', at: T0, attributes: value }],
      links: [{ traceId: 'd'.repeat(32), spanId: 'e'.repeat(16), attributes: value }],
    })
    expect([events, links].flat()).not.toContainEqual(expect.objectContaining({ attributes: expect.anything() }))
    expect(repairs?.map(({ field }) => field)).toEqual(['events[0].attributes', 'links[0].attributes'])
  })
})

describe('the detail of a kind', () => {
  test('that is of a class without fields is left out, and told', () => {
    const { detail, repairs } = spanOf({ kind: 'llm', detail: new Map([['model', 'm']]) })
    expect(detail).toBeUndefined()
    expect(repairs).toEqual([{ field: 'detail', reason: expect.stringMatching(/^a Map .*; left out$/) }])
  })

  test('that has a toJSON is what that says', () => {
    const { detail, repairs } = spanOf({ kind: 'llm', detail: { toJSON: () => ({ model: 'm' }) } })
    expect([detail, repairs]).toEqual([{ model: 'm' }, undefined])
  })
})
