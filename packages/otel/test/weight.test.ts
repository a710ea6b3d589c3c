import { describe, expect, it, vi } from 'vitest'
import type { SdkSpan } from '../src/index.js'
import { weightOf } from '../src/weight.js'
import { setUp } from './support/processors.js'

describe('the weight of a span', () => {
  const weigh = (rest: object) => weightOf({ attributes: {}, events: [], ...rest } as unknown as SdkSpan)

  it.each<[string, object, number]>([
    ['nothing', {}, 0],
    ['its texts', { attributes: { a: 'abc', n: 1, b: 'de' } }, 5],
    ['its lists of texts', { attributes: { a: ['abc', 'de', null], n: [1, 2] } }, 5],
    ['the texts of its events', { events: [{ attributes: { a: 'abc' } }, {}, { attributes: { b: 'de' } }] }, 5],
    ['the texts of its links', { links: [{ attributes: { a: 'abc' } }, {}] }, 3],
    ['its resource', { resource: { attributes: { a: 'abc' } } }, 3],
    ['no more than texts and lists of them', { attributes: { a: { b: 'abc', c: ['de'] } } }, 3],
    ['nothing where it cannot be read', { events: null, attributes: { a: 'abc' } }, 0],
  ])('is that of %s', (_, rest, weight) => {
    expect(weigh(rest)).toBe(weight)
  })
})

it('a processor writes heavy spans in several batches', async () => {
  const { tracer, processor, writer } = setUp()
  for (let n = 0; n < 5; n++) tracer.startSpan('heavy', { attributes: { text: 'x'.repeat(400_000) } }).end()
  await processor.forceFlush()
  expect(writer.batches).toEqual([2, 2, 1])
})

it('the conversion of many spans lets others run in between', async () => {
  const { tracer, processor, writer } = setUp({ batch: 200 })
  for (let n = 0; n < 200; n++) tracer.startSpan('slow').end()
  // A clock that says that each span took 6 ms.
  let time = 0
  vi.spyOn(performance, 'now').mockImplementation(() => (time += 6))
  let turns = 0
  const count = () => {
    turns++
    if (writer.batches.length === 0) setImmediate(count)
  }
  const flushed = processor.forceFlush()
  setImmediate(count)
  await flushed
  vi.restoreAllMocks()
  expect([writer.batches, turns > 100]).toEqual([[200], true])
})
