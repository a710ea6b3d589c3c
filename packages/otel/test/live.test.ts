import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { MAX_BATCH, type SpanInput, type TraceStore } from '@freehold/contract'
import { context, trace } from '@opentelemetry/api'
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base'
import { openStorage, sealAbandoned } from 'freehold'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { SdkSpan } from '../src/from-sdk.js'
import { FreeholdSpanProcessor, type ProcessorOptions } from '../src/index.js'
import { ALLOWED, heartbeatOf, LiveSpans } from '../src/live.js'

async function emptyTraces(url = 'sqlite::memory:'): Promise<TraceStore> {
  const storage = await openStorage({ databases: { main: url }, migrate: true })
  onTestFinished(() => storage.close())
  return storage.traces
}

function tracerOf(traces: TraceStore, options: ProcessorOptions = {}) {
  const processor = new FreeholdSpanProcessor(traces, options)
  const provider = new BasicTracerProvider({ spanProcessors: [processor] })
  onTestFinished(() => provider.shutdown())
  return { tracer: provider.getTracer('t'), provider }
}

const named = async (traces: TraceStore, name: string) =>
  (await traces.spans()).items.find((span) => span.name === name)

describe('a span that runs', () => {
  it('is seen, with what it began with, and is one with its end', async () => {
    const traces = await emptyTraces()
    const { tracer, provider } = tracerOf(traces)
    const attributes = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'support', 'user.id': 'maria' }
    const span = tracer.startSpan('run', { attributes })
    await expect
      .poll(() => named(traces, 'run'), { timeout: 20_000 })
      .toMatchObject({ status: 'running', userId: 'maria' })
    expect((await traces.find({ status: 'running', userId: 'maria' })).items).toHaveLength(1)
    span.setAttribute('output.value', 'done')
    span.end()
    await provider.forceFlush()
    expect((await traces.spans()).items).toHaveLength(1)
    const { traceId, spanId } = span.spanContext()
    expect(await traces.span(traceId, spanId)).toMatchObject({ kind: 'run', status: 'ok', output: 'done' })
  })

  it('that failed once and ends well is well, with what it ended with', async () => {
    const traces = await emptyTraces()
    const { tracer, provider } = tracerOf(traces)
    const span = tracer.startSpan('run', { attributes: { 'output.value': 'partial' } })
    span.setStatus({ code: 2, message: 'attempt 1 failed' })
    await expect.poll(() => named(traces, 'run'), { timeout: 20_000 }).toMatchObject({ status: 'running' })
    span.setStatus({ code: 1 })
    span.setAttribute('output.value', 'the answer')
    span.end()
    await provider.forceFlush()
    const { traceId, spanId } = span.spanContext()
    const found = await traces.span(traceId, spanId)
    expect(found).toMatchObject({ status: 'ok', output: 'the answer' })
    expect(found).not.toHaveProperty('error')
  })

  it('may be ended by another process', async () => {
    const traces = await emptyTraces()
    const { tracer } = tracerOf(traces)
    const { traceId, spanId } = tracer.startSpan('run', { attributes: { 'user.id': 'maria' } }).spanContext()
    await expect.poll(() => named(traces, 'run'), { timeout: 20_000 }).toBeDefined()
    await traces.write([{ traceId, spanId, name: 'run', startedAt: Date.now(), endedAt: Date.now(), output: 'done' }])
    expect(await traces.span(traceId, spanId)).toMatchObject({ status: 'ok', userId: 'maria', output: 'done' })
  })

  it('goes to the store in one write with the ends that wait', async () => {
    const traces = await emptyTraces()
    const writes: string[] = []
    const write = (spans: readonly SpanInput[]) => {
      writes.push(spans.map(({ name, endedAt }) => `${name} ${endedAt === undefined ? 'runs' : 'ended'}`).join())
      return traces.write(spans)
    }
    const { tracer } = tracerOf({ ...traces, write }, { interval: 60_000 })
    const span = tracer.startSpan('call')
    for (const name of ['one', 'two']) tracer.startSpan(name).end()
    await expect.poll(() => writes, { timeout: 20_000 }).toEqual(['one ended,two ended,call runs'])
    span.end()
  })

  it('that the store cannot take costs no end, and what is wrong with it is told when it ends', async () => {
    const traces = await emptyTraces()
    const write = (spans: readonly SpanInput[]) => {
      if (spans.every(({ endedAt }) => endedAt !== undefined)) return traces.write(spans)
      refused += 1
      return Promise.reject(new Error('no starts'))
    }
    let refused = 0
    const failed: string[] = []
    const { tracer, provider } = tracerOf({ ...traces, write }, { interval: 1, onError: (e) => failed.push(e.message) })
    const call = tracer.startSpan('call')
    await expect
      .poll(
        () => {
          tracer.startSpan('tool').end()
          return refused
        },
        { timeout: 20_000, interval: 5 },
      )
      .toBeGreaterThan(0)
    call.end()
    await provider.forceFlush()
    const names = (await traces.spans({}, { limit: 500 })).items.map(({ name }) => name)
    expect(names).toContain('call')
    expect(failed.join()).toBe('')
  })

  it('makes an agent below it a delegation from the first', async () => {
    const traces = await emptyTraces()
    const { tracer, provider } = tracerOf(traces, { interval: 1 })
    const agent = (name: string) => ({
      attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.id': name },
    })
    const boss = tracer.startSpan('boss', agent('boss'))
    await expect.poll(() => named(traces, 'boss'), { timeout: 20_000 }).toBeDefined()
    tracer.startSpan('clerk', agent('clerk'), trace.setSpan(context.active(), boss)).end()
    await provider.forceFlush()
    expect(await named(traces, 'clerk')).toMatchObject({ kind: 'delegation' })
  })

  it.each<[string, ProcessorOptions]>([
    ['where that is off', { live: false }],
    ['of a trace that is not picked', { sample: { rate: 0 } }],
  ])('is not told %s', async (_, options) => {
    const traces = await emptyTraces()
    const { tracer } = tracerOf(traces, options)
    tracer.startSpan('run')
    // Whatever is told of spans that run is told of this one as well.
    const other = tracerOf(traces)
    other.tracer.startSpan('other')
    await expect.poll(() => named(traces, 'other'), { timeout: 20_000 }).toBeDefined()
    expect(await named(traces, 'run')).toBeUndefined()
  })
})

