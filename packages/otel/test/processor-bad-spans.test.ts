import { afterEach, describe, expect, it, vi } from 'vitest'
import type { SdkSpan } from '../src/index.js'
import { setUp } from './support/processors.js'

afterEach(() => void vi.restoreAllMocks())

describe('a bad span', () => {
  it('of 20 MB harms no other', async () => {
    const { tracer, provider, writer } = setUp()
    tracer.startSpan('huge', { attributes: { 'ai.response.text': 'x'.repeat(20_000_000) } }).end()
    tracer.startSpan('small').end()
    await provider.forceFlush()
    expect([...writer.spans.values()].map((span) => span.name)).toEqual(['huge', 'small'])
  })

  it('with weird values harms no other', async () => {
    const { tracer, provider, writer } = setUp()
    const attributes = { 'gen_ai.usage.input_tokens': Number.NaN, 'a\0b': '\uD800', 'user.id': 'x'.repeat(1_000) }
    tracer.startSpan('weird', { attributes }).end()
    tracer.startSpan('small').end()
    await provider.forceFlush()
    expect([...writer.spans.values()].map((span) => span.name)).toEqual(['weird', 'small'])
  })

  it('that cannot be converted is reported and harms no other', async () => {
    const onRejected = vi.fn()
    const { tracer, processor, writer } = setUp({ onRejected })
    const span = tracer.startSpan('odd')
    span.end()
    processor.onEnd(Object.create(span, { startTime: { value: undefined } }) as SdkSpan)
    await processor.forceFlush()
    expect([writer.spans.size, onRejected.mock.calls[0]![0][0].name]).toEqual([1, 'odd'])
  })

  it('that the store rejects is reported', async () => {
    const onRejected = vi.fn()
    const { tracer, provider } = setUp({ onRejected })
    tracer.startSpan('early', { startTime: [-5, 0] }).end()
    await provider.forceFlush()
    expect(onRejected.mock.calls[0]![0]).toMatchObject([
      { name: 'early', reason: expect.stringContaining('startedAt') },
    ])
  })

  it('that the store rejects counts as rejected', async () => {
    const { tracer, provider, processor } = setUp()
    tracer.startSpan('early', { startTime: [-5, 0] }).end()
    tracer.startSpan('good').end()
    await provider.forceFlush()
    expect(processor.counts).toMatchObject({ queued: 0, recorded: 2, written: 1, rejected: 1 })
  })

  it('is named rightly beside one of another sort', async () => {
    const onRejected = vi.fn()
    const { tracer, processor } = setUp({ onRejected })
    const odd = tracer.startSpan('odd')
    processor.onEnd(Object.create(odd, { startTime: { value: undefined } }) as SdkSpan)
    tracer.startSpan('good').end()
    tracer.startSpan('early', { startTime: [-5, 0] }).end()
    await processor.forceFlush()
    expect(onRejected.mock.calls.map(([rejected]) => rejected.map(({ name }: { name: string }) => name))).toEqual([
      ['odd', 'early'],
    ])
  })

  it('is told of only when there is one', async () => {
    const onRejected = vi.fn()
    const { tracer, provider } = setUp({ onRejected })
    tracer.startSpan('good').end()
    await provider.forceFlush()
    expect(onRejected).not.toHaveBeenCalled()
  })

  it('that cannot be converted counts as rejected', async () => {
    const { tracer, processor } = setUp()
    const span = tracer.startSpan('odd')
    processor.onEnd(Object.create(span, { startTime: { value: undefined } }) as SdkSpan)
    await processor.forceFlush()
    expect(processor.counts).toMatchObject({ written: 0, rejected: 1 })
  })

  it('is told by a warning with our name', async () => {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const { tracer, provider } = setUp({ onRejected: undefined })
    tracer.startSpan('early', { startTime: [-5, 0] }).end()
    await provider.forceFlush()
    expect(emitWarning.mock.calls.map(([text]) => text)).toEqual([expect.stringMatching(/^freehold: span early /)])
  })

  it('is not written again because the listener throws', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const onRejected = () => {
      throw new Error('listener')
    }
    const { tracer, provider, writer } = setUp({ onRejected })
    tracer.startSpan('early', { startTime: [-5, 0] }).end()
    await provider.forceFlush()
    expect(writer.batches).toEqual([1])
  })
})

describe('a resource', () => {
  /** A span with this resource, and whatever else is to be written. */
  function writing(resource: unknown) {
    const { processor, tracer, writer } = setUp()
    const span = tracer.startSpan('odd')
    processor.onEnd(Object.create(span, { resource: { value: resource } }) as SdkSpan)
    tracer.startSpan('good').end()
    return { processor, writer, names: () => [...writer.spans.values()].map(({ name }) => name) }
  }
  const pending = (waitForAsyncAttributes: () => Promise<void>) => ({
    attributes: { 'host.id': 'h' },
    asyncAttributesPending: true,
    waitForAsyncAttributes,
  })

  it.each([
    ['that is missing', undefined],
    ['whose attributes reject', pending(() => Promise.reject(new Error('no metadata server')))],
    [
      'whose attributes throw',
      pending(() => {
        throw new Error('no metadata server')
      }),
    ],
  ])('%s keeps no span from being written', async (_, resource) => {
    const { processor, names } = writing(resource)
    await processor.forceFlush()
    expect(names()).toEqual(['odd', 'good'])
  })

  it('that cannot be read is told with its span, and harms no other', async () => {
    const { processor, tracer, writer } = setUp()
    const resource = {
      get: () => {
        throw new Error('no resource')
      },
    }
    processor.onEnd(Object.create(tracer.startSpan('odd'), { resource }) as SdkSpan)
    tracer.startSpan('good').end()
    await processor.forceFlush()
    expect([writer.named('good')?.name, processor.counts]).toMatchObject(['good', { written: 1, rejected: 1 }])
  })

  it('that never settles is waited for once, and not for long', async () => {
    vi.useFakeTimers()
    const wait = vi.fn(() => new Promise<void>(() => {}))
    const resource = pending(wait)
    const { processor, writer, names } = writing(resource)
    await vi.advanceTimersByTimeAsync(6_000)
    expect(names()).toEqual(['odd', 'good'])
    expect(writer.named('odd')?.resource).toEqual({ attributes: { 'host.id': 'h' } })
    processor.onEnd(Object.create(setUp().tracer.startSpan('next'), { resource: { value: resource } }) as SdkSpan)
    await vi.advanceTimersByTimeAsync(1_000)
    vi.useRealTimers()
    expect([names().at(-1), wait.mock.calls.length]).toEqual(['next', 1])
  })
})
