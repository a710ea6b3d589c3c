import type { SpanInput } from '@freehold/contract'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openStorage, sealAbandoned } from '../src/index.js'

const HOUR = 3_600_000
const NOW = Date.now()

async function emptyTraces() {
  const storage = await openStorage({ databases: { main: 'sqlite::memory:' }, migrate: true })
  onTestFinished(() => storage.close())
  return storage.traces
}

const span = (trace: number, n: number, fields: Partial<SpanInput> = {}): SpanInput =>
  ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: n.toString(16).padStart(16, '0'),
    name: `span ${n}`,
    startedAt: NOW - HOUR,
    ...fields,
  }) as SpanInput

describe('sealAbandoned', () => {
  it('gives up what runs in traces of which nobody was heard, at the time when somebody was', async () => {
    const traces = await emptyTraces()
    await traces.write([
      span(1, 1, { userId: 'maria' }),
      span(1, 2, { startedAt: NOW - HOUR + 5, endedAt: NOW - HOUR + 9 }),
      span(1, 3, { status: 'error', endedAt: NOW - HOUR + 7 }),
      span(2, 1, { endedAt: NOW }),
    ])
    expect(await sealAbandoned(traces)).toEqual({ traces: 1, spans: 1 })
    expect(await traces.span(span(1, 1).traceId, span(1, 1).spanId)).toMatchObject({
      name: 'span 1',
      status: 'error',
      userId: 'maria',
      endedAt: NOW - HOUR + 9,
      error: { type: 'abandoned', message: expect.stringMatching(/^nobody was heard of this trace after \d{4}-/) },
    })
    expect((await traces.find({ status: 'running' })).items).toEqual([])
  })

  it.each<[string, SpanInput]>([
    ['a heartbeat', span(1, 2, { endedAt: NOW - 1_000 })],
    ['a start', span(1, 2, { startedAt: NOW - 1_000 })],
  ])('leaves a trace of which there was %s lately', async (_, sign) => {
    const traces = await emptyTraces()
    await traces.write([span(1, 1), sign])
    expect(await sealAbandoned(traces)).toMatchObject({ spans: 0 })
    expect(await sealAbandoned(traces, { after: HOUR / 2 })).toMatchObject({ spans: 0 })
  })

  it('does as many as there are, of those that are asked for', async () => {
    const traces = await emptyTraces()
    const all = Array.from({ length: 1_200 }, (_, n) => span(1 + (n % 400), n + 1, { userId: n % 2 ? 'maria' : 'joe' }))
    await traces.write(all)
    expect(await sealAbandoned(traces, { query: { userId: 'maria' } })).toMatchObject({ spans: 600 })
    expect(await sealAbandoned(traces)).toMatchObject({ spans: 600 })
    expect(await sealAbandoned(traces)).toEqual({ traces: 0, spans: 0 })
  })

  it('leaves a span alone that ended after all', async () => {
    const traces = await emptyTraces()
    await traces.write([span(1, 1)])
    await sealAbandoned(traces)
    await traces.write([span(1, 1, { endedAt: NOW - 5, output: 'late' })])
    const found = await traces.span(span(1, 1).traceId, span(1, 1).spanId)
    expect(found).toMatchObject({ status: 'ok', endedAt: NOW - 5, output: 'late' })
    expect(found).not.toHaveProperty('error')
  })

  it('ends where it is told to', async () => {
    const traces = await emptyTraces()
    await traces.write([span(1, 1)])
    await expect(sealAbandoned(traces, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough')
    expect((await traces.find({ status: 'running' })).items).toHaveLength(1)
  })

  it('refuses wrong options', async () => {
    const traces = await emptyTraces()
    await expect(sealAbandoned(traces, { after: 1, other: 1 } as never)).rejects.toMatchObject({
      code: 'invalid',
      problems: { length: 2 },
    })
  })
})
