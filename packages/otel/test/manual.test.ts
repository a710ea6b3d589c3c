import { context, SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { describe, expect, it, vi } from 'vitest'
import { FreeholdSpanProcessor } from '../src/index.js'
import { agentTracer } from '../src/manual/index.js'
import { givenContexts, setUpManual } from './support/manual.js'
import { MemoryWriter } from './support/memory-writer.js'

givenContexts()

const later = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)))
const TOOL = { name: 'lookup' }

describe('what the function returns', () => {
  it('is returned at once where it is no promise', () => {
    const { tracer } = setUpManual()
    expect(tracer.tool(TOOL, () => 7)).toBe(7)
  })

  it('is resolved where it is a promise', async () => {
    const { tracer } = setUpManual()
    const result = { order: 1042 }
    expect(await tracer.tool(TOOL, async () => later(result))).toBe(result)
  })

  it.each([
    ['a text', 'found', 'found'],
    ['a number', 7, 7],
    ['false', false, false],
    ['an object', { order: 1042 }, { order: 1042 }],
    ['a list', [1, 'b'], [1, 'b']],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
  ])('is the output: %s', async (_, result, output) => {
    const { tracer, only } = setUpManual()
    await tracer.tool(TOOL, async () => result)
    expect(await only()).toMatchObject({ output, detail: { result: output } })
  })

  it.each([undefined, null])('is no output where it is %s', async (nothing) => {
    const { tracer, only } = setUpManual()
    tracer.run({ name: 'a' }, () => nothing)
    expect(await only()).not.toHaveProperty('output')
  })

  it('is not the output where another is told', async () => {
    const { tracer, only } = setUpManual()
    tracer.run({ name: 'a' }, (span) => {
      span.set({ output: 'short' })
      return 'very long'
    })
    expect((await only()).output).toBe('short')
  })

  it('is not the output where none is told', async () => {
    const { tracer, only } = setUpManual()
    tracer.run({ name: 'a' }, (span) => {
      span.set({ output: undefined })
      return 'secret'
    })
    expect(JSON.stringify(await only())).not.toContain('secret')
  })

  it('ends the span only when it is resolved', async () => {
    const { tracer, only } = setUpManual()
    await tracer.tool(TOOL, () => new Promise((resolve) => setTimeout(resolve, 20)))
    const { startedAt, endedAt } = await only()
    expect(endedAt! - startedAt).toBeGreaterThan(15)
  })

  it('is asked for within the span where it waits for that', async () => {
    const { tracer, otel, spans } = setUpManual()
    const query = {
      // biome-ignore lint/suspicious/noThenProperty: as query builders have it
      then(resolve: (rows: number) => void) {
        otel.startSpan('query').end()
        resolve(3)
      },
    }
    expect(await tracer.tool(TOOL, () => query as unknown as Promise<number>)).toBe(3)
    const { query: inner, 'execute_tool lookup': outer } = await spans()
    expect([inner!.parentId, outer!.output]).toEqual([outer!.spanId, 3])
  })
})

describe('spans nest', () => {
  it('below and above those of plain OpenTelemetry', async () => {
    const { tracer, otel, spans } = setUpManual()
    await otel.startActiveSpan('request', async (request) => {
      await tracer.run({ name: 'a' }, async () => {
        await later(0)
        otel.startSpan('query').end()
      })
      request.end()
    })
    const { request, 'invoke_agent a': run, query } = await spans()
    expect([run!.parentId, query!.parentId]).toEqual([request!.spanId, run!.spanId])
  })

  it('below each other, each kind in each', async () => {
    const { tracer, spans } = setUpManual()
    await tracer.run({ name: 'a' }, () =>
      tracer.hook({ name: 'guard', phase: 'pre' }, () =>
        tracer.retrieve({ query: 'q' }, () =>
          tracer.delegate({ member: 'b' }, async () => {
            await later(0)
            return tracer.tool(TOOL, () => tracer.llm({ model: 'gpt' }, () => 'hi'))
          }),
        ),
      ),
    )
    const all = await spans()
    const names = ['chat gpt', 'execute_tool lookup', 'invoke_agent b', 'retrieval', 'hook guard', 'invoke_agent a']
    const above = names.map((name) => Object.values(all).find(({ spanId }) => spanId === all[name]!.parentId)?.name)
    expect(above).toEqual([...names.slice(1), undefined])
  })

  it('also where many run at the same time', async () => {
    const { tracer, spans } = setUpManual()
    await tracer.run({ name: 'a' }, () =>
      Promise.all(
        Array.from({ length: 50 }, (_, n) =>
          tracer.tool({ name: `t${n}` }, async () => {
            await new Promise((resolve) => setTimeout(resolve, (n * 7) % 10))
            return tracer.llm({ model: `m${n}` }, () => later(n))
          }),
        ),
      ),
    )
    const all = await spans()
    const wrong = Array.from({ length: 50 }, (_, n) => n).filter(
      (n) =>
        all[`chat m${n}`]?.parentId !== all[`execute_tool t${n}`]?.spanId ||
        all[`execute_tool t${n}`]?.parentId !== all['invoke_agent a']?.spanId,
    )
    expect(wrong).toEqual([])
  })

  it('and what comes after one is no longer below it', async () => {
    const { tracer, spans } = setUpManual()
    const promise = tracer.run({ name: 'a' }, () => later(0))
    tracer.run({ name: 'b' }, () => 0)
    await promise
    tracer.run({ name: 'c' }, () => 0)
    const all = Object.values(await spans())
    expect(all.map(({ parentId }) => parentId)).toEqual([undefined, undefined, undefined])
  })
})

