import { expect, test } from 'vitest'
import { byStart } from '../src/rules/order.js'
import type { Span } from '../src/span.js'

const span = (spanId: string, startedAt: number) => ({ spanId, startedAt }) as Span

test.each([
  ['the earlier first', span('b', 1), span('a', 1.001)],
  ['of one start that of the lesser id first', span('a', 1), span('b', 1)],
])('spans are in one order: %s', (_, first, second) => {
  expect([byStart(first, second) < 0, byStart(second, first) > 0]).toEqual([true, true])
})
