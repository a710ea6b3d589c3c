import { describe, expect, it } from 'vitest'
import type { Ended } from '../src/ended.js'
import type { SdkSpan } from '../src/index.js'
import { spanCodec as codecOf } from '../src/span-codec.js'

const spanCodec = codecOf((raw) => raw)

import { setUp } from './support/processors.js'
import { normalised } from './support/raw-span.js'

async function encoded(span: Ended) {
  const [only] = await spanCodec.encode([span])
  return only
}

describe('a span on the disk', () => {
  it('is the span that is written without a disk', async () => {
    const { tracer } = setUp()
    const span = tracer.startSpan('chat', {
      attributes: { 'gen_ai.operation.name': 'chat', text: 'a\uD800b', n: -1.5 },
    })
    span.addEvent('said', { a: ['x', 'y'] })
    span.end()
    const { bytes, item } = (await encoded(span as unknown as SdkSpan))!
    expect(spanCodec.decode(Buffer.from(bytes))).toEqual(item)
    expect(item).toMatchObject({ name: 'chat', kind: 'llm' })
  })

  it('is text, unless text says less', async () => {
    const plain = normalised({ a: 1, constructor: 'x', toJSON: 'y' })
    expect(JSON.parse(Buffer.from((await encoded(plain))!.bytes).toString())).toEqual(plain)
  })

  it.each([
    ['a number that is not finite', Number.NaN],
    ['a large integer', 12345678901234567890n],
    ['bytes', new Uint8Array([1, 2])],
    ['a time', new Date(0)],
    ['nothing in a list', [undefined]],
  ])('keeps %s', async (_, value) => {
    const span = { ...normalised({}), attributes: { value } } as unknown as Ended
    expect(spanCodec.decode(Buffer.from((await encoded(span))!.bytes))).toEqual(span)
  })

  it.each([
    ['a function', () => 1],
    [
      'itself',
      (() => {
        const list: unknown[] = []
        list.push(list, () => 1)
        return list
      })(),
    ],
  ])('cannot be one that holds %s', async (_, value) => {
    expect(await encoded({ ...normalised({}), attributes: { value } } as unknown as Ended)).toBeUndefined()
  })

  it('cannot be one that cannot be converted', async () => {
    const odd = { spanContext: () => ({ traceId: 'a', spanId: 'b' }), name: 'odd' } as unknown as SdkSpan
    expect(await encoded(odd)).toBeUndefined()
  })

  it.each(['{}', '[1]', 'null', 'nonsense', ''])('is not %s', (text) => {
    expect(() => spanCodec.decode(Buffer.from(text))).toThrow()
  })
})
