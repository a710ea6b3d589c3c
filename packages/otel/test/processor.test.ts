import { StoreError, type TraceWriter } from '@freehold/contract'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FreeholdSpanProcessor, type ProcessorOptions, type SdkSpan } from '../src/index.js'
import { MemoryWriter } from './support/memory-writer.js'

const away = () => Promise.reject(new StoreError('unavailable', 'the database is away'))

function setUp(options: ProcessorOptions = {}, writer = new MemoryWriter()) {
  const processor = new FreeholdSpanProcessor(writer, { onError: () => {}, onRejected: () => {}, ...options })
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  return { writer, processor, provider, tracer: provider.getTracer('test', '1') }
}

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  context.disable()
})

describe('FreeholdSpanProcessor', () => {
  it('writes the spans of the SDK', async () => {
    const { tracer, provider, writer } = setUp()
    tracer.startSpan('chat', { attributes: { 'gen_ai.operation.name': 'chat' } }).end()
    await provider.forceFlush()
    expect(writer.named('chat')).toMatchObject({ kind: 'llm', status: 'ok', scope: { name: 'test', version: '1' } })
  })

  it('keeps the parent of a span', async () => {
    const { tracer, provider, writer } = setUp()
    const parent = tracer.startSpan('parent')
    tracer.startSpan('child', {}, trace.setSpan(context.active(), parent)).end()
    await provider.forceFlush()
    expect(writer.named('child')?.parentId).toBe(parent.spanContext().spanId)
  })

  it('has the exception of a span that failed', async () => {
    const { tracer, provider, writer } = setUp()
    const span = tracer.startSpan('failed')
    span.recordException(new TypeError('no'))
    span.setStatus({ code: 2, message: 'no' })
    span.end()
    await provider.forceFlush()
    expect(writer.named('failed')?.error).toEqual({
      type: 'TypeError',
      message: 'no',
      stack: expect.stringContaining('TypeError: no'),
    })
  })

  it('writes nothing on the time of the agent', () => {
    const { tracer, writer } = setUp({ batch: 1 })
    tracer.startSpan('a').end()
    expect(writer.batches).toEqual([])
  })

  it('leaves out spans that are not sampled', async () => {
    const { processor, writer } = setUp()
    const provider = new BasicTracerProvider({ spanProcessors: [processor], sampler: new AlwaysOffSampler() })
    provider.getTracer('test').startSpan('a').end()
    const recordOnly = { spanContext: () => ({ traceId: '', spanId: '', traceFlags: 0 }) }
    processor.onEnd(recordOnly as SdkSpan)
    await processor.forceFlush()
    expect(writer.batches).toEqual([])
  })

  it('waits for the attributes that a resource detects', async () => {
    const { processor, writer } = setUp()
    const { tracer } = setUp()
    let attributes = {}
    const resource = {
      asyncAttributesPending: true,
      waitForAsyncAttributes: async () => {
        attributes = { 'host.id': 'h' }
      },
      get attributes() {
        return attributes
      },
    }
    const span = tracer.startSpan('a')
    span.end()
    processor.onEnd(Object.create(span, { resource: { value: resource } }) as SdkSpan)
    await processor.forceFlush()
    expect(writer.named('a')?.resource).toEqual({ attributes: { 'host.id': 'h' } })
  })
})

describe('an outage', () => {
  it('makes forceFlush reject', async () => {
    vi.useFakeTimers()
    const { tracer, processor, writer } = setUp({ deadline: 1_000 })
    writer.before.push(...Array.from({ length: 100 }, () => away))
    tracer.startSpan('a').end()
    const flush = expect(processor.forceFlush()).rejects.toThrow('1 span not acknowledged within 1000 ms')
    await vi.advanceTimersByTimeAsync(1_000)
    await flush
  })

  it('makes shutdown reject', async () => {
    vi.useFakeTimers()
    const { tracer, processor, writer } = setUp({ deadline: 1_000 })
    writer.before.push(() => new Promise(() => {}))
    tracer.startSpan('a').end()
    const shutdown = expect(processor.shutdown()).rejects.toThrow('not acknowledged')
    await vi.advanceTimersByTimeAsync(1_000)
    await shutdown
  })

  it('loses nothing', async () => {
    vi.useFakeTimers()
    const { tracer, processor, writer } = setUp()
    writer.before.push(...Array.from({ length: 5 }, () => away))
    for (let i = 0; i < 1_200; i++) tracer.startSpan(`span ${i}`).end()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([writer.spans.size, processor.counts]).toEqual([
      1_200,
      { queued: 0, written: 1_200, rejected: 0, refused: 0, dropped: 0 },
    ])
  })

  it('that broke off after the write repeats nothing', async () => {
    vi.useFakeTimers()
    const { tracer, processor, writer } = setUp()
    const write = writer.write.bind(writer)
    vi.spyOn(writer, 'write').mockImplementationOnce(async (spans) => {
      await write(spans)
      return away()
    })
    tracer.startSpan('a').end()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([writer.spans.size, writer.batches, processor.counts.written]).toEqual([1, [1, 1], 1])
  })
})

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
    expect(processor.counts).toEqual({ queued: 0, written: 1, rejected: 1, refused: 0, dropped: 0 })
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

it('names every wrong option', () => {
  expect(() => setUp({ batch: 0, limit: Number.NaN })).toThrow(/batch: .*\n.*limit: /)
})

it('makes no spans of its own writes', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const names: string[] = []
  const traced: TraceWriter = {
    async write(spans) {
      names.push(...spans.map((span) => span.name))
      await Promise.resolve()
      provider.getTracer('driver').startSpan('insert into spans').end()
      return { written: spans.length, updated: 0, duplicates: 0, rejected: [] }
    },
  }
  const processor = new FreeholdSpanProcessor(traced)
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  provider.getTracer('test').startSpan('a').end()
  await provider.forceFlush()
  await provider.forceFlush()
  expect(names).toEqual(['a'])
})