describe('what lives', () => {
  const sdkSpan = (n: number, parent?: number) =>
    ({
      spanContext: () => ({ traceId: 't', spanId: `${n}` }),
      parentSpanContext: parent === undefined ? undefined : { spanId: `${parent}` },
    }) as unknown as SdkSpan
  const idOf = (span: SdkSpan) => span.spanContext().spanId

  it('is told once that it started, and again and again that it lives, its root alone', async () => {
    const told: string[][] = []
    const live = new LiveSpans(
      { tell: async (started, living) => told.push([started.map(idOf).join(), living.map(idOf).join()]) },
      { look: 1, tell: 1, beat: 1 },
    )
    live.started(sdkSpan(1))
    live.started(sdkSpan(2, 1))
    await expect.poll(() => told.length, { timeout: 20_000 }).toBeGreaterThan(5)
    live.stop()
    const starts = told.map(([started]) => started).filter((ids) => ids !== '')
    expect(starts.join()).toBe('1,2')
    expect(new Set(told.map(([, living]) => living).filter((ids) => ids !== ''))).toEqual(new Set(['1']))
  })

  it('is told of no span that ended before', async () => {
    const told: string[] = []
    const live = new LiveSpans(
      { tell: async (started) => told.push(...started.map(idOf)) },
      { look: 1, tell: 1, beat: 1 },
    )
    for (const n of [1, 2, 3]) live.started(sdkSpan(n))
    live.ended(sdkSpan(2))
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['1', '3'])
    live.stop()
  })

  it('is told in one write at a time', async () => {
    let [writing, most, writes] = [0, 0, 0]
    const live = new LiveSpans(
      {
        tell: async () => {
          most = Math.max(most, ++writing)
          await sleep(5)
          writing--
          writes++
        },
      },
      { look: 1, tell: 1, beat: 1 },
    )
    for (const n of [1, 2, 3]) live.started(sdkSpan(n))
    await expect.poll(() => writes, { timeout: 20_000 }).toBeGreaterThan(5)
    live.stop()
    expect(most).toBe(1)
  })

  it('starts along with ends that wait, and by itself where nobody takes it along', async () => {
    const told: string[] = []
    let asked = 0
    const live = new LiveSpans(
      {
        tell: async (started) => told.push(`alone ${started.map(idOf)}`),
        hurry: () => {
          asked += 1
          if (asked === 1) setImmediate(() => live.along(2, async (started) => told.push(`along ${started.map(idOf)}`)))
          return true
        },
      },
      { look: 1, tell: 1, beat: 60_000 },
    )
    live.started(sdkSpan(1))
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['along 1'])
    live.started(sdkSpan(2))
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['along 1', 'alone 2'])
    live.stop()
    expect(asked).toBe(2)
  })

  it('is told by as many starts as are allowed, runs first, and more as spans end and time goes on', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const told: string[] = []
    const live = new LiveSpans({ tell: async (started) => told.push(...started.map(idOf)) })
    const [runs, below] = [600, 1_200]
    for (let n = 0; n < runs; n++) live.started(sdkSpan(n))
    for (let n = 0; n < below; n++) live.started(sdkSpan(runs + n, n % runs))
    await vi.advanceTimersByTimeAsync(2_000)
    const [least, most] = [ALLOWED.atOnce, ALLOWED.atOnce + 2 * ALLOWED.ofSecond]
    expect(told.slice(0, runs).every((id) => Number(id) < runs)).toBe(true)
    expect(told.length).toBeGreaterThanOrEqual(least)
    expect(told.length).toBeLessThanOrEqual(most)
    const before = told.length
    const ended = 450
    for (let n = 0; n < ended; n++) live.ended(sdkSpan(n))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(told.length - before).toBeGreaterThanOrEqual(Math.floor(ended * ALLOWED.ofEnd))
    expect(told.length - before).toBeLessThanOrEqual(ended * ALLOWED.ofEnd + 2 * ALLOWED.ofSecond)
    live.stop()
  })

  it('is told of together with others where not all may be told, those of a second in one write', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const writes: number[] = []
    const live = new LiveSpans({ tell: async (started) => writes.push(started.length) })
    for (let n = 0; n < 2 * ALLOWED.atOnce; n++) live.started(sdkSpan(n))
    await vi.advanceTimersByTimeAsync(1_000)
    const before = writes.length
    const seconds = 20
    await vi.advanceTimersByTimeAsync(1_000 * seconds)
    live.stop()
    const told = writes.slice(before)
    expect(Math.min(...told)).toBeGreaterThanOrEqual(ALLOWED.ofSecond)
    expect(told.length).toBeGreaterThan(seconds / 2)
  })

  it('is told behind others when it failed, so that many that fail keep none from being told', async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const told: string[] = []
    const tell = async (started: readonly SdkSpan[]) => {
      if (started.some((span) => idOf(span) === '0')) throw new Error('too bad')
      told.push(...started.map(idOf))
    }
    const live = new LiveSpans({ tell })
    for (let n = 0; n < 502; n++) live.started(sdkSpan(n))
    await vi.advanceTimersByTimeAsync(5_000)
    expect(told).toEqual([])
    await vi.advanceTimersByTimeAsync(1_500)
    live.stop()
    expect(told).toEqual(['500', '501'])
  })

  describe('goes along', () => {
    const due = (n: number) => {
      vi.useFakeTimers()
      onTestFinished(() => void vi.useRealTimers())
      let isAsked = false
      const live = new LiveSpans(
        {
          tell: async () => undefined,
          hurry: () => {
            isAsked = true
            return true
          },
        },
        { look: 60_000, tell: 1, beat: 60_000 },
      )
      onTestFinished(() => live.stop())
      for (let id = 0; id < n; id++) live.started(sdkSpan(id))
      const asked = async () => {
        await vi.advanceTimersByTimeAsync(1)
        expect(isAsked).toBe(true)
      }
      const along = async (ends: number) => {
        let taken: string[] = []
        await live.along(ends, async (started) => {
          taken = started.map(idOf)
        })
        return taken
      }
      return { live, asked, along }
    }

    it('with ends that were asked for, and no more than there is room for', async () => {
      const { asked, along } = due(3)
      expect(await along(2)).toEqual([])
      await asked()
      expect(await along(MAX_BATCH)).toEqual([])
      expect(await along(MAX_BATCH - 2)).toEqual(['0', '1'])
    })

    it('with no end that is tried alone, whose fault it would seem', async () => {
      const { asked, along } = due(1)
      await asked()
      expect(await along(1)).toEqual([])
      expect(await along(2)).toEqual(['0'])
    })

    it('once, where that fails', async () => {
      const { live, asked, along } = due(1)
      await asked()
      await expect(live.along(2, () => Promise.reject(new Error('away')))).rejects.toThrow('away')
      expect(await along(2)).toEqual([])
    })
  })

  it('is one span, however often it is told, and does not outlast the run', async () => {
    const traces = await emptyTraces()
    const run: SpanInput = {
      traceId: '1'.repeat(32),
      spanId: '2'.repeat(16),
      name: 'run',
      startedAt: 1_764_000_000_000,
    }
    await traces.write([run])
    for (let n = 0; n < 3; n++) {
      await traces.write([heartbeatOf(run)])
      await sleep(2)
    }
    const { spans } = (await traces.get(run.traceId))!
    expect(spans.map(({ name }) => name)).toEqual(['run', 'heartbeat'])
    // Nor does it name the trace, whose run has a parent elsewhere.
    const remote = { ...run, traceId: '3'.repeat(32), spanId: 'f'.repeat(16), parentId: '9'.repeat(16) }
    await traces.write([remote, heartbeatOf(remote)])
    expect((await traces.get(remote.traceId))!.summary).toMatchObject({ name: 'run', rootSpanId: remote.spanId })
    expect(spans[1]!.endedAt).toBeLessThanOrEqual(Date.now())
  })
})

it('a run whose process was killed is given up, with all below it, when nobody was heard of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'freehold-live-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const url = `sqlite:${join(directory, 'agents.db')}`
  const traces = await emptyTraces(url)
  const program = fileURLToPath(new URL('support/running.mjs', import.meta.url))
  const child = spawn(process.execPath, [program, url], { stdio: 'ignore' })
  await expect.poll(() => named(traces, 'tool'), { timeout: 30_000 }).toMatchObject({ status: 'running' })
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(await sealAbandoned(traces)).toEqual({ traces: 0, spans: 0 })
  await sleep(1_100)
  expect(await sealAbandoned(traces, { after: 1_000 })).toEqual({ traces: 1, spans: 2 })
  const [summary] = (await traces.find({ status: 'error' })).items
  expect(summary).toMatchObject({ running: 0, errors: 2, endedAt: expect.any(Number) })
  const { spans } = (await traces.get(summary!.traceId))!
  expect(spans.map(({ error }) => error?.type)).toEqual(['abandoned', 'abandoned'])
  expect(await sealAbandoned(traces, { after: 1_000 })).toEqual({ traces: 0, spans: 0 })
})