describe('what the function throws', () => {
  const error = new TypeError('no such order')

  it.each([
    ['at once', () => expect(() => setUpManual().tracer.tool(TOOL, () => raise(error))).toThrow(error)],
    ['later', () => expect(setUpManual().tracer.tool(TOOL, async () => raise(error))).rejects.toBe(error)],
  ])('is thrown on, %s', async (_, check) => check())

  it('is the error of the span, and the exception of a tool', async () => {
    const { tracer, only } = setUpManual()
    await tracer.tool(TOOL, async () => raise(error)).catch(() => {})
    const told = { type: 'TypeError', message: 'no such order', stack: error.stack }
    expect(await only()).toMatchObject({
      status: 'error',
      error: told,
      detail: { exception: told },
      attributes: { 'error.type': 'TypeError' },
      events: [{ name: 'exception', attributes: { 'exception.type': 'TypeError' } }],
    })
  })

  it.each([
    ['a text', 'no', 'no'],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
    ['a number', 7, '7'],
    ['an object', { code: 7 }, '{"code":7}'],
    ['what looks like an error', { message: 'no' }, 'no'],
    ['a symbol', Symbol('no'), expect.any(String)],
  ])('may be %s', async (_, thrown, message) => {
    const { tracer, only } = setUpManual()
    const caught = await tracer.run({ name: 'a' }, async () => raise(thrown)).catch((error: unknown) => error)
    expect(caught).toBe(thrown)
    expect(await only()).toMatchObject({ status: 'error', error: { type: '_OTHER', message } })
  })

  it('leaves what was told before', async () => {
    const { tracer, only } = setUpManual()
    const run = () =>
      tracer.llm({ model: 'gpt', input: 'hi' }, (span) => {
        span.set({ promptTokens: 3, output: 'half' })
        raise(error)
      })
    expect(run).toThrow(error)
    expect(await only()).toMatchObject({ input: 'hi', output: 'half', detail: { promptTokens: 3 } })
  })

  function raise(thrown: unknown): never {
    throw thrown
  }
})

describe('the span that the function gets', () => {
  it('is that of OpenTelemetry, too', async () => {
    const { tracer, only } = setUpManual()
    tracer.run({ name: 'a' }, ({ otel }) => {
      expect(trace.getActiveSpan()).toBe(otel)
      otel.setAttribute('shop.order', 1042).addEvent('asked').setStatus({ code: SpanStatusCode.OK })
    })
    expect(await only()).toMatchObject({ attributes: { 'shop.order': 1042 }, events: [{ name: 'asked' }] })
  })

  it('takes back what is told as undefined', async () => {
    const { tracer, only } = setUpManual()
    tracer.llm({ model: 'gpt', provider: 'openai', input: 'secret' }, (span) => {
      span.set({ provider: undefined, input: undefined })
    })
    const span = await only()
    expect([span.input, span.detail]).toEqual([undefined, { model: 'gpt' }])
  })

  it.each([
    ['messages after a text', 'hi', [{ role: 'user', content: 'hello' }]],
    ['a text after messages', [{ role: 'user', content: 'hello' }], 'hi'],
  ])('counts what is told last: %s', async (_, first, last) => {
    const { tracer, only } = setUpManual()
    tracer.llm({ model: 'gpt', input: first }, (span) => span.set({ input: last }))
    expect((await only()).input).toEqual(last)
  })

  it('says nothing once it has ended', async () => {
    const { tracer, only } = setUpManual()
    const span = tracer.run({ name: 'a' }, (span) => {
      span.set({ output: 'done' })
      return { span }
    }).span
    span.set({ output: 'late' })
    expect((await only()).output).toBe('done')
  })
})

it('the types know each kind', () => {
  const { tracer } = setUpManual()
  // @ts-expect-error: a hook has a phase
  tracer.hook({ name: 'guard' }, () => 0)
  // @ts-expect-error: a tool has a name
  tracer.tool({}, () => 0)
  // @ts-expect-error: a hook has no tokens
  tracer.hook({ name: 'guard', phase: 'pre' }, (span) => span.set({ promptTokens: 1 }))
  // @ts-expect-error: an outcome is one of three
  tracer.hook({ name: 'guard', phase: 'pre' }, (span) => span.set({ outcome: 'maybe' }))
  const text: Promise<string> = tracer.llm({ model: 'gpt' }, async () => 'hi')
  const count: number = tracer.tool({ name: 'count' }, () => 7)
  expect([text, count]).toEqual([expect.any(Promise), 7])
})

describe('a span that is not recorded', () => {
  it('is not sampled, as are those below', async () => {
    const writer = new MemoryWriter()
    const spanProcessors = [new FreeholdSpanProcessor(writer)]
    const provider = new BasicTracerProvider({ spanProcessors, sampler: new AlwaysOffSampler() })
    const tracer = agentTracer(provider.getTracer('test'))
    const toJSON = vi.fn(() => 'x')
    const result = tracer.run({ name: 'a', input: { toJSON } }, (span) => {
      span.set({ model: 'gpt' })
      return tracer.tool({ name: 'b', arguments: { toJSON } }, () => ({ toJSON }))
    })
    await provider.forceFlush()
    expect([result.toJSON, writer.spans.size, toJSON.mock.calls]).toEqual([toJSON, 0, []])
  })

  it('where there is no SDK still runs the function', async () => {
    context.disable()
    const tracer = agentTracer(trace.getTracer('test'))
    const pieces: number[] = []
    for await (const piece of tracer.llm({}, async function* () {
      yield* [1, 2]
    }))
      pieces.push(piece)
    expect([tracer.run({ name: 'a' }, () => 7), await tracer.tool(TOOL, async () => 8), pieces]).toEqual([7, 8, [1, 2]])
    expect(() => tracer.run({ name: 'a' }, () => JSON.parse('{'))).toThrow(SyntaxError)
  })
})
