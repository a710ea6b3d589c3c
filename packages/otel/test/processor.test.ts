import { StoreError, type TraceWriter } from '@freehold/contract'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { FreeholdSpanProcessor, type SdkSpan } from '../src/index.js'
import { setUp } from './support/processors.js'

const away = () => Promise.reject(new StoreError('unavailable', 'the database is away'))

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

  it('writes a span that does not say whether it is sampled', async () => {
    const { processor, writer, tracer } = setUp()
    const span = tracer.startSpan('a')
    const { traceId, spanId } = span.spanContext()
    processor.onEnd(Object.create(span, { spanContext: { value: () => ({ traceId, spanId }) } }) as SdkSpan)
    await processor.forceFlush()
    expect(writer.named('a')).toMatchObject({ traceId, spanId })
  })

  it.each([
    ['that is known', { asyncAttributesPending: false, waitForAsyncAttributes: () => Promise.reject(new Error('no')) }],
    ['that cannot be waited for', { asyncAttributesPending: true }],
  ])('does not wait for a resource %s', async (_, rest) => {
    const { processor, writer } = setUp()
    const span = setUp().tracer.startSpan('a')
    span.end()
    const resource = { attributes: { 'host.id': 'h' }, ...rest }
    processor.onEnd(Object.create(span, { resource: { value: resource } }) as SdkSpan)
    await processor.forceFlush()
    expect(writer.named('a')?.resource).toEqual({ attributes: { 'host.id': 'h' } })
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
    expect([writer.spans.size, processor.counts]).toMatchObject([1_200, { queued: 0, recorded: 1_200, written: 1_200 }])
  })

  it('in which only what was kept before is acknowledged loses nothing', async () => {
    vi.useFakeTimers()
    const { tracer, processor, writer } = setUp()
    vi.spyOn(writer, 'write').mockImplementation(async (spans) => {
      if (spans.some(({ name }) => name !== 'known')) return away()
      return { written: 0, updated: 0, duplicates: spans.length, rejected: [] }
    })
    for (let n = 0; n < 60; n++) {
      tracer.startSpan('new').end()
      tracer.startSpan('known').end()
      await vi.advanceTimersByTimeAsync(2_000)
    }
    expect(processor.counts.dropped.refused).toBe(0)
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
    expect([writer.spans.size, writer.batches, processor.counts.duplicates]).toEqual([1, [1, 1], 1])
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
