import { expect, test } from 'vitest'
import type { Json } from '../src/json.js'
import { acceptSpan } from '../src/rules/accept-span.js'
import { RunningSpans } from '../src/rules/running-spans.js'
import type { SpanRecord } from '../src/rules/span-record.js'
import { storedSpan } from '../src/rules/stored-span.js'

const storedOf = (input: Json) =>
  storedSpan(
    acceptSpan({
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      name: 's',
      startedAt: 1_790_000_000_000,
      input,
    }) as SpanRecord,
  )

test('a span is known by its last write alone, and once', () => {
  const running = new RunningSpans()
  const [first, second] = [storedOf('first'), storedOf('second')]
  running.keep('span', 'one', first)
  running.keep('span', 'two', second)
  running.keep('other', 'one', first)
  expect(running.take('span', 'two')).toBe(second)
  expect(running.take('span', 'two')).toBeUndefined()
  expect(running.take('other', 'another write')).toBeUndefined()
  expect(running.take('other', 'one')).toBeUndefined()
})

test('of more than there is room for the oldest are forgotten', () => {
  const running = new RunningSpans()
  const large = storedOf(Array.from({ length: 4 }, () => 'x'.repeat(250_000)))
  for (let n = 0; n < 20; n++) running.keep(`${n}`, 'one', large)
  const known = Array.from({ length: 20 }, (_, n) => running.take(`${n}`, 'one') !== undefined)
  expect(known.filter(Boolean)).toHaveLength(3)
  expect(known.indexOf(true)).toBe(17)
  // What was taken or forgotten takes no room.
  for (let n = 0; n < 3; n++) running.keep(`${n}`, 'one', large)
  expect(running.take('0', 'one')).toBe(large)
})
