import type { SpanInput } from '@freehold/contract'
import { expect, it } from 'vitest'
import { CONVENTIONS } from '../src/index.js'
import { SpanMessages } from '../src/receiver/span-messages.js'
import { TRACE_ID } from './support/raw-span.js'

const asItIs = <T>(raw: T): T => raw

const told = (spanId: string, content: string, at = 1_000) => ({
  ...{ traceId: TRACE_ID, spanId },
  event: { name: 'gen_ai.user.message', at, attributes: { content } },
})
const [A, B] = ['a'.repeat(16), 'b'.repeat(16)]

const recordsOf = (messages: SpanMessages, ...events: ReturnType<typeof told>[]) =>
  messages.read(events).map(({ span }) => span as SpanInput)

const contentsOf = (messages: SpanMessages, ...events: ReturnType<typeof told>[]) =>
  recordsOf(messages, ...events).map(({ input }) => (input as { content: string }[]).map(({ content }) => content))

it('a record that says more than the one before is a later reading, but none as late as that of a span', () => {
  const messages = new SpanMessages(asItIs)
  const readings = Array.from({ length: 30 }, (_, n) => recordsOf(messages, told(A, String(n)))[0]!.reading)
  expect(readings.slice(0, 3)).toEqual([undefined, 1, 2])
  expect(Math.max(...readings.slice(1).map(Number))).toBe(CONVENTIONS.reading - 1)
})

it('the same again is the same record', () => {
  const messages = new SpanMessages(asItIs)
  const [first] = messages.read([told(A, 'x'), told(A, 'y')])
  expect(messages.read([told(A, 'y')])[0]!.span).toEqual(first!.span)
})

it('messages are in the order of their times, and those of one time in that of their coming', () => {
  const messages = new SpanMessages(asItIs)
  contentsOf(messages, told(A, 'last', 3_000), told(A, 'second', 2_000))
  expect(contentsOf(messages, told(A, 'first'), told(A, 'third', 2_000))).toEqual([
    ['first', 'second', 'third', 'last'],
  ])
})

it('the spans that nobody told of for longest are forgotten', () => {
  const messages = new SpanMessages(asItIs, 4_000)
  contentsOf(messages, told(A, 'x'.repeat(1_000)), told(B, 'y'))
  expect(contentsOf(messages, told(A, 'z'))[0]).toHaveLength(2)
  contentsOf(messages, told(A, 'x'.repeat(1_100)))
  expect([contentsOf(messages, told(A, 'a'))[0]!.length, contentsOf(messages, told(B, 'b'))]).toEqual([4, [['b']]])
})

it('one that has more than all may have is forgotten at once', () => {
  const messages = new SpanMessages(asItIs, 1_000)
  contentsOf(messages, told(A, 'x'.repeat(1_000)))
  expect(contentsOf(messages, told(A, 'a'))).toEqual([['a']])
})
